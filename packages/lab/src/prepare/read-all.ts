/** Looks at every picture that no earlier run has seen as it is: decodes it, hashes it, and keeps it in its smaller size. */
import { readFile, stat } from 'node:fs/promises';
import {
  type BlockList,
  type BlockListMatch,
  DEFAULT_LIMITS,
  digest,
  FigleafError,
  type ImageLimits,
  type Pool,
  type ReducedImage,
} from 'figleaf';
import { toPath } from 'figleaf/commands';
import { eachAtOnce } from '../each-at-once.ts';
import { messageOf } from '../message-of.ts';
import { isOwnFault } from '../own-fault.ts';
import { HASH_BYTES, type Look, type Looks, ROTATIONS } from './looks.ts';
import type { WorkFolder } from './work-folder.ts';

/** What a look depends on. */
export interface Wishes {
  /** PDQ hashes of each: 1, or all rotations. */
  readonly rotations: number;
  readonly md5: boolean;
}

/** How to look. */
export interface ReadAllOptions {
  readonly pool: Pool;
  readonly work: WorkFolder;
  /** What is known from earlier runs; gets what is found now. */
  readonly looks: Looks;
  readonly wishes: Wishes;
  readonly height: number;
  readonly link: boolean;
  readonly blockList: BlockList | undefined;
  readonly limits: Partial<ImageLimits> | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onRead: (done: number) => void;
}

/** What was found beside the looks. */
export interface Seen {
  /** Why pictures are left out, by their places. */
  readonly broken: ReadonlyMap<number, FigleafError>;
  /** Entries of the block list, by the places of the pictures that match them. */
  readonly listed: ReadonlyMap<number, BlockListMatch>;
}

/** What a run has to see of pictures: rotations where something may be turned, MD5 where a list has some. */
export function wishesOf(flips: boolean, blockList: BlockList | undefined): Wishes {
  const kinds = blockList?.kinds ?? [];
  return { rotations: flips || kinds.includes('pdq') ? ROTATIONS : 1, md5: kinds.includes('md5') };
}

/** Whether a look of an earlier run has all that this one needs. */
export function isEnough({ pdq, md5 }: Look, wishes: Wishes): boolean {
  return pdq.length >= wishes.rotations * HASH_BYTES && (md5 !== null || !wishes.md5);
}

/**
 * Looks at all of them, a few at a time for each worker.
 *
 * @param paths As `toPath` takes them.
 * @throws {FigleafError} What is no fault of a single picture: `output-unwritable`, `worker-crashed`, `option-invalid`.
 */
export async function readAll(paths: readonly string[], options: ReadAllOptions): Promise<Seen> {
  const { pool, looks, signal, onRead } = options;
  const broken = new Map<number, FigleafError>();
  const listed = new Map<number, BlockListMatch>();
  let done = 0;
  await eachAtOnce(paths.entries(), pool.workers * 3, async ([place, path]) => {
    signal?.throwIfAborted();
    try {
      const match = await lookAt(place, path, options);
      if (match) {
        listed.set(place, match);
        looks.delete(place);
      }
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      broken.set(place, error);
      looks.delete(place);
    }
    onRead(++done);
  });
  return { broken, listed };
}

/** The entry of the block list that it matches; nothing is left of it then. */
async function lookAt(place: number, name: string, options: ReadAllOptions): Promise<BlockListMatch | null> {
  const { work, looks, blockList } = options;
  const path = toPath(name);
  const { size, mtimeMs: modified } = await statOf(path, name);
  const before = looks.has(place) ? looks.get(place) : null;
  if (before && before.size === size && before.modified === modified && (await work.has(before))) {
    const match = blockList ? matchOf(blockList, before) : null;
    if (match) await work.remove(before.sha256);
    return match;
  }
  const bytes = await readBytes(path, name, { ...DEFAULT_LIMITS, ...options.limits }.maxBytes, size);
  const sha256 = await digest('sha256', bytes);
  const md5 = options.wishes.md5 ? await digest('md5', bytes) : null;
  const known = blockList && matchOfFile(blockList, { sha256, md5 });
  if (known) return known;
  const reduced = await reduce(bytes, options);
  const look = await toLook(reduced, bytes, { size, modified, sha256, md5 });
  const match = blockList ? matchOf(blockList, look) : null;
  if (match) return match;
  const original = options.link && !reduced.jpeg ? path : null;
  await work.keep(sha256, { bytes: reduced.jpeg ?? bytes, original });
  await work.journal.add(name, look);
  looks.set(place, look);
  return null;
}

async function reduce(bytes: Uint8Array, options: ReadAllOptions): Promise<ReducedImage> {
  const { pool, height, wishes, limits, signal } = options;
  const reduced = await pool.reduce(bytes, {
    maxHeight: height,
    rotations: wishes.rotations > 1,
    ...(limits && { limits }),
    signal,
  });
  if (!reduced.image.truncated) return reduced;
  throw new FigleafError('image-truncated', 'the file breaks off: part of the picture is lacking');
}

async function toLook(
  { image, pixelDigest, hashes, size, jpeg }: ReducedImage,
  bytes: Uint8Array,
  file: Pick<Look, 'size' | 'modified' | 'sha256' | 'md5'>,
): Promise<Look> {
  const pdq = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [index, { hash }] of hashes.entries()) pdq.set(hash, index * HASH_BYTES);
  const { width, height } = image;
  const kept = {
    sha256: jpeg ? await digest('sha256', jpeg) : file.sha256,
    bytes: (jpeg ?? bytes).length,
    ...size,
  };
  return { ...file, pixels: pixelDigest, width, height, quality: hashes[0]!.quality, pdq, kept };
}

function matchOfFile(list: BlockList, { sha256, md5 }: Pick<Look, 'sha256' | 'md5'>): BlockListMatch | null {
  return (md5 && list.matchDigest('md5', md5)) ?? list.matchDigest('sha256', sha256);
}

function matchOf(list: BlockList, look: Look): BlockListMatch | null {
  const known = matchOfFile(list, look);
  if (known || !list.kinds.includes('pdq')) return known;
  for (let at = 0; at < look.pdq.length; at += HASH_BYTES) {
    const match = list.matchPdq(look.pdq.subarray(at, at + HASH_BYTES), look.quality);
    if (match) return match;
  }
  return null;
}

async function statOf(path: string | Buffer, name: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    return await stat(path);
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function readBytes(
  path: string | Buffer,
  name: string,
  most: number,
  size: number,
): Promise<Uint8Array> {
  if (size > most) throw new FigleafError('input-too-large', `the file has ${size} bytes, more than ${most}`);
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(name, error);
  }
}

function unreadable(name: string, error: unknown): FigleafError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return new FigleafError('input-not-found', `there is no file '${name}'`, { cause: error });
  if (code === 'ELOOP')
    return new FigleafError('input-unreadable', `the link '${name}' leads round in a circle`, {
      cause: error,
    });
  const why = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : messageOf(error);
  return new FigleafError('input-unreadable', `cannot read '${name}': ${why}`, { cause: error });
}
