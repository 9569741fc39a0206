/** Which pictures are the same: to the last pixel, or by their PDQ hashes. */
import { findNearPairs } from 'figleaf';
import { HASH_BYTES, type Looks } from './looks.ts';
import { Pairs } from './pairs.ts';

/** A PDQ hash of a lower quality says nothing. */
const LEAST_QUALITY = 50;

/** Pictures of the same pixels, and which of those look the same. */
export interface Likeness {
  /** The places of the pictures of each group: those with the same pixels. Groups, and pictures in them, are in order of their places. */
  readonly groups: readonly (readonly number[])[];
  /** Groups of which the PDQ hashes lie near each other. One pair may be there several times. */
  readonly near: Pairs;
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
  const near = new Pairs();
  // The hash that others would compute, and that of the picture at one size, which knows copies of another size better.
  for (const [step, kind] of (['pdq', 'oneSize'] as const).entries()) {
    const telling = groups.flatMap(([first], group) => {
      const look = looks.get(first!);
      if (look.quality < LEAST_QUALITY) return [];
      return [{ group, hashes: flips ? look[kind] : look[kind].subarray(0, HASH_BYTES) }];
    });
    const onShare = (share: number): void => onProgress((step + share) / 2);
    await compare(telling, near, { signal, onProgress: onShare });
  }
  return { groups, near };
}

/** A group, and its hash or the hashes of all its positions. */
interface Telling {
  readonly group: number;
  readonly hashes: Uint8Array;
}

async function compare(
  telling: readonly Telling[],
  near: Pairs,
  options: Pick<CompareOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  // First every picture as it is, then all of them turned: what is turned twice need not be compared.
  const each = (telling[0]?.hashes.length ?? 0) / HASH_BYTES;
  const all = new Uint8Array(telling.length * each * HASH_BYTES);
  const owners = new Int32Array(telling.length * each);
  for (const [index, { group, hashes }] of telling.entries()) {
    for (let rotation = 0; rotation < each; rotation++) {
      const at = rotation * telling.length + index;
      all.set(hashes.subarray(rotation * HASH_BYTES, (rotation + 1) * HASH_BYTES), at * HASH_BYTES);
      owners[at] = group;
    }
  }
  const onPair = (first: number, second: number, distance: number): void => {
    if (first >= telling.length) return;
    const [one, other] = [owners[first]!, owners[second]!];
    if (one !== other) near.add(one, other, distance);
  };
  await findNearPairs(all, onPair, options);
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
