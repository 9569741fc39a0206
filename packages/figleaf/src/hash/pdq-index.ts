/** An index of PDQ hashes: is any of a million near enough to this one, and which? */
import { popcount } from './bits.ts';
import {
  distanceBetween,
  MOST_DISTANCE,
  PDQ_BYTES,
  SLICES,
  type Slice,
  sharesOf,
  slicesOf,
  toSlice,
  wordsOf,
} from './pdq-slices.ts';

const SHARES = sharesOf(MOST_DISTANCE);

/** An entry that was found. */
export interface Neighbour {
  /** Its number. */
  readonly entry: number;
  /** In how many bits it differs. */
  readonly distance: number;
}

/**
 * Finds hashes within {@link MOST_DISTANCE} without a look at most of the others, and misses none.
 *
 * Some slice differs in at most one bit, and in at most three with the one that follows it (see {@link Shares}). All whose slice
 * does so lie in 17 buckets of it. The next slice lies in the bucket too, so of strangers only one in 400 is looked up in the list
 * itself, where each would miss the processor's cache.
 *
 * A search ends at the first that is near enough. Lists hold the same picture over and over, stored in other ways, and to find
 * the very nearest among all of these would take as long as there are many. So it does only for a picture that is like many of
 * them and near enough to none.
 */
export class PdqIndex {
  readonly #hashes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #slices: readonly Slice[];
  // Means nothing, but without it the reads that lead to it would be optimised away.
  #fetched = 0;

  /** @param hashes `[size, 32]`; kept, and not copied where it lies at a multiple of 4 in its buffer. */
  constructor(hashes: Uint8Array) {
    this.#hashes = hashes;
    this.#words = wordsOf(hashes);
    const slices = slicesOf(this.#words);
    this.#slices = Array.from({ length: SLICES }, (_, number) => toSlice(slices, number));
  }

  /** How many hashes there are. */
  get size(): number {
    return this.#hashes.length / PDQ_BYTES;
  }

  /** A hash within {@link MOST_DISTANCE}, of several always the same, but not always the nearest; null where none is so near. */
  find(hash: Uint8Array): Neighbour | null {
    const words = wordsOf(Uint8Array.from(hash));
    const slices = slicesOf(words);
    for (const [number, slice] of this.#slices.entries()) {
      const { starts, entries, following } = slice;
      const next = slices[(number + 1) % SLICES]!;
      this.#fetch(slice, slices[number]!);
      for (const flip of SHARES.flips) {
        const most = SHARES.inTwo - (flip === 0 ? 0 : 1);
        const key = slices[number]! ^ flip;
        const end = starts[key + 1]!;
        for (let at = starts[key]!; at < end; at++) {
          if (popcount(next ^ following[at]!) > most) continue;
          const distance = distanceBetween(words, 0, this.#words, entries[at]!);
          if (distance <= MOST_DISTANCE) return { entry: entries[at]!, distance };
        }
      }
    }
    return null;
  }

  /** The hash of an entry. */
  at(entry: number): Uint8Array {
    return this.#hashes.slice(entry * PDQ_BYTES, (entry + 1) * PDQ_BYTES);
  }

  /** Looks into each bucket before the search does: their memory comes together then, in half the time of one by one. */
  #fetch({ starts, following }: Slice, key: number): void {
    for (const flip of SHARES.flips) this.#fetched ^= following[starts[key ^ flip]!]!;
  }
}
