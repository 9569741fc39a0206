/** An index of PDQ hashes: is any of a million near enough to this one, and which? */
import { popcount } from './bits.ts';
import { type Buckets, toBuckets } from './buckets.ts';

/** Hashes that differ in at most so many of their 256 bits are taken to be of the same picture. */
export const MOST_DISTANCE = 31;

/** Bytes of a hash. */
const WIDTH = 32;
/** A hash is cut into so many slices of 16 bits. */
const SLICES = 16;
/** The most that two slices that follow each other may differ in, where a search begins; see {@link PdqIndex}. */
const MOST_IN_TWO = Math.floor((2 * MOST_DISTANCE) / SLICES);
/** What to flip in a slice to have all that differ in at most one bit: nothing, then each bit. */
const FLIPS = [0, ...Array.from({ length: 16 }, (_, bit) => 1 << bit)];

/** An entry that was found. */
export interface Neighbour {
  /** Its number. */
  readonly entry: number;
  /** In how many bits it differs. */
  readonly distance: number;
}

/** One slice of all hashes. */
interface Slice extends Buckets {
  /** The slice that follows this one, beside each of `entries`. */
  readonly following: Uint16Array;
}

/**
 * Finds hashes within {@link MOST_DISTANCE} without a look at most of the others, and misses none.
 *
 * 31 bits over 16 slices are fewer than two a slice. So some slice differs in at most one bit (the pigeonhole principle), and
 * all that do so lie in 17 buckets of that slice. Stronger: with the slices in a ring, from some slice on every run of them
 * stays within its share, which is one bit for the slice itself and three for it and the next (the pigeonring principle: Qin
 * and Xiao, "Pigeonring: A Principle for Faster Thresholded Similarity Search", VLDB 2018). The next slice lies in the
 * bucket too, so of strangers only one in 400 is looked up in the list itself, where each would miss the processor's cache.
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

  /** @param hashes `[size, 32]`, at a multiple of 4 in its buffer; kept, not copied. */
  constructor(hashes: Uint8Array) {
    this.#hashes = hashes;
    this.#words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length / 4);
    const slices = slicesOf(hashes);
    this.#slices = Array.from({ length: SLICES }, (_, number) =>
      toSlice(columnOf(slices, number), columnOf(slices, (number + 1) % SLICES)),
    );
  }

  /** How many hashes there are. */
  get size(): number {
    return this.#hashes.length / WIDTH;
  }

  /** A hash within {@link MOST_DISTANCE}, of several always the same, but not always the nearest; null where none is so near. */
  find(hash: Uint8Array): Neighbour | null {
    const wanted = Uint8Array.from(hash);
    const words = new Uint32Array(wanted.buffer);
    const slices = slicesOf(wanted);
    for (const [number, slice] of this.#slices.entries()) {
      const { starts, entries, following } = slice;
      const next = slices[(number + 1) % SLICES]!;
      this.#fetch(slice, slices[number]!);
      for (const flip of FLIPS) {
        const most = MOST_IN_TWO - (flip === 0 ? 0 : 1);
        const key = slices[number]! ^ flip;
        const end = starts[key + 1]!;
        for (let at = starts[key]!; at < end; at++) {
          if (popcount(next ^ following[at]!) > most) continue;
          const distance = this.#distance(entries[at]!, words);
          if (distance <= MOST_DISTANCE) return { entry: entries[at]!, distance };
        }
      }
    }
    return null;
  }

  /** The hash of an entry. */
  at(entry: number): Uint8Array {
    return this.#hashes.slice(entry * WIDTH, (entry + 1) * WIDTH);
  }

  /** Looks into each bucket before the search does: their memory comes together then, in half the time of one by one. */
  #fetch({ starts, following }: Slice, key: number): void {
    for (const flip of FLIPS) this.#fetched ^= following[starts[key ^ flip]!]!;
  }

  #distance(entry: number, words: Uint32Array): number {
    let distance = 0;
    for (let i = 0; i < words.length; i++)
      distance += popcount(words[i]! ^ this.#words[entry * words.length + i]!);
    return distance;
  }
}

/** `[size, 16]`. In whichever order the platform has the bytes of a number: only whether bits differ counts. */
function slicesOf(hashes: Uint8Array): Uint16Array {
  return new Uint16Array(hashes.buffer, hashes.byteOffset, hashes.length / 2);
}

/** One slice of every hash: `[size]`, so that what is read together lies together. */
function columnOf(slices: Uint16Array, number: number): Uint16Array {
  const column = new Uint16Array(slices.length / SLICES);
  for (let entry = 0; entry < column.length; entry++) column[entry] = slices[entry * SLICES + number]!;
  return column;
}

function toSlice(column: Uint16Array, next: Uint16Array): Slice {
  const buckets = toBuckets(column);
  const following = new Uint16Array(column.length);
  for (let at = 0; at < following.length; at++) following[at] = next[buckets.entries[at]!]!;
  return { ...buckets, following };
}
