/** Child process of `bench safe-sets`: what profiles, and nsfwjs's models as nsfwjs resizes, say of safe pictures. */
import { fileURLToPath } from 'node:url';
import { createPool, findModel, loadClassifier, profileStages } from 'figleaf';
import { serve } from '../classify/serve.mjs';

const PEERS = { nsfwjs: 'mobilenet_v2', 'nsfwjs-inception': 'inception_v3' };

/** A profile, or nsfwjs's model behind nsfwjs's own resize. */
function load(judge) {
  const model = PEERS[judge];
  if (!model) return loadClassifier({ profile: judge });
  const { preprocessing } = findModel(model).metadata;
  return loadClassifier(model, {
    description: { preprocessing: { ...preprocessing, resize: 'bilinear-aligned' } },
  });
}

const loaded = new Map();

async function classifierOf(judge) {
  if (!loaded.has(judge)) loaded.set(judge, await load(judge));
  return loaded.get(judge);
}

serve({
  /** `[file]`: the score, and how many models were asked. */
  async judge({ judge, files }) {
    const classifier = await classifierOf(judge);
    const said = [];
    const start = performance.now();
    for await (const { result, error } of classifier.classifyAll(files)) {
      if (error) throw error;
      said.push({ unsafe: result.scores.unsafe, models: result.models.length });
    }
    return { said, seconds: (performance.now() - start) / 1000 };
  },

  /** Lets go of what will not be asked again. */
  async forget(judge) {
    await loaded.get(judge)?.close();
    loaded.delete(judge);
  },

  /** `[file][look]`: the probabilities that each look of the profile `accurate` gives, in the order of its labels. */
  async looks({ files }) {
    const pool = await createPool();
    const questions = profileStages('accurate')
      .flatMap(({ looks }) => looks)
      .map(({ model, crop }) => ({
        modelId: model,
        preprocessing: findModel(model).metadata.preprocessing,
        crop,
      }));
    for (const { modelId: id } of questions) {
      await pool.load({
        id,
        file: fileURLToPath(new URL(`../../packages/figleaf/models/${id}.onnx`, import.meta.url)),
      });
    }
    const said = new Array(files.length);
    let next = 0;
    const work = async () => {
      for (let index = next++; index < files.length; index = next++) {
        const { answers } = await pool.ask(files[index], [{ questions }]);
        said[index] = answers[0].map(([output]) => [...output.data]);
      }
    };
    await Promise.all(Array.from({ length: 3 * pool.workers }, work));
    await pool[Symbol.asyncDispose]();
    return said;
  },
});
