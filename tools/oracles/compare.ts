/** Golden table of the comparison, for packages/lab/test/evaluate/compare.test.ts: scores of the peers' own packages, counted here. */
// Run: npx tsx tools/oracles/compare.ts FOLDER SCORES. FOLDER holds clothing-small, SCORES is what compare.py wrote. Writes
// packages/lab/test/golden/compare.json.
//
// Two classes of clothes play the two sides: a T-shirt is unsafe, trousers are safe. Nothing of this is about what the models are for; but
// they say something of each picture, and whoever counts it must come to the same. Since hardly anything scores above a half, it is also
// counted at lower thresholds. Of each class there are the 30 pictures that any of the models is surest of, but for those on which a
// score of any of them, or of their mean, lies within 0.012 of a threshold: decoders differ by less.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadReference } from '../../test/nsfwjs.ts';

const OUT = new URL('../../packages/lab/test/golden/compare.json', import.meta.url);
const MARGIN = 0.012;
const THRESHOLDS = [0.1, 0.2, 0.3, 0.5];
const EACH = 30;

// What stands for unsafe: whatever of nsfwjs's classes is not neutral, since so little else is said of clothes.
const UNSAFE = ['drawing', 'hentai', 'porn', 'sexy'];

const [, , folder = '', scoresFile = ''] = process.argv;
const yahoo = JSON.parse(await readFile(scoresFile, 'utf8')) as {
  versions: Record<string, string>;
  scores: Record<string, number>;
};

const models: Record<string, Record<string, number>> = { 'open-nsfw': yahoo.scores };
for (const id of ['mobilenet_v2', 'inception_v3'] as const) {
  using reference = await loadReference(id);
  const scores: Record<string, number> = {};
  for (const name of Object.keys(yahoo.scores)) {
    const said = await reference.classify(join(folder, name));
    scores[name] = UNSAFE.reduce((sum, label) => sum + said[label]!, 0);
  }
  models[`nsfwjs:${id}`] = scores;
}
const ensemble = 'nsfwjs:mobilenet_v2+nsfwjs:inception_v3+open-nsfw';
models[ensemble] = Object.fromEntries(
  Object.keys(yahoo.scores).map((name) => {
    const all = ensemble.split('+').map((id) => models[id]![name]!);
    return [name, all.reduce((sum, score) => sum + score, 0) / all.length];
  }),
);

const isUnsafe = (name: string): boolean => name.startsWith('validation/t-shirt/');
const highest = (name: string): number => Math.max(...Object.values(models).map((scores) => scores[name]!));
const clear = Object.keys(yahoo.scores)
  .filter((name) =>
    Object.values(models).every((scores) =>
      THRESHOLDS.every((threshold) => Math.abs(scores[name]! - threshold) > MARGIN),
    ),
  )
  .sort((a, b) => highest(b) - highest(a));
const pictures = [true, false].flatMap((side) =>
  clear.filter((name) => isUnsafe(name) === side).slice(0, EACH),
);
const rounded = (score: number): number => Math.round(score * 1e6) / 1e6;

const rows = Object.fromEntries(
  Object.entries(models).map(([id, scores]) => {
    const count = (isThere: boolean, threshold: number): number =>
      pictures.filter((name) => isUnsafe(name) === isThere && scores[name]! > threshold).length;
    const counts = THRESHOLDS.map((threshold) => ({
      threshold,
      truePositives: count(true, threshold),
      falsePositives: count(false, threshold),
    }));
    return [id, { counts, scores: pictures.map((name) => rounded(scores[name]!)) }];
  }),
);
const lock = JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version: string }>;
};
const versionOf = (name: string): string => lock.packages[`node_modules/${name}`]!.version;
const versions = { ...yahoo.versions, nsfwjs: versionOf('nsfwjs'), tfjs: versionOf('@tensorflow/tfjs') };
const golden = { script: 'tools/oracles/compare.ts', versions, unsafe: UNSAFE, pictures, models: rows };
await writeFile(OUT, `${JSON.stringify(golden)}\n`);
console.log(`${pictures.length} of ${Object.keys(yahoo.scores).length} pictures`);
