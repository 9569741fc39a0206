/** Child process of `bench classify` and `bench stability`: nsfwjs on pictures, and its bare model. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { classifyFile, loadPeer } from './peer.mjs';
import { measure, serve } from './serve.mjs';

const model = await loadPeer();

serve({
  classify: ({ files }) =>
    measure(files.length, async () => {
      for (const file of files) await classifyFile(model, file);
    }),

  /** Porn and hentai together, for each file. */
  async unsafe({ files }) {
    const scores = [];
    for (const file of files) {
      const classes = await classifyFile(model, file);
      const probability = (name) => classes.find(({ className }) => className === name).probability;
      scores.push(probability('Porn') + probability('Hentai'));
    }
    return scores;
  },

  /** The model alone on ready tensors. */
  async predict({ tensorFile, count }) {
    const values = new Float32Array((await readFile(tensorFile)).buffer);
    const input = tf.tensor4d(values, [1, 224, 224, 3]);
    const once = () => {
      const output = model.model.predict(input);
      const probabilities = output.dataSync();
      output.dispose();
      return probabilities;
    };
    const probabilities = [...once()];
    const figures = await measure(count, async () => {
      for (let index = 0; index < count; index++) once();
    });
    input.dispose();
    return { ...figures, probabilities };
  },
});
