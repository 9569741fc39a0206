/** Tests of the search for near pairs against a comparison of each with each. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOfSlices, flipped } from '../../test/slice-bits.ts';
import { hammingDistance } from './bits.ts';
import { distinctHashes } from './distinct-hashes.ts';
import { findNearPairs, type NearPairOptions } from './near-pairs.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const bits = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(255), { minLength: least, maxLength: most });

/** Pictures, each stored in several ways: pairs on both sides of any bound, and some that are equal. */
const families = fc
  .array(fc.tuple(hash, fc.array(bits(0, 40), { minLength: 1, maxLength: 8 })), { maxLength: 6 })
  .map((all) => all.flatMap(([base, ways]) => ways.map((way) => flipped(base, way))));

const packed = (hashes: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(hashes.flatMap((each) => [...each]));

/** Pairs in order, so that they can be compared. */
async function pairsOf(hashes: Uint8Array, options?: NearPairOptions): Promise<number[][]> {
  const pairs: number[][] = [];
  await findNearPairs(hashes, (...pair) => pairs.push(pair), options);
  return pairs.sort(([a, b], [c, d]) => a! - c! || b! - d!);
}

function byBruteForce(hashes: readonly Uint8Array[], most: number): number[][] {
  return hashes.flatMap((one, first) =>
    hashes.flatMap((two, second) => {
      const distance = hammingDistance(one, two);
      return first < second && distance <= most ? [[first, second, distance]] : [];
    }),
  );
}

describe('findNearPairs', () => {
  it('tells each pair that a comparison of each with each finds, once', async () => {
    await fc.assert(
      fc.asyncProperty(families, async (hashes) => {
        expect(await pairsOf(packed(hashes))).toEqual(byBruteForce(hashes, 31));
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 5, 15, 16, 30, 32, 40])('does so for distances up to %i', async (maxDistance) => {
    await fc.assert(
      fc.asyncProperty(families, async (hashes) => {
        expect(await pairsOf(packed(hashes), { maxDistance })).toEqual(byBruteForce(hashes, maxDistance));
      }),
      { numRuns: 10 },
    );
  });

  it('tells of 31 bits and not of 32, whichever they are', async () => {
    await fc.assert(
      fc.asyncProperty(hash, bits(32, 32), fc.nat(31), async (base, which, left) => {
        const near = which.filter((_, index) => index !== left);
        expect(await pairsOf(packed([base, flipped(base, near)]))).toEqual([[0, 1, 31]]);
        expect(await pairsOf(packed([base, flipped(base, which)]))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('tells of 31 bits that are spread as evenly over the slices as they can be', async () => {
    const base = new Uint8Array(32);
    for (let odd = 0; odd < 16; odd++) {
      const which = bitsOfSlices().flatMap((slice, number) => slice.slice(3, number === odd ? 4 : 5));
      expect(await pairsOf(packed([base, flipped(base, which)]))).toEqual([[0, 1, 31]]);
    }
  });

  it('tells all pairs of a cluster whose hashes agree in most slices', async () => {
    // In the second half all agree, so these slices lead to all pairs over and over.
    const hashes = Array.from({ length: 120 }, (_, index) =>
      Uint8Array.from({ length: 32 }, (_, at) => (at < 16 ? (index * 37 * (at + 1)) & 0x11 : 0xab)),
    );
    const expected = byBruteForce(hashes, 31);
    expect(expected.length).toBeGreaterThan(5000);
    expect(await pairsOf(packed(hashes))).toEqual(expected);
  });

  it('finds nothing in nothing or in one, and takes part of a buffer', async () => {
    expect(await pairsOf(new Uint8Array(0))).toEqual([]);
    expect(await pairsOf(new Uint8Array(32))).toEqual([]);
    expect(await pairsOf(new Uint8Array(100).subarray(3, 67))).toEqual([[0, 1, 0]]);
  });

  it('lets others have their turn, says how much is done, and stops when it is told to', async () => {
    // 2,500 of them are 3 million comparisons in each slice.
    const hashes = new Uint8Array(2500 * 32);
    const shares: number[] = [];
    const controller = new AbortController();
    const search = findNearPairs(hashes, () => undefined, {
      signal: controller.signal,
      onProgress: (share) => {
        shares.push(share);
        if (share > 0.2) controller.abort(new Error('enough'));
      },
    });
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    await expect(search).rejects.toThrow('enough');
    clearInterval(turn);
    expect(turns).toBeGreaterThan(0);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThan(0.3);
    await expect(
      pairsOf(new Uint8Array(64), { signal: AbortSignal.abort(new Error('never')) }),
    ).rejects.toThrow('never');
  });

  it.each([-1, 256, 1.5, Number.NaN])('refuses the distance %d', async (maxDistance) => {
    await expect(pairsOf(new Uint8Array(64), { maxDistance })).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringContaining('from 0 to 255'),
    });
  });

  it('refuses what is no whole number of hashes', async () => {
    await expect(pairsOf(new Uint8Array(33))).rejects.toMatchObject({ code: 'option-invalid' });
  });
});

describe('distinctHashes', () => {
  it('gives each hash once, and says which each is', () => {
    fc.assert(
      fc.property(fc.array(hash, { minLength: 1, maxLength: 20 }), fc.array(fc.nat(19)), (some, picks) => {
        const hashes = picks.map((pick) => some[pick % some.length]!);
        const { hashes: distinct, numbers } = distinctHashes(packed(hashes));
        const seen = [...new Set(hashes.map((each) => each.join()))];
        expect(numbers).toEqual(Uint32Array.from(hashes, (each) => seen.indexOf(each.join())));
        expect(distinct).toEqual(packed(seen.map((each) => Uint8Array.from(each.split(','), Number))));
      }),
    );
  });

  it('tells hashes apart that differ in one bit', () => {
    const base = new Uint8Array(32);
    const hashes = Array.from({ length: 256 }, (_, bit) => flipped(base, [bit]));
    expect(distinctHashes(packed([base, ...hashes, base])).numbers).toEqual(
      Uint32Array.from([...Array(257).keys(), 0]),
    );
  });

  it('takes nothing, and refuses what is no whole number of hashes', () => {
    expect(distinctHashes(new Uint8Array(0))).toEqual({
      hashes: new Uint8Array(0),
      numbers: new Uint32Array(0),
    });
    expect(() => distinctHashes(new Uint8Array(31))).toThrow('no whole number');
  });
});

it('has each bit in one slice', () => {
  expect(bitsOfSlices().map((of) => of.length)).toEqual(Array(16).fill(16));
  expect(new Set(bitsOfSlices().flat()).size).toBe(256);
});
