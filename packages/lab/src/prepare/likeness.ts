/** Which pictures are the same: to the last pixel, or by their PDQ hashes. */
import { type DistinctHashes, distinctHashes, findNearPairs } from 'figleaf';
import type { Hashes } from './hashes.ts';
import { HASH_BYTES, type Looks, ROTATIONS } from './looks.ts';
import { Pairs } from './pairs.ts';

/** A PDQ hash of a lower quality says nothing. */
const LEAST_QUALITY = 50;

/** Which hashes are compared: that which others would compute, and that of the picture at one size, which knows copies of another size better. */
const KINDS = ['pdq', 'oneSize'] as const;

/** Pictures of the same pixels, and which of those look the same. */
export interface Likeness {
  /** The places of the pictures of each group: those with the same pixels. Groups, and pictures in them, are in order of their places. */
  readonly groups: readonly (readonly number[])[];
  /** Those of each group. */
  readonly hashes: Hashes;
}

/** How to compare. */
export interface CompareOptions {
  /** Whether what is turned or mirrored is the same too. */
  readonly flips: boolean;
  readonly signal: AbortSignal | undefined;
  /** How much is done, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/**
 * Compares all with all.
 *
 * @param places Of the pictures, rising.
 */
export async function compareAll(
  places: readonly number[],
  looks: Looks,
  { flips, signal, onProgress }: CompareOptions,
): Promise<Likeness> {
  const groups = samePixels(places, looks);
  const positions = flips ? ROTATIONS : 1;
  const perGroup = KINDS.length * positions;
  const numbers = new Int32Array(groups.length * perGroup).fill(-1);
  const near = new Pairs();
  let count = 0;
  for (const [step, kind] of KINDS.entries()) {
    const before = count;
    const found = differentHashes(groups, looks, kind, positions);
    const isAsItIs = new Uint8Array(found.count);
    for (const [index, group] of found.telling.entries()) {
      const own = found.numbers.subarray(index * positions, (index + 1) * positions);
      isAsItIs[own[0]!] = 1;
      for (const [position, number] of own.entries())
        numbers[group * perGroup + step * positions + position] = before + number;
    }
    const onPair = (one: number, other: number, distance: number): void => {
      // What is turned twice need not be compared.
      if (isAsItIs[one] || isAsItIs[other]) near.add(before + one, before + other, distance);
    };
    const onShare = (share: number): void => onProgress((step + share) / KINDS.length);
    await findNearPairs(found.hashes, onPair, { signal, onProgress: onShare });
    count += found.count;
  }
  return { groups, hashes: { numbers, perGroup, positions, count, near } };
}

/** The hashes of one kind. */
interface Found extends DistinctHashes {
  /** Groups of which a hash tells something; `numbers` has so many of each as there are positions. */
  readonly telling: readonly number[];
  readonly count: number;
}

function differentHashes(
  groups: readonly (readonly number[])[],
  looks: Looks,
  kind: (typeof KINDS)[number],
  positions: number,
): Found {
  const telling = [...groups.keys()].filter(
    (group) => looks.get(groups[group]![0]!).quality >= LEAST_QUALITY,
  );
  const bytes = positions * HASH_BYTES;
  const all = new Uint8Array(telling.length * bytes);
  for (const [index, group] of telling.entries())
    all.set(looks.get(groups[group]![0]!)[kind].subarray(0, bytes), index * bytes);
  const distinct = distinctHashes(all);
  return { ...distinct, telling, count: distinct.hashes.length / HASH_BYTES };
}

function samePixels(places: readonly number[], looks: Looks): number[][] {
  const groups = new Map<string, number[]>();
  for (const place of places) {
    const key = Buffer.from(looks.get(place).pixels).toString('latin1');
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups.values()];
}
