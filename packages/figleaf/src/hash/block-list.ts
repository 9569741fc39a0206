/** Block lists: hashes of pictures that are known, and whether a picture is one of them. */
import { FigleafError } from '../errors.ts';
import { fromHex, toHex } from './bits.ts';
import type { DigestKind } from './digest.ts';
import { DigestIndex } from './digest-index.ts';
import { PdqIndex } from './pdq-index.ts';

/** The hashes that a block list can hold: digests of the file, and PDQ of the picture in it. */
export type HashKind = DigestKind | 'pdq';

/** Bytes of a hash of each kind. */
export const HASH_BYTES: Readonly<Record<HashKind, number>> = { md5: 16, sha256: 32, pdq: 32 };

/** Every kind. */
export const HASH_KINDS = Object.keys(HASH_BYTES) as readonly HashKind[];

/** A PDQ hash of a lower quality than this matches nothing. */
const LEAST_QUALITY = 50;

/** The entry of a block list that a picture matches. */
export interface BlockListMatch {
  readonly kind: HashKind;
  /** The entry, in lower-case hex. */
  readonly hash: string;
  /** In how many bits the picture's own hash differs: 0 to 31, always 0 for digests. */
  readonly distance: number;
}

/**
 * Hashes of pictures that are known. Made by {@link parseBlockList}; the same in Node and browser.
 *
 * With a million PDQ hashes it takes less than 200 MB, and a picture in its eight rotations less than a millisecond.
 *
 * @example
 * ```ts
 * const list = await parseBlockList(createReadStream('known.txt', 'utf8'), 'known.txt');
 * const bytes = await readFile('upload.jpg');
 * for (const kind of ['md5', 'sha256'] as const) {
 *   if (list.kinds.includes(kind) && list.matchDigest(kind, await digest(kind, bytes))) console.log('known');
 * }
 * ```
 */
export class BlockList {
  /** The kinds of hashes that the list holds; others need not be computed. */
  readonly kinds: readonly HashKind[];
  /** How many entries were read; one that is listed twice counts twice. */
  readonly size: number;
  readonly #digests: Readonly<Record<DigestKind, DigestIndex>>;
  readonly #pdq: PdqIndex;

  /** @param hashes `[entries, bytes of a hash]` of each kind, at a multiple of 4 in its buffer; kept, not copied. */
  constructor(hashes: Readonly<Record<HashKind, Uint8Array>>, size: number) {
    this.kinds = HASH_KINDS.filter((kind) => hashes[kind].length > 0);
    this.size = size;
    this.#digests = {
      md5: new DigestIndex(hashes.md5, HASH_BYTES.md5),
      sha256: new DigestIndex(hashes.sha256, HASH_BYTES.sha256),
    };
    this.#pdq = new PdqIndex(hashes.pdq);
  }

  /**
   * The entry that is the digest of a file.
   *
   * @param digest As bytes, or as hex in either case.
   * @returns Null where there is none.
   * @throws {FigleafError} `option-invalid` where `digest` is none of that kind.
   */
  matchDigest(kind: DigestKind, digest: Uint8Array | string): BlockListMatch | null {
    const bytes = toBytes(kind, digest);
    return this.#digests[kind].has(bytes) ? { kind, hash: toHex(bytes), distance: 0 } : null;
  }

  /**
   * An entry within a Hamming distance of 31 of the PDQ hash of a picture; of several not always the nearest. The list has each
   * picture as it was found, so ask for each of {@link pdqRotations} to know it again when it is turned.
   *
   * @param hash As bytes, or as hex in either case.
   * @param quality 0 to 100, as it came with the hash. Below 50 nothing matches: there is too little in such a picture.
   * @returns Null where none is so near.
   * @throws {FigleafError} `option-invalid` where `hash` is no PDQ hash.
   */
  matchPdq(hash: Uint8Array | string, quality: number): BlockListMatch | null {
    const bytes = toBytes('pdq', hash);
    const found = quality >= LEAST_QUALITY ? this.#pdq.find(bytes) : null;
    return found && { kind: 'pdq', hash: toHex(this.#pdq.at(found.entry)), distance: found.distance };
  }
}

function toBytes(kind: HashKind, hash: Uint8Array | string): Uint8Array {
  const bytes = typeof hash === 'string' ? fromHex(hash) : hash;
  if (bytes.length === HASH_BYTES[kind]) return bytes;
  throw new FigleafError(
    'option-invalid',
    `a hash of ${bytes.length} bytes is not of the kind ${kind}, which has ${HASH_BYTES[kind]}`,
  );
}
