/** Child process of `bench classify`: one stage of the work alone, so that its CPU time can be told apart. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { listModels, resample } from 'figleaf';
import ort from 'onnxruntime-node';
import sharp from 'sharp';
import { measure, serve } from './serve.mjs';

const ID = 'mobilenet_v2';
const { preprocessing } = listModels().find(({ metadata }) => metadata.id === ID).metadata;
const modelFile = new URL(`../../packages/figleaf/models/${ID}.onnx`, import.meta.url);

// As Figleaf's workers do it: one session on one thread.
const session = await ort.InferenceSession.create(fileURLToPath(modelFile), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all',
});

async function decode(bytes) {
  const { data, info } = await sharp(bytes, { sequentialRead: true })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

const { width, height, resize } = preprocessing;

serve({
  /** sharp, file's bytes to RGB. */
  async decode({ files, repeat }) {
    const inputs = await Promise.all(files.map((file) => readFile(file)));
    return measure(files.length * repeat, async () => {
      for (let round = 0; round < repeat; round++) for (const input of inputs) await decode(input);
    });
  },

  /** Figleaf's own resampler, RGB to float32 of the model's size; the tensor comes out of the same pass. */
  async resample({ files, repeat }) {
    const pictures = [];
    for (const file of files) pictures.push(await decode(await readFile(file)));
    const pass = () => {
      for (const picture of pictures) resample(picture, width, height, resize);
    };
    pass();
    return measure(files.length * repeat, async () => {
      for (let round = 0; round < repeat; round++) pass();
    });
  },

  /** The session alone on ready tensors. */
  async infer({ tensorFile, count }) {
    const values = new Float32Array((await readFile(tensorFile)).buffer);
    const [inputName] = session.inputNames;
    const [outputName] = session.outputNames;
    const input = new ort.Tensor('float32', values, [1, height, width, 3]);
    const once = async () => (await session.run({ [inputName]: input }))[outputName].data;
    const probabilities = [...(await once())];
    const figures = await measure(count, async () => {
      for (let index = 0; index < count; index++) await once();
    });
    return { ...figures, probabilities };
  },
});
