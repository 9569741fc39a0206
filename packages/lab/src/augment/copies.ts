/** Augmented copies of the pictures in a folder, as files: for tools that cannot augment while they train. */
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join, relative } from 'node:path';
import { RandomStream } from '@figleaf/onnx/nn';
import { decodeImage, FigleafError } from 'figleaf';
import { findFiles, liesIn, makeFolder, realPath, toPath, writeDrawn } from 'figleaf/commands';
import { byName } from '../by-name.ts';
import { cutToBytes } from '../cut-to-bytes.ts';
import { shuffle } from '../data-set/order.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import { sha256 } from '../sha256.ts';
import { makeOutFolder } from '../unwritable.ts';
import { applySteps } from './apply.ts';
import { drawSteps } from './draw.ts';
import { type CheckedAugmentation, checkAugmentation } from './fields.ts';
import type { Augmentation } from './operation.ts';

/** What to copy, and where to. */
export interface CopyOptions {
  /** Folder of pictures, however deep. */
  readonly folder: string;
  /** Folder for the copies, in the same folders below it; it is made, or is empty. */
  readonly out: string;
  readonly augmentation: Augmentation;
  /** Copies in all; the pictures take turns. Default one of each picture. */
  readonly count?: number;
  /** All that is random follows from it. Default 1. */
  readonly seed?: number;
  /** Stops between pictures, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each copy. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What came of it. */
export interface CopyResult {
  /** Pictures that were found. */
  readonly pictures: number;
  /** Copies that were written. */
  readonly written: number;
  /** Pictures that could not be read: none of their copies is there. */
  readonly broken: readonly { readonly name: string; readonly code: string; readonly message: string }[];
}

/** Formats that copies have as their originals; those of others are PNG. */
const KEPT = /^\.(jpe?g|png|webp)$/i;

/** Of a copy's name: disks take 255, and while it is written it has 13 more. */
const MOST_BYTES = 240;

/**
 * Writes augmented copies of pictures in their own size: `hats/1.jpg` becomes `hats/1-1.jpg`, `hats/1-2.jpg` and so on. Names that would
 * have more than 240 bytes are cut. The same seed gives the same copies.
 *
 * @throws {FigleafError} `input-not-found`; `output-exists` where `out` holds something; `output-unwritable`; `augmentation-invalid`;
 * `option-invalid` for mixup, which needs two answers, for what is no folder, for one without pictures, and for an `out` in the folder.
 *
 * @example
 * ```ts
 * const augmentation = AUGMENTATIONS['nudenet-2019'];
 * const { written } = await writeCopies({ folder: 'data/train', out: 'data/more', augmentation, count: 10_000 });
 * ```
 */
export async function writeCopies(options: CopyOptions): Promise<CopyResult> {
  const { folder, out, seed = 1, signal, onProgress } = options;
  const augmentation = checkAugmentation(options.augmentation);
  checkOptions(augmentation, options);
  await checkFolder(folder);
  const names: string[] = [];
  for await (const file of findFiles([folder])) {
    const name = relative(folder, file.name);
    // In an empty folder that is found itself, with what is wrong with it.
    if (name !== '') names.push(name);
  }
  if (names.length === 0) throw new FigleafError('option-invalid', `there are no pictures in '${folder}'`);
  await openFolder(folder, out);
  const order = shuffle(names.sort(), new RandomStream(seed, 'copies'));
  const { count = names.length } = options;
  const broken = new Map<string, CopyResult['broken'][number]>();
  let [written, done] = [0, 0];
  const copy = async (index: number): Promise<void> => {
    signal?.throwIfAborted();
    const name = order[index % order.length]!;
    const round = Math.floor(index / order.length);
    try {
      if (broken.has(name)) return;
      const { frames } = await decodeImage(join(folder, name), { signal });
      const key = { seed, epoch: round, name: name.replaceAll('\\', '/') };
      const copied = await applySteps(frames[0]!, drawSteps(augmentation, frames[0]!, key));
      const path = join(out, dirname(name), nameOfCopy(basename(name), round + 1));
      await makeFolder(dirname(path));
      await writeDrawn(path, copied, false);
      written++;
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      broken.set(name, { name, code: error.code, message: error.message });
    } finally {
      onProgress?.(++done, count);
    }
  };
  await eachAtOnce(Array(count).keys(), availableParallelism(), copy);
  const all = [...broken.values()].sort(byName);
  return { pictures: names.length, written, broken: all };
}

function nameOfCopy(name: string, number: number): string {
  const ending = extname(name);
  const [stem, end] = KEPT.test(ending) ? [basename(name, ending), ending] : [name, '.png'];
  return within(MOST_BYTES, stem, `-${number}${end}`);
}

/** Both, of which the first is cut where they are too long; then it ends in something of all of it, since another may begin alike. */
function within(most: number, stem: string, end: string): string {
  if (Buffer.byteLength(stem + end) <= most) return stem + end;
  const mark = `~${sha256(stem + extname(end)).slice(0, 8)}`;
  return cutToBytes(stem, most - Buffer.byteLength(mark + end)) + mark + end;
}

function checkOptions({ operations }: CheckedAugmentation, { count }: CopyOptions): void {
  if (operations.some(({ type }) => type === 'mixup')) {
    throw new FigleafError(
      'option-invalid',
      'mixup gives a picture two answers, which files cannot tell: leave it out, or train with it',
    );
  }
  if (count === undefined || (Number.isSafeInteger(count) && count >= 1)) return;
  throw new FigleafError('option-invalid', `count is a whole number of at least 1, not ${count}`);
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (!found) throw new FigleafError('input-not-found', `there is no folder '${folder}'`);
  if (!found.isDirectory())
    throw new FigleafError('option-invalid', `'${folder}' is no folder: give one with pictures in it`);
}

async function openFolder(folder: string, out: string): Promise<void> {
  const [from, to] = await Promise.all([realPath(folder), realPath(out)]);
  if (from === to || liesIn(to, from)) {
    throw new FigleafError('option-invalid', `'${out}' lies in '${folder}': give the copies another folder`);
  }
  await makeOutFolder(toPath(out));
  const [first] = await readdir(out);
  if (first === undefined) return;
  throw new FigleafError(
    'output-exists',
    `'${out}' holds something already: give the copies an empty folder`,
  );
}
