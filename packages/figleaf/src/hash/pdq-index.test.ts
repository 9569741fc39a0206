/** Tests of the index against a look at every entry. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOfSlices, flipped } from '../../test/slice-bits.ts';
import { hammingDistance } from './bits.ts';
import { type Neighbour, PdqIndex } from './pdq-index.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bit = fc.integer({ min: 0, max: 255 });

const SLICES = bitsOfSlices();

function indexOf(hashes: readonly Uint8Array[]): PdqIndex {
  return new PdqIndex(Uint8Array.from(hashes.flatMap((each) => [...each])));
}

function byBruteForce(hashes: readonly Uint8Array[], wanted: Uint8Array): Neighbour[] {
  return hashes
    .map((each, entry) => ({ entry, distance: hammingDistance(each, wanted) }))
    .filter(({ distance }) => distance <= 31);
}

/** So many bits of each slice. */
const inSlices = (counts: readonly number[]): fc.Arbitrary<number[]> =>
  fc
    .tuple(...counts.map((count) => fc.shuffledSubarray(range(16), { minLength: count, maxLength: count })))
    .map((slices) => slices.flatMap((bits, slice) => bits.map((each) => SLICES[slice]![each]!)));

const anyhow = (count: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(bit, { minLength: count, maxLength: count });

/** Two in every slice, and for 31 one in one of them. */
const evenly = (count: number): fc.Arbitrary<number[]> =>
  fc.nat(15).chain((odd) => inSlices(range(16).map((slice) => (slice === odd ? count - 30 : 2))));

/** None in one slice, the more in the next, and two in all others: only from that one on can it be found. */
const unevenly = (count: number): fc.Arbitrary<number[]> =>
  fc.nat(15).chain((none) => {
    const counts = new Map([
      [none, 0],
      [(none + 1) % 16, count - 28],
    ]);
    return inSlices(range(16).map((slice) => counts.get(slice) ?? 2));
  });

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('PdqIndex', () => {
  it('finds one where a look at every entry finds any', () => {
    // Families of hashes that lie near each other, so that there is something to find and to choose from.
    const family = fc.tuple(
      hash,
      fc.array(fc.uniqueArray(bit, { maxLength: 30 }), { minLength: 1, maxLength: 8 }),
    );
    const list = fc
      .array(family, { maxLength: 6 })
      .map((families) => families.flatMap(([base, flips]) => flips.map((bits) => flipped(base, bits))));
    fc.assert(
      fc.property(
        list,
        hash,
        fc.nat(),
        fc.uniqueArray(bit, { maxLength: 40 }),
        (hashes, stranger, pick, bits) => {
          const wanted = hashes.length > 0 ? flipped(hashes[pick % hashes.length]!, bits) : stranger;
          const index = indexOf(hashes);
          expect(index.size).toBe(hashes.length);
          const near = byBruteForce(hashes, wanted);
          const found = index.find(wanted);
          if (near.length === 0) expect(found).toBeNull();
          else expect(near).toContainEqual(found);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    ['anyhow', anyhow],
    ['evenly', evenly],
    ['unevenly', unevenly],
  ])('finds all that differ in 31 bits and none that differ in 32, spread %s', (_, spread) => {
    const others = fc.array(hash, { maxLength: 4 });
    fc.assert(
      fc.property(hash, others, spread(31), spread(32), (wanted, strangers, near, far) => {
        const index = indexOf([...strangers, flipped(wanted, far), flipped(wanted, near)]);
        expect(index.find(wanted)).toEqual({ entry: strangers.length + 1, distance: 31 });
        expect(indexOf([flipped(wanted, far)]).find(wanted)).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it('ends at the first that is near enough', () => {
    const wanted = new Uint8Array(32);
    const others = SLICES.slice(2).flat().slice(0, 20);
    // Both lie in the first bucket that is looked into.
    expect(indexOf([flipped(wanted, others), wanted]).find(wanted)).toEqual({ entry: 0, distance: 20 });
  });

  it('finds nothing in nothing, and takes part of a buffer', () => {
    expect(indexOf([]).find(new Uint8Array(32))).toBeNull();
    const part = new Uint8Array(100).fill(7).subarray(3, 35);
    expect(indexOf([part]).find(part)).toEqual({ entry: 0, distance: 0 });
  });
});
