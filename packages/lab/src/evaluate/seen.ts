/** Whether a model is asked about pictures that it learnt from: the manifest of its training tells, where it still lies beside it. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readMetadata } from '@figleaf/onnx/metadata';
import { eachAtOnce } from '../each-at-once.ts';
import { sha256 } from '../sha256.ts';
import { isFile } from './judges.ts';
import type { Example } from './pictures.ts';

/** Files that are read at a time. */
const AT_ONCE = 8;

/** Counts pictures that models learnt from, whatever they are called: by their bytes, and by those of the files that they were made of. */
export class SeenPictures {
  readonly #examples: readonly Example[];
  readonly #signal: AbortSignal | undefined;
  /** `[picture]`: all that it may be known by. */
  #hashes: Promise<string[][]> | null = null;

  constructor(examples: readonly Example[], signal?: AbortSignal) {
    this.#examples = examples;
    this.#signal = signal;
  }

  /** How many of the pictures the model learnt from; null where nothing tells. */
  async count(model: string): Promise<number | null> {
    const trained = await trainedOn(model);
    if (!trained) return null;
    this.#hashes ??= this.#hash();
    return (await this.#hashes).filter((own) => own.some((hash) => trained.has(hash))).length;
  }

  /** Once for all models. */
  async #hash(): Promise<string[][]> {
    const hashes = this.#examples.map(({ originalSha256: one }) => (one === undefined ? [] : [one]));
    await eachAtOnce(this.#examples.entries(), AT_ONCE, async ([index, { path }]) => {
      this.#signal?.throwIfAborted();
      const bytes = await readFile(path).catch(() => null);
      if (bytes) hashes[index]!.push(sha256(bytes));
    });
    return hashes;
  }
}

interface Trained {
  readonly part: string;
  readonly sha256: string;
  readonly originalSha256?: string;
}

/** Hashes of the pictures of its training, and of what these were made of; null unless the manifest beside it is that of its training. */
async function trainedOn(model: string): Promise<ReadonlySet<string> | null> {
  if (!(await isFile(model))) return null;
  const hash = readMetadata(await readFile(model)).metadata?.training?.manifest;
  const manifest = await readFile(join(dirname(model), 'manifest.jsonl')).catch(() => null);
  if (!manifest || sha256(manifest) !== hash) return null;
  const lines = manifest
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Trained);
  return new Set(
    lines
      .filter(({ part }) => part === 'train')
      .flatMap((line) => [line.sha256, line.originalSha256 ?? line.sha256]),
  );
}
