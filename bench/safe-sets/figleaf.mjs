/** Child process of `bench safe-sets`: what profiles, and nsfwjs's models as nsfwjs resizes, say of safe pictures. */
import { createPool, findModel, loadClassifier, loadDetector, locateModel, profileStages } from 'figleaf';
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

  /** `[file]`: what each look of the profile `thorough` says, in their order: see `numbersOf`. */
  async looks({ files }) {
    const looks = profileStages('thorough').flatMap((stage) => stage.looks);
    const pool = await createPool();
    for (const { model: id } of looks) await pool.load({ id, file: await locateModel(id) });
    const plan = {
      modelId: null,
      stagesFor: (size) => [{ questions: looks.map((look) => questionOf(look, size)) }],
    };
    const said = await mapAll(files, 3 * pool.workers, async (file) => {
      const { answers } = await pool.ask(file, plan);
      return answers[0].map(([output], index) => numbersOf(looks[index], output));
    });
    await pool[Symbol.asyncDispose]();
    return said;
  },

  /** `[file]`: the score of the best explicit box; 0 where there is none. */
  async boxes({ files }) {
    const detector = await loadDetector('nudenet-320n');
    const best = [];
    for await (const { result, error } of detector.detectAll(files)) {
      if (error) throw error;
      best.push(result.detections.find(({ category }) => category === 'unsafe')?.score ?? 0);
    }
    await detector.close();
    return best;
  },
});

function questionOf({ model, crop }, { width, height }) {
  const { preprocessing } = findModel(model).metadata;
  const question = { modelId: model, preprocessing, crop };
  if (!preprocessing.letterbox) return question;
  // The letterbox `corner` of a square input.
  const side = Math.max(width, height);
  const input = { width: preprocessing.width, height: preprocessing.height };
  const view = { x: 0, y: 0, width: side, height: side };
  return { ...question, placement: { view, scaled: input, left: 0, top: 0, ...input, ground: 0 } };
}

/** The probabilities of a classifier in the order of its labels; of a detector the best explicit score. */
function numbersOf({ model }, { data, dims }) {
  const { task, labels, taxonomy } = findModel(model).metadata;
  if (task === 'classify') return [...data];
  const anchors = dims[2];
  const rows = labels.map((label, row) => (taxonomy[label] === 'unsafe' ? row + 4 : null));
  return [
    rows.reduce(
      (best, row) =>
        row === null
          ? best
          : data.subarray(row * anchors, (row + 1) * anchors).reduce((a, b) => Math.max(a, b), best),
      0,
    ),
  ];
}

/** What becomes of all inputs, several at a time, in their order. */
async function mapAll(inputs, atATime, map) {
  const out = new Array(inputs.length);
  let next = 0;
  const work = async () => {
    for (let index = next++; index < inputs.length; index = next++) out[index] = await map(inputs[index]);
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return out;
}
