/** Checkpoints: a safetensors file with parameters and optimiser state, and in its header where the run was. */
import { open, readFile } from 'node:fs/promises';
import { elementCount } from '@figleaf/onnx';
import type { PlateauOptions, PlateauState, Schedule } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import { messageOf, writeWholeFile } from 'figleaf/commands';
import type { CheckedAugmentation } from '../augment/fields.ts';
import type { Curve } from './curve.ts';
import type { EpochRecord, Sums } from './metrics.ts';
import type { Skipped } from './pictures.ts';
import { safetensorsHeader } from './safetensors.ts';

/** Named arrays of 32-bit floats. */
export type Values = ReadonlyMap<string, { readonly dims: readonly number[]; readonly data: Float32Array }>;

/** What a run is: a checkpoint of another one is refused. */
export interface RunIdentity {
  /** Name of the model. */
  readonly model: string;
  readonly classes: readonly string[];
  /** Shape of one picture as the model takes it. */
  readonly picture: readonly number[];
  readonly batchSize: number;
  readonly seed: number;
  /** SHA-256 of the ONNX file that was trained further; null for an architecture. */
  readonly source: string | null;
  /** SHA-256 of the training graph: architecture, loss, optimiser, what is frozen, what is dropped. */
  readonly graph: string;
  /** SHA-256 of every picture's name, class, part and bytes: see {@link Pictures.dataHash}. */
  readonly data: string;
  /** What is done to the pictures; null where nothing is. */
  readonly augmentation: CheckedAugmentation | null;
  /** When the rate falls further; null where it does not. */
  readonly plateau: PlateauOptions | null;
}

/** Where a run is. */
export interface Progress {
  readonly version: 3;
  readonly run: RunIdentity;
  /** Pictures that were left out, and stay so: all else follows from which there are. */
  readonly skipped: readonly Skipped[];
  /** Steps done. */
  readonly step: number;
  /** Of the epoch that is under way. */
  readonly sums: Sums;
  /** Of all epochs so far, for the page. */
  readonly curve: Curve;
  readonly history: readonly EpochRecord[];
  /** The epoch whose model is the best, from 1; null before the first. */
  readonly bestEpoch: number | null;
  readonly plateau: PlateauState;
  /** What the schedule said at the beginning of each epoch that was begun. */
  readonly rates: readonly number[];
  /** What it said of the last step; null before the first. */
  readonly rate: number | null;
}

/** A checkpoint. */
export interface Checkpoint {
  readonly progress: Progress;
  readonly values: Values;
}

/** Under this name the header has a `Progress` as JSON. */
const KEY = 'figleaf';

/** @throws {FigleafError} `output-unwritable`; then the one before is there still. */
export async function writeCheckpoint(path: string, { progress, values }: Checkpoint): Promise<void> {
  const dims = [...values].map(([name, value]) => [name, value.dims] as const);
  const header = safetensorsHeader(dims, { [KEY]: JSON.stringify(progress) });
  const bytes = [...values.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  await writeWholeFile(path, [header, ...bytes]);
}

/**
 * Reads a checkpoint.
 *
 * @returns Null where there is none.
 * @throws {FigleafError} `checkpoint-invalid` for a file that is none, or is cut short.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw invalid(path, error);
  }
  try {
    return parse(bytes);
  } catch (error) {
    throw invalid(path, error);
  }
}

/**
 * Reads where a run is, without its values, which may be hundreds of megabytes.
 *
 * @returns Null where there is no checkpoint.
 * @throws {FigleafError} `checkpoint-invalid` for a file that is none, or whose header is cut short.
 */
export async function readProgress(path: string): Promise<Progress | null> {
  try {
    await using file = await open(path);
    const start = Buffer.alloc(8);
    await file.read(start, 0, 8, 0);
    const { size } = await file.stat();
    const length = headerLength(start, size);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, 8);
    return parseHeader(buffer.toString()).progress;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw invalid(path, error);
  }
}

