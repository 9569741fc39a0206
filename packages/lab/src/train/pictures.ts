/** The pictures of a run: read once to see which can be decoded, kept as bytes where they fit into memory, else decoded again. */
import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { elementCount } from '@figleaf/onnx';
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { FigleafError, type Pool } from 'figleaf';
import { toLevels } from 'figleaf/commands';
import { byName } from '../by-name.ts';
import type { DataSet, Sample } from '../data-set/data-set.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import { sha256 } from '../sha256.ts';
import { pictureShape } from './models.ts';
import type { Fed } from './protocol.ts';
import type { InputSource } from './trainer.ts';
import type { Verdicts } from './verdicts.ts';

/** A picture that was left out, and why. */
export interface Skipped {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** How to decode. */
interface Decoding {
  readonly pool: Pool;
  readonly preprocessing: Preprocessing;
  readonly signal?: AbortSignal | undefined;
}

/** How to read. */
export interface ReadOptions extends Decoding {
  /** What earlier runs have found; let go when all is read. */
  readonly verdicts: Verdicts;
  /** What was left out when the run began; it stays out, whether or not it could be read now. Default nothing. */
  readonly skipped?: readonly Skipped[] | undefined;
  /** Called after each picture. */
  readonly onRead?: ((done: number, total: number) => void) | undefined;
  /** Most bytes of decoded pictures that are kept. Default 1 GiB. */
  readonly memory?: number | undefined;
}

const MEMORY = 2 ** 30;

/** What can be read of a data set, in the model's size: 8 bits a channel, channels as the model wants them. */
export class Pictures implements InputSource {
  /** By the pictures' names; null where all would be too much. */
  readonly #kept: Map<string, Uint8Array> | null;
  readonly #decoding: Decoding;

  private constructor(
    /** Without what was skipped. */
    readonly samples: readonly Sample[],
    readonly skipped: readonly Skipped[],
    /** One line of JSON a picture: name, class or classes, part, SHA-256 of the file, and of that which it was made of where the data tell. */
    readonly manifest: string,
    /** SHA-256 of the manifest without what pictures were made of, which changes nothing in a run. */
    readonly dataHash: string,
    /** SHA-256 of the files by the pictures' names. */
    readonly hashes: ReadonlyMap<string, string>,
    kept: Map<string, Uint8Array> | null,
    decoding: Decoding,
  ) {
    this.#kept = kept;
    this.#decoding = decoding;
  }

  /** SHA-256 of the manifest. */
  get manifestHash(): string {
    return sha256(this.manifest);
  }

  /**
   * Reads all of them, and decodes those of which no earlier run knows whether they can be.
   *
   * @throws {FigleafError} `data-set-invalid` where two share a name, or a class has none that can be read for training.
   */
  static async read(data: DataSet, options: ReadOptions): Promise<Pictures> {
    checkNames(data);
    const { preprocessing, memory = MEMORY, signal, pool, verdicts } = options;
    const bytesEach = preprocessing.width * preprocessing.height * 3;
    const learned = data.samples.filter(isLearned);
    const kept = learned.length * bytesEach <= memory ? new Map<string, Uint8Array>() : null;
    const hashes = new Map<string, string>();
    const before = new Map(options.skipped?.map((one) => [one.name, one]));
    const skipped: Skipped[] = [...(data.unread ?? [])];
    let done = 0;
    const look = async (sample: Sample): Promise<void> => {
      try {
        const bytes = await readBytes(sample);
        const sha256 = await sha256Of(bytes);
        const pixels = await judge(bytes, sha256, options);
        hashes.set(sample.name, sha256);
        if (pixels && isLearned(sample)) kept?.set(sample.name, pixels);
      } catch (error) {
        skipped.push(skippedFor(sample, error));
      }
    };
    try {
      await eachAtOnce(data.samples, pool.workers * 3, async (sample) => {
        signal?.throwIfAborted();
        const known = before.get(sample.name);
        if (known) skipped.push(known);
        else await look(sample);
        options.onRead?.(++done, data.samples.length);
      });
    } finally {
      await verdicts.save();
    }
    const samples = data.samples.filter(({ name }) => hashes.has(name));
    checkClasses(data, samples, skipped);
    const known = skipped.sort(byName);
    const manifest = manifestOf(data, samples, hashes, true);
    const dataHash = sha256(manifestOf(data, samples, hashes, false));
    return new Pictures(samples, known, manifest, dataHash, hashes, kept, { pool, preprocessing, signal });
  }

  /**
   * `[height, width, 3]`, rounded to bytes, of a picture to learn from.
   *
   * @throws {FigleafError} `input-unreadable` where the file is not what it was, since all else in the run follows from that; those of
   * decoding.
   */
  async pixels(sample: Sample): Promise<Uint8Array> {
    const kept = this.#kept?.get(sample.name);
    if (kept) return kept;
    const pixels = await this.#again(sample, decode);
    this.#kept?.set(sample.name, pixels);
    return pixels;
  }

  /**
   * Pictures as the model takes them, as they are. Those that are measured are not rounded to bytes: so the finished model will see
   * them, and a few pictures in a thousand are answered otherwise.
   */
  async feeds(samples: readonly Sample[], epoch: number | null): Promise<Record<string, Fed>> {
    const { preprocessing } = this.#decoding;
    if (epoch !== null) {
      return feedsOf(await Promise.all(samples.map((sample) => this.pixels(sample))), preprocessing);
    }
    const shape = pictureShape(preprocessing);
    const size = elementCount(shape);
    const data = new Float32Array(samples.length * size);
    const fill = async (sample: Sample, index: number): Promise<void> =>
      data.set(await this.#again(sample, exactly), index * size);
    await Promise.all(samples.map(fill));
    return { images: { type: 'float32', dims: [samples.length, ...shape], data } };
  }

  /** Decodes it once more, if it is what it was. */
  async #again<T>(sample: Sample, how: (bytes: Uint8Array, decoding: Decoding) => Promise<T>): Promise<T> {
    const bytes = await readBytes(sample);
    if ((await sha256Of(bytes)) !== this.hashes.get(sample.name)) {
      throw new FigleafError(
        'input-unreadable',
        `'${sample.path}' has changed since the training began: begin again`,
      );
    }
    return how(bytes, this.#decoding).catch((error: unknown) => {
      throw decodedBefore(sample, error);
    });
  }

