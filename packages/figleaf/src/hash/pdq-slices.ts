/** PDQ hashes cut into slices of 16 bits and sorted by each: what a search for hashes that lie near each other goes by. */
import { FigleafError } from '../errors.ts';
import { popcount } from './bits.ts';
import { type Buckets, toBuckets } from './buckets.ts';

/** Hashes that differ in at most so many of their 256 bits are taken to be of the same picture. */
export const MOST_DISTANCE = 31;

/** Bytes of a hash. */
export const PDQ_BYTES = 32;
/** Numbers of 32 bits of a hash. */
export const PDQ_WORDS = PDQ_BYTES / 4;
/** A hash is cut into so many slices. */
export const SLICES = 16;
const SLICE_BITS = 16;

/** One slice of all hashes. */
export interface Slice extends Buckets {
  /** The slice that follows this one, beside each of `entries`. */
  readonly following: Uint16Array;
}

/**
 * Where hashes of a certain distance must be looked for.
 *
 * So many bits over 16 slices: some slice has at most its share of them (the pigeonhole principle), and all that have so lie in
 * the buckets around it. Stronger: with the slices in a ring, from some slice on every run of them stays within its share
 * (the pigeonring principle: Qin and Xiao, "Pigeonring: A Principle for Faster Thresholded Similarity Search", VLDB 2018).
 * For 31 bits that is one for the slice itself and three for it and the next.
 */
export interface Shares {
  /** The most that a slice may differ in, where a search begins. */
  readonly inOne: number;
  /** The most that a slice and the one that follows it may differ in together. */
  readonly inTwo: number;
  /** What to flip in a slice to have all that differ in at most `inOne` bits: nothing first, then ever more. */
  readonly flips: readonly number[];
}

/** The shares of slices in a distance. */
export function sharesOf(distance: number): Shares {
  const inOne = Math.floor(distance / SLICES);
  return { inOne, inTwo: Math.floor((2 * distance) / SLICES), flips: flipsOf(inOne) };
}

/** All slices in which at most so many bits are set. */
function flipsOf(most: number): number[] {
  const flips = [0];
  let from = 0;
  for (let bits = 0; bits < most; bits++) {
    for (const end = flips.length; from < end; from++) {
      const flip = flips[from]!;
      for (let above = 32 - Math.clz32(flip); above < SLICE_BITS; above++) flips.push(flip | (1 << above));
    }
  }
  return flips;
}

/**
 * Hashes as `[size, 8]` numbers of 32 bits.
 *
 * @param hashes `[size, 32]`; copied only where they lie at no multiple of 4 in their buffer.
 * @throws {FigleafError} `option-invalid` where they are no multiple of 32 bytes.
 */
export function wordsOf(hashes: Uint8Array): Uint32Array {
  if (hashes.length % PDQ_BYTES !== 0) {
    throw new FigleafError(
      'option-invalid',
      `${hashes.length} bytes are no whole number of PDQ hashes; give ${PDQ_BYTES} for each`,
    );
  }
  const whole = hashes.byteOffset % 4 === 0 ? hashes : hashes.slice();
  return new Uint32Array(whole.buffer, whole.byteOffset, whole.length / 4);
}

/**
 * Hashes cut into slices: `[size, 16]`, a copy that has the very bits of `words`, so that the same distances are between them.
 *
 * A slice has a bit of each row of the hash, that of the next row three further on. A row has the frequencies of one direction, and
 * in pictures with little in that direction these are all alike: with rows for slices, photos of hands before a wall fall into
 * the same buckets eight times as often as chance has it; cut like this, 1.6 times.
 *
 * Rows have their bits in whichever order the platform has the bytes of a number: only whether bits differ counts.
 */
export function slicesOf(words: Uint32Array): Uint16Array {
  const slices = new Uint16Array(words.length * 2);
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const entry = at - (at % PDQ_WORDS);
    const row = (at - entry) * 2;
    for (let number = 0; number < SLICES; number++) {
      const upper = (word >>> ((number + 3 * row) & 15)) & 1;
      const lower = (word >>> (16 + ((number + 3 * row + 3) & 15))) & 1;
      slices[entry * 2 + number]! |= (upper << row) | (lower << (row + 1));
    }
  }
  return slices;
}

/** All hashes sorted by one of their slices: `[size]` each, so that what is read together lies together. */
export function toSlice(slices: Uint16Array, number: number): Slice {
  const buckets = toBuckets(columnOf(slices, number));
  const next = columnOf(slices, (number + 1) % SLICES);
  const following = new Uint16Array(next.length);
  for (let at = 0; at < following.length; at++) following[at] = next[buckets.entries[at]!]!;
  return { ...buckets, following };
}

function columnOf(slices: Uint16Array, number: number): Uint16Array {
  const column = new Uint16Array(slices.length / SLICES);
  for (let entry = 0; entry < column.length; entry++) column[entry] = slices[entry * SLICES + number]!;
  return column;
}

/** In how many bits two hashes among many differ. `words` is `[size, 8]`. */
export function distanceBetween(words: Uint32Array, one: number, others: Uint32Array, other: number): number {
  let distance = 0;
  for (let i = 0; i < PDQ_WORDS; i++) {
    distance += popcount(words[one * PDQ_WORDS + i]! ^ others[other * PDQ_WORDS + i]!);
  }
  return distance;
}
