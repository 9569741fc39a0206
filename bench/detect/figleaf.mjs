/** Child process of `bench detect`: the built package `figleaf` on the file lists. */
import { createPool, loadClassifier, loadDetector } from 'figleaf';
import { measure, serve } from '../classify/serve.mjs';

const MODEL = 'nudenet-320n';
const PROFILES = ['fast', 'balanced', 'accurate'];

// One model in one pool, whoever asks.
const pool = await createPool();
const detectors = new Map();
for (const profile of PROFILES) detectors.set(profile, await detectorOf(profile));
const classifier = await loadClassifier('open-nsfw');

/** The detector of a profile, which asks the model that the peer runs. */
async function detectorOf(profile) {
  const detector = await loadDetector({ profile }, { pool });
  const [asked] = detector.models;
  if (asked === MODEL) return detector;
  throw new Error(`the profile ${profile} asks ${asked} here; have ${MODEL} pulled, and no other detector`);
}

/** What comes of every file; a file that fails ends the benchmark. */
async function all(outcomes, read) {
  const said = [];
  for await (const { result, error } of outcomes) {
    if (error) throw error;
    said.push(read(result));
  }
  return said;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

serve({
  runtime: () => pool.runtime,

  /** Files to boxes; `answer` is how many. */
  async detect({ profile, files }) {
    let counts = [];
    const measured = await measure(files.length, async () => {
      counts = await all(detectors.get(profile).detectAll(files), ({ detections }) => detections.length);
    });
    return { ...measured, answer: sum(counts) };
  },

  /** Files to the score of open_nsfw; `answer` is its mean. */
  async classify({ files }) {
    let scores = [];
    const measured = await measure(files.length, async () => {
      scores = await all(classifier.classifyAll(files), ({ classes }) => classes.nsfw);
    });
    return { ...measured, answer: sum(scores) / scores.length };
  },

  /** `[file]`: what is found behind one resize method. */
  async boxes({ resize, files }) {
    const detector = await loadDetector(MODEL, { pool, description: { preprocessing: { resize } } });
    return all(detector.detectAll(files), ({ detections }) => detections);
  },
});
