/** Whether a model is asked about pictures that it learnt from: the manifest of its training tells, where it still lies beside it. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readMetadata } from '@figleaf/onnx/metadata';
import { eachAtOnce } from '../each-at-once.ts';
import { sha256 } from '../sha256.ts';
import { isFile } from './judges.ts';
import type { Example } from './pictures.ts';

/** Files that are read at a time. */
const AT_ONCE = 8;

/** How many of the pictures the model learnt from; null where nothing tells. */
export async function countSeen(model: string, examples: readonly Example[]): Promise<number | null> {
  const trained = await trainedOn(model);
  if (!trained) return null;
  const names = new Set(trained.map(({ name }) => basename(name)));
  const hashes = new Set(trained.map((picture) => picture.sha256));
  const suspects = examples.filter(({ path }) => names.has(basename(path)));
  let seen = 0;
  await eachAtOnce(suspects, AT_ONCE, async ({ path }) => {
    const bytes = await readFile(path).catch(() => null);
    if (bytes && hashes.has(sha256(bytes))) seen++;
  });
  return seen;
}

interface Trained {
  readonly name: string;
  readonly sha256: string;
}

/** The pictures of its training; null unless the manifest beside it is that of its training. */
async function trainedOn(model: string): Promise<Trained[] | null> {
  if (!(await isFile(model))) return null;
  const hash = readMetadata(await readFile(model)).metadata?.training?.manifest;
  const manifest = await readFile(join(dirname(model), 'manifest.jsonl')).catch(() => null);
  if (!manifest || sha256(manifest) !== hash) return null;
  return manifest
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Trained & { part: string })
    .filter(({ part }) => part === 'train');
}
