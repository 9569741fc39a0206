/** All pairs among a million PDQ hashes that lie near each other. */
import { FigleafError } from '../errors.ts';
import { popcount } from './bits.ts';
import {
  distanceBetween,
  MOST_DISTANCE,
  type Shares,
  SLICES,
  type Slice,
  sharesOf,
  slicesOf,
  toSlice,
  wordsOf,
} from './pdq-slices.ts';

/** Is told of a pair: the numbers of two hashes, the smaller first, and in how many bits they differ. */
export type OnNearPair = (first: number, second: number, distance: number) => void;

/** How pairs are looked for. */
export interface NearPairOptions {
  /** The most bits in which the hashes of a pair differ: 0 to 255, 31 by default. From 32 on it takes many times as long. */
  readonly maxDistance?: number | undefined;
  /** Stops the search; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is told now and then how much is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** So many hashes are compared without a pause, which takes some 20 milliseconds. */
const AT_A_TIME = 2 ** 22;

/**
 * Finds every pair of PDQ hashes that differ in at most 31 bits, and no other. A million hashes take about ten seconds, and
 * 50 MB beside their own 32, where comparing each with each would take an hour.
 *
 * Of `n` equal hashes there are `n * (n - 1) / 2` pairs: {@link distinctHashes} takes them together first.
 *
 * @param hashes `[size, 32]`: PDQ hashes one after the other; they must stay as they are until it ends.
 * @param onPair Is called once for each pair, in no certain order.
 * @throws {FigleafError} `option-invalid` where `hashes` is no multiple of 32 bytes, or `maxDistance` no whole number from 0 to
 * 255.
 * @example
 * ```ts
 * await findNearPairs(hashes, (first, second, distance) => {
 *   console.log(`${files[first]} and ${files[second]} differ in ${distance} of 256 bits`);
 * });
 * ```
 */
export async function findNearPairs(
  hashes: Uint8Array,
  onPair: OnNearPair,
  { maxDistance = MOST_DISTANCE, signal, onProgress }: NearPairOptions = {},
): Promise<void> {
  if (!Number.isInteger(maxDistance) || maxDistance < 0 || maxDistance > 255) {
    throw new FigleafError(
      'option-invalid',
      `maxDistance is ${maxDistance}; give a whole number from 0 to 255`,
    );
  }
  signal?.throwIfAborted();
  for (const share of search(wordsOf(hashes), maxDistance, onPair)) {
    onProgress?.(share);
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
  }
  onProgress?.(1);
}

/** Looks through the slices one by one, and pauses now and then to say how much is done. */
function* search(
  words: Uint32Array,
  maxDistance: number,
  onPair: OnNearPair,
): Generator<number, void, undefined> {
  const shares = sharesOf(maxDistance);
  const slices = slicesOf(words);
  for (let number = 0; number < SLICES; number++) {
    const onCandidate = (one: number, two: number): void => {
      const distance = distanceBetween(words, one, words, two);
      if (distance > maxDistance || isFoundBefore(slices, one, two, number, shares)) return;
      onPair(Math.min(one, two), Math.max(one, two), distance);
    };
    for (const share of meetBuckets(toSlice(slices, number), shares, onCandidate)) {
      yield (number + share) / SLICES;
    }
  }
}

/** Tells all pairs of hashes that may be near each other, going by one slice and the one that follows it. */
function* meetBuckets(
  slice: Slice,
  { inTwo, flips }: Shares,
  onCandidate: (one: number, two: number) => void,
): Generator<number, void, undefined> {
  const { starts } = slice;
  const keys = starts.length - 1;
  let compared = 0;
  for (let key = 0; key < keys; key++) {
    const end = starts[key + 1]!;
    if (starts[key] === end) continue;
    for (const flip of flips) {
      const other = key ^ flip;
      const size = starts[other + 1]! - starts[other]!;
      // Each two buckets meet once.
      if (other < key || size === 0) continue;
      const most = inTwo - popcount(flip);
      const rows = Math.ceil(AT_A_TIME / size);
      for (let from = starts[key]!; from < end; from += rows) {
        const to = Math.min(from + rows, end);
        meet(slice, from, to, starts[other]!, starts[other + 1]!, most, onCandidate);
        compared += (to - from) * size;
        if (compared < AT_A_TIME) continue;
        compared = 0;
        yield key / keys;
      }
    }
  }
}

function meet(
  { entries, following }: Slice,
  from: number,
  to: number,
  othersFrom: number,
  othersTo: number,
  most: number,
  onCandidate: (one: number, two: number) => void,
): void {
  for (let at = from; at < to; at++) {
    const next = following[at]!;
    // Within one bucket each meets those behind it.
    for (let other = Math.max(at + 1, othersFrom); other < othersTo; other++) {
      if (popcount(next ^ following[other]!) <= most) onCandidate(entries[at]!, entries[other]!);
    }
  }
}

/** Whether an earlier slice led to the pair as well, where it was told. */
function isFoundBefore(
  slices: Uint16Array,
  one: number,
  two: number,
  number: number,
  { inOne, inTwo }: Shares,
): boolean {
  let next = popcount(slices[one * SLICES]! ^ slices[two * SLICES]!);
  for (let earlier = 1; earlier <= number; earlier++) {
    const bits = next;
    next = popcount(slices[one * SLICES + earlier]! ^ slices[two * SLICES + earlier]!);
    if (bits <= inOne && bits + next <= inTwo) return true;
  }
  return false;
}
