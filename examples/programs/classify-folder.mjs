/** Judges every picture of a folder: `node examples/programs/classify-folder.mjs examples/pictures`. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadClassifier } from 'figleaf';

const folder = process.argv[2] ?? 'examples/pictures';
const paths = (await readdir(folder)).map((name) => join(folder, name));

const classifier = await loadClassifier({ profile: 'fast' });
try {
  for await (const { input, result, error } of classifier.classifyAll(paths)) {
    if (error) console.log(`${input}: ${error.code}, ${error.message}`);
    else console.log(`${input}: unsafe ${result.scores.unsafe.toFixed(3)}`);
  }
} finally {
  await classifier.close();
}
