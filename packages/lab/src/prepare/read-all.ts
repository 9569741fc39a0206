/** Looks at every picture that no earlier run has seen as it is: decodes it, hashes it, and keeps it in its smaller size. */
import { stat } from 'node:fs/promises';
import {
  type BlockList,
  type BlockListMatch,
  DEFAULT_LIMITS,
  digest,
  FigleafError,
  type ImageLimits,
  type PdqHash,
  type Pool,
  type ReducedImage,
} from 'figleaf';
import { messageOf, openAtOnce, toPath } from 'figleaf/commands';
import { refuseTruncated } from '../data-set/refuse-truncated.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import { HASH_BYTES, type Look, type Looks, ROTATIONS } from './looks.ts';
import type { PrepareOptions } from './options.ts';
import type { WorkFolder } from './work-folder.ts';

/** What a look depends on. */
export interface Wishes {
  /** PDQ hashes of each: 1, or all rotations. */
  readonly rotations: number;
  readonly md5: boolean;
  /** Of what is larger there is to be none. */
  readonly most: Pick<ImageLimits, 'maxBytes' | 'maxPixels'>;
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
export function wishesOf({
  flips = false,
  blockList,
  limits,
}: Pick<PrepareOptions, 'flips' | 'blockList' | 'limits'>): Wishes {
  const kinds = blockList?.kinds ?? [];
  const { maxBytes = DEFAULT_LIMITS.maxBytes, maxPixels = DEFAULT_LIMITS.maxPixels } = limits ?? {};
  return {
    rotations: flips || kinds.includes('pdq') ? ROTATIONS : 1,
    md5: kinds.includes('md5'),
    most: { maxBytes, maxPixels },
  };
}

/** Whether a look of an earlier run has all that this one needs, and is of a picture that this one would decode. */
export function isEnough(look: Look, { rotations, md5, most }: Wishes): boolean {
  const hasHashes = look.pdq.length >= rotations * HASH_BYTES && (look.md5 !== null || !md5);
  return hasHashes && look.size <= most.maxBytes && look.width * look.height <= most.maxPixels;
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
      const known = await lookAt(place, path, options);
      if (known) {
        listed.set(place, known.match);
        looks.delete(place);
        // An earlier run without this list may have kept it.
        await options.work.remove(known.sha256);
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

/** A picture that a block list knows. */
interface Known {
  readonly match: BlockListMatch;
  /** Of the file. */
  readonly sha256: Uint8Array;
}

/** Looks at one, unless the block list knows it: then what of it is told. */
async function lookAt(place: number, name: string, options: ReadAllOptions): Promise<Known | null> {
  const { work, looks, blockList } = options;
  const path = toPath(name);
  const before = looks.has(place) ? looks.get(place) : null;
  if (before && (await isUnchanged(path, before)) && (await work.has(before))) {
    const match = blockList ? matchOf(blockList, before) : null;
    return match && { match, sha256: before.sha256 };
  }
  const { bytes, size, modified } = await readBytes(path, name, options.wishes.most.maxBytes);
  const sha256 = await digest('sha256', bytes);
  const md5 = options.wishes.md5 ? await digest('md5', bytes) : null;
  const known = blockList && matchOfFile(blockList, { sha256, md5 });
  if (known) return { match: known, sha256 };
  const reduced = await reduce(bytes, options);
  const look = await toLook(reduced, bytes, { size, modified, sha256, md5 });
  const match = blockList ? matchOf(blockList, look) : null;
  if (match) return { match, sha256 };
  // Only now: of what breaks off, a report names the file, which is not to be of one that a list knows.
  refuseTruncated(reduced.image);
  const original = options.link && !reduced.jpeg ? path : null;
  await work.keep(sha256, { bytes: reduced.jpeg ?? bytes, original });
  await work.journal.add(name, look);
  looks.set(place, look);
  return null;
}

function reduce(
  bytes: Uint8Array,
  { pool, height, wishes, limits, signal }: ReadAllOptions,
): Promise<ReducedImage> {
  return pool.reduce(bytes, {
    maxHeight: height,
    rotations: wishes.rotations > 1,
    ...(limits && { limits }),
    signal,
  });
}

async function toLook(
  { image, pixelDigest, hashes, oneSizeHashes, size, jpeg }: ReducedImage,
  bytes: Uint8Array,
  file: Pick<Look, 'size' | 'modified' | 'sha256' | 'md5'>,
): Promise<Look> {
  const { width, height } = image;
  const kept = {
    sha256: jpeg ? await digest('sha256', jpeg) : file.sha256,
    bytes: (jpeg ?? bytes).length,
    ...size,
  };
  const { quality } = hashes[0]!;
  const looks = { pixels: pixelDigest, quality, pdq: packed(hashes), oneSize: packed(oneSizeHashes) };
  return { ...file, ...looks, width, height, kept };
}

function packed(hashes: readonly PdqHash[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [index, { hash }] of hashes.entries()) bytes.set(hash, index * HASH_BYTES);
  return bytes;
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

async function isUnchanged(path: string | Buffer, { size, modified }: Look): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.size === size && found.mtimeMs === modified;
}

async function readBytes(path: string | Buffer, name: string, most: number) {
  try {
    await using file = await openAtOnce(path);
    const info = await file.stat();
    if (!info.isFile()) throw new FigleafError('input-unreadable', `'${name}' is no file`);
    if (info.size > most)
      throw new FigleafError('input-too-large', `the file has ${info.size} bytes, more than ${most}`);
    const bytes = new Uint8Array(info.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, bytesRead), size: info.size, modified: info.mtimeMs };
  } catch (error) {
    throw error instanceof FigleafError ? error : unreadable(name, error);
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