  /** There is nothing to close. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/**
 * Pictures as the model takes them: `(value / 255 - mean) / std`, one after the other.
 *
 * @param pictures `[height, width, 3]` each.
 */
export function feedsOf(pictures: readonly Uint8Array[], preprocessing: Preprocessing): Record<string, Fed> {
  const dims = [pictures.length, ...pictureShape(preprocessing)];
  return { images: { type: 'float32', dims, data: normalise(pictures, preprocessing) } };
}

async function readBytes({ path }: Sample): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FigleafError('input-unreadable', `cannot read '${path}'`, { cause: error });
  }
}

/** In a thread of the runtime's own, so that several are hashed at once. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/**
 * Its pixels; null where an earlier run has seen that it can be decoded.
 *
 * @throws {FigleafError} Where it cannot be.
 */
async function judge(bytes: Uint8Array, sha256: string, options: ReadOptions): Promise<Uint8Array | null> {
  const { verdicts } = options;
  const known = verdicts.find(sha256);
  if (known) throw new FigleafError(known.code, known.message);
  if (known === null) return null;
  try {
    const pixels = await decode(bytes, options);
    verdicts.add(sha256, null);
    return pixels;
  } catch (error) {
    if (error instanceof FigleafError) verdicts.add(sha256, error);
    throw error;
  }
}

/** The first frame in the model's size, rounded to whole levels. */
async function decode(bytes: Uint8Array, { pool, preprocessing, signal }: Decoding): Promise<Uint8Array> {
  const { mean: _, std: __, ...resizing } = preprocessing;
  const look = { preprocessing: { ...resizing, layout: 'NHWC' as const } };
  const { tensors } = await pool.prepare(bytes, [look], { signal });
  return toLevels(tensors[0]![0]!, 1);
}

/** The first frame as the model takes it. */
async function exactly(bytes: Uint8Array, { pool, preprocessing, signal }: Decoding): Promise<Float32Array> {
  const { tensors } = await pool.prepare(bytes, [{ preprocessing }], { signal });
  return tensors[0]![0]!;
}

function isLearned({ part }: Sample): boolean {
  return part === 'train';
}

/** A picture's own fault; any other is thrown on. */
function skippedFor({ name }: Sample, error: unknown): Skipped {
  if (!isOwnFault(error)) throw error;
  return { name, code: error.code, message: error.message };
}

/** Says which picture it is, and how to be rid of a verdict that holds no more. */
function decodedBefore({ path }: Sample, error: unknown): unknown {
  if (!isOwnFault(error)) return error;
  const message = `'${path}' could be decoded before, and now cannot: ${error.message}. If that stays so, remove the folder .features beside the run`;
  return new FigleafError(error.code, message, { cause: error });
}

function manifestOf(
  data: DataSet,
  samples: readonly Sample[],
  hashes: ReadonlyMap<string, string>,
  hasOriginals: boolean,
): string {
  const lines = samples.map(({ name, labels, part, originalSha256 }) => {
    const line = { name, ...answerOf(data, labels), part, sha256: hashes.get(name) };
    return JSON.stringify(hasOriginals ? { ...line, originalSha256 } : line);
  });
  return lines
    .sort()
    .map((line) => `${line}\n`)
    .join('');
}

function answerOf({ classes, multiLabel }: DataSet, labels: readonly number[]): object {
  const names = labels.map((label) => classes[label]);
  return multiLabel ? { classes: names } : { class: names[0] };
}

/** All that is known of pictures is kept by their names: of two that share one, one would be taken for the other. */
function checkNames({ samples }: DataSet): void {
  const seen = new Set<string>();
  for (const { name } of samples) {
    if (seen.has(name)) {
      throw new FigleafError(
        'data-set-invalid',
        `two pictures are called '${name}': give each a name of its own`,
      );
    }
    seen.add(name);
  }
}

function checkClasses(data: DataSet, samples: readonly Sample[], skipped: readonly Skipped[]): void {
  const empty = data.classes.findIndex(
    (_, label) => !samples.some(({ labels, part }) => labels.includes(label) && part === 'train'),
  );
  if (empty < 0) return;
  const why = skipped[0]
    ? ` (${skipped.length} files were left out, the first because ${skipped[0].message})`
    : '';
  throw new FigleafError(
    'data-set-invalid',
    `the class '${data.classes[empty]}' has no picture to train with that can be read${why}`,
  );
}

function normalise(
  pictures: readonly Uint8Array[],
  { width, height, layout, mean = [0, 0, 0], std = [1, 1, 1] }: Preprocessing,
): Float32Array {
  const size = width * height;
  const out = new Float32Array(pictures.length * size * 3);
  const [step, apart] = layout === 'NHWC' ? [3, 1] : [1, size];
  for (let channel = 0; channel < 3; channel++) {
    const levels = Float32Array.from(
      { length: 256 },
      (_, level) => (level / 255 - mean[channel]!) / std[channel]!,
    );
    for (const [index, pixels] of pictures.entries()) {
      let to = index * size * 3 + channel * apart;
      for (let from = channel; from < pixels.length; from += 3, to += step) out[to] = levels[pixels[from]!]!;
    }
  }
  return out;
}
