/** Frozen layers at the beginning of a model: what they give is computed once for each picture, and kept on disk for other runs. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { elementCount } from '@figleaf/onnx';
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { FrozenPrefix } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import type { Sample } from '../data-set/data-set.ts';
import { sha256 } from '../sha256.ts';
import { cacheFolder } from './cache-folder.ts';
import { FeatureFile, type FeatureTable, writeFeatures } from './feature-file.ts';
import type { PrefixNote } from './options.ts';
import type { Pictures } from './pictures.ts';
import type { Fed } from './protocol.ts';
import { StepThread } from './step-thread.ts';
import { ahead, bytesOf, type InputSource } from './trainer.ts';

/** How to compute them. */
export interface FeatureOptions {
  readonly prefix: FrozenPrefix;
  readonly pictures: Pictures;
  readonly preprocessing: Preprocessing;
  readonly seed: number;
  readonly threads: number;
  readonly provider: string;
  /** Folder of the run. */
  readonly out: string;
  readonly onBatch: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Most bytes that are kept of all pictures. */
const MOST = 2 ** 35;

/** Pictures at a time. Always as many, since sums may be rounded otherwise with others. */
const BATCH = 16;

/** To be raised when features become others though their key does not. */
const VERSION = 2;

/** Features instead of pictures, computed now or by an earlier run; no input where they are too large to be kept. */
export async function openFeatures(
  options: FeatureOptions,
): Promise<{ readonly input: InputSource | null; readonly note: PrefixNote }> {
  const table = new RowTable(options);
  const bytes = table.rows * table.width * 4;
  const { width, height } = options.preprocessing;
  // Layers near the picture give more than it has, and reading that would take longer than computing it.
  const isLarge = table.width > width * height * 3 || bytes > MOST;
  if (isLarge) return { input: null, note: { state: 'too-large', bytes } };
  const graph = bytesOf(options.prefix.graph(options.seed));
  const key = keyOf(options, sha256(graph), table.hashes);
  const folder = await cacheFolder(options.out);
  const path = join(folder, `${key}.safetensors`);
  const layout = { key, rows: table.rows, width: table.width };
  const found = await FeatureFile.open(path, layout);
  if (found) return { input: new Features(found, table), note: { state: 'found', bytes } };
  await writeFeatures(path, layout, computeRows(options, graph, table));
  const file = await FeatureFile.open(path, layout);
  if (!file) throw new FigleafError('input-unreadable', `cannot read '${path}'`);
  return { input: new Features(file, table), note: { state: 'computed', bytes } };
}

/** Everything that the numbers follow from, roundings included; not what the pictures are called or used for. */
function keyOf(
  { preprocessing, threads, provider }: FeatureOptions,
  graph: string,
  pictures: readonly string[],
): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ version: VERSION, graph, preprocessing, threads, provider }));
  for (const picture of pictures) hash.update(picture);
  return hash.digest('hex');
}

/** A value at the cut as part of a row. */
interface Column {
  readonly name: string;
  /** Shape for one picture. */
  readonly dims: readonly number[];
  /** Where it begins in the row. */
  readonly from: number;
  readonly width: number;
}

/** Which picture's features are in which row: equal files share one. */
class RowTable implements Omit<FeatureTable, 'key'> {
  readonly columns: readonly Column[];
  readonly width: number;
  /** SHA-256 of the pictures, rising: a row each. */
  readonly hashes: readonly string[];
  readonly #rows: ReadonlyMap<string, number>;
  readonly #pictures: Pictures;

  constructor({ prefix, pictures }: FeatureOptions) {
    const columns: Column[] = [];
    let width = 0;
    for (const { name, shape } of prefix.cut) {
      const dims = shape!.slice(1) as number[];
      const own = elementCount(dims);
      columns.push({ name, dims, from: width, width: own });
      width += own;
    }
    this.columns = columns;
    this.width = width;
    this.#pictures = pictures;
    this.hashes = [...new Set(pictures.samples.map(({ name }) => pictures.hashes.get(name)!))].sort();
    this.#rows = new Map(this.hashes.map((hash, row) => [hash, row]));
  }

  get rows(): number {
    return this.hashes.length;
  }

  rowOf({ name }: Sample): number {
    return this.#rows.get(this.#pictures.hashes.get(name)!)!;
  }

  /** A picture for each row. */
  samples(): Sample[] {
    const samples: Sample[] = [];
    for (const sample of this.#pictures.samples) samples[this.rowOf(sample)] = sample;
    return samples;
  }
}

async function* computeRows(
  { pictures, threads, provider, signal, onBatch }: FeatureOptions,
  graph: Uint8Array,
  table: RowTable,
): AsyncIterable<Float32Array> {
  const samples = table.samples();
  const wants = table.columns.map(({ name }) => name);
  await using thread = new StepThread();
  await thread.call('start', null);
  await thread.call('open', { session: 'features', model: graph, threads, provider });
  const feedsFrom = (from: number) => ahead(pictures.feeds(samples.slice(from, from + BATCH), null));
  let coming = feedsFrom(0);
  for (let from = 0; from < samples.length; from += BATCH) {
    signal?.throwIfAborted();
    const feeds = await coming;
    coming = feedsFrom(from + BATCH);
    const values = await thread.call('run', { session: 'features', feeds, uses: [], next: {}, wants });
    const count = Math.min(BATCH, samples.length - from);
    const rows = new Float32Array(count * table.width);
    for (const [index, column] of table.columns.entries()) {
      const { data } = values[index]!;
      for (let row = 0; row < count; row++) {
        rows.set(
          data.subarray(row * column.width, (row + 1) * column.width),
          row * table.width + column.from,
        );
      }
    }
    yield rows;
    onBatch(from + count, samples.length);
  }
}

/** Gives features out as a model takes them that begins at the cut. */
class Features implements InputSource {
  readonly #file: FeatureFile;
  readonly #table: RowTable;

  constructor(file: FeatureFile, table: RowTable) {
    this.#file = file;
    this.#table = table;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }

  async feeds(samples: readonly Sample[]): Promise<Record<string, Fed>> {
    const fed = this.#table.columns.map(async ({ name, dims, from, width }) => {
      const data = new Float32Array(samples.length * width);
      const read = (sample: Sample, index: number): Promise<void> =>
        this.#file.read(this.#table.rowOf(sample), from, data.subarray(index * width, (index + 1) * width));
      await Promise.all(samples.map(read));
      return [name, { type: 'float32', dims: [samples.length, ...dims], data }] as const;
    });
    return Object.fromEntries(await Promise.all(fed));
  }
}