interface Place {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function parse(bytes: Buffer): Checkpoint {
  const length = headerLength(bytes, bytes.length);
  const { progress, tensors } = parseHeader(bytes.toString('utf8', 8, 8 + length));
  const values = new Map<string, { dims: readonly number[]; data: Float32Array }>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(tensors)) {
    const [from, to] = data_offsets.map((offset) => 8 + length + offset) as [number, number];
    const count = elementCount(shape);
    if (dtype !== 'F32' || to > bytes.length || to - from !== count * 4) {
      throw new Error(`its tensor '${name}' is not whole`);
    }
    // A copy of its own: the bytes need not lie at a multiple of 4, and a file's buffer would be kept whole.
    const data = new Float32Array(count);
    new Uint8Array(data.buffer).set(bytes.subarray(from, to));
    values.set(name, { dims: shape, data });
  }
  return { progress, values };
}

/** @param size Bytes of the whole file. */
function headerLength(start: Buffer, size: number): number {
  const length = Number(start.readBigUInt64LE(0));
  if (8 + length > size) throw new Error('it is cut short');
  return length;
}

function parseHeader(text: string): { progress: Progress; tensors: Record<string, Place> } {
  const { __metadata__, ...tensors } = JSON.parse(text) as Record<string, Place> & {
    __metadata__: Record<string, string>;
  };
  const progress = JSON.parse(__metadata__[KEY] ?? 'null') as Progress | null;
  if (progress?.version !== 3) throw new Error('it is none of this version of Figleaf');
  return { progress, tensors };
}

function invalid(path: string, cause: unknown): FigleafError {
  return new FigleafError(
    'checkpoint-invalid',
    `'${path}' is no checkpoint to go on with: ${messageOf(cause)}. Take it away, or give another --out`,
    { cause },
  );
}

/** What is said of a difference. */
const WHAT: Readonly<Record<keyof RunIdentity, string>> = {
  model: 'another model',
  classes: 'other classes',
  picture: 'another picture size',
  batchSize: 'another batch size',
  seed: 'another seed',
  source: 'another file of that model',
  graph: 'another optimiser, loss, dropout or choice of frozen layers',
  data: 'other pictures',
  augmentation: 'another augmentation',
  plateau: 'another plateau',
};

/** Of these it is told how they differ; others are long, or hashes. */
const TOLD: ReadonlySet<keyof RunIdentity> = new Set<keyof RunIdentity>(['model', 'batchSize', 'seed']);

/**
 * @param now As much as is known so far.
 * @throws {FigleafError} `checkpoint-mismatch`, saying what differs, for a checkpoint of another run.
 */
export function checkIdentity(path: string, before: RunIdentity, now: Partial<RunIdentity>): void {
  for (const key of Object.keys(WHAT) as (keyof RunIdentity)[]) {
    if (!(key in now) || JSON.stringify(before[key]) === JSON.stringify(now[key])) continue;
    throw mismatch(path, `${WHAT[key]}${TOLD.has(key) ? ` (${before[key]}, not ${now[key]})` : ''}`);
  }
}

/** @throws {FigleafError} `checkpoint-mismatch` where the schedule says something else of what is done already. */
export function checkRates(
  path: string,
  { step, rates, rate }: Pick<Progress, 'step' | 'rates' | 'rate'>,
  { schedule, stepsPerEpoch }: { readonly schedule: Schedule; readonly stepsPerEpoch: number },
): void {
  const told = [...rates.entries(), [(step - 1) / stepsPerEpoch, rate] as const];
  for (const [epoch, before] of told) {
    const now = schedule(epoch);
    if (before === null || before === now) continue;
    throw mismatch(path, `another learning rate in epoch ${Math.floor(epoch) + 1} (${before}, not ${now})`);
  }
}

function mismatch(path: string, what: string): FigleafError {
  return new FigleafError(
    'checkpoint-mismatch',
    `'${path}' is of a run with ${what}: resume with what it was begun with, or give another --out`,
  );
}
