/** Random numbers and what is made of them: known answers, distributions, the same each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dropoutMask,
  type Fans,
  glorotUniform,
  heNormal,
  heUniform,
  type Initialiser,
  ones,
  RandomStream,
  threefry,
  zeros,
} from '../../src/nn/index.ts';

const COUNT = 40_000;
const FANS: Fans = { in: 50, out: 30 };

function draw(initialiser: Initialiser, seed = 1, name = 'layer/kernel', count = COUNT): Float32Array {
  return initialiser(count, FANS, new RandomStream(seed, name));
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  return meanOf(Array.from(values, (value) => (value - mean) ** 2));
}

describe('threefry', () => {
  // The known answers of Random123, where the method was published.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as [[number, number], [number, number], [number, number]][])('%j %j', (key, counter, words) => {
    expect(threefry(key, counter)).toEqual(words);
  });
});

describe('initialisers', () => {
  it('give zeros and ones', () => {
    expect(new Set(draw(zeros))).toEqual(new Set([0]));
    expect(new Set(draw(ones))).toEqual(new Set([1]));
  });

  it.each([
    ['glorotUniform', glorotUniform, Math.sqrt(6 / 80), 2 / 80],
    ['heUniform', heUniform, Math.sqrt(6 / 50), 2 / 50],
    // Cut at two deviations of the uncut distribution, which is wider than the cut one.
    ['heNormal', heNormal, (2 * Math.sqrt(2 / 50)) / 0.8796256610342398, 2 / 50],
  ])('%s: limit, mean and variance', (_, initialiser, limit, variance) => {
    const values = draw(initialiser);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(limit));
    expect(largest).toBeGreaterThan(limit * 0.99);
    expect(Math.abs(meanOf(values))).toBeLessThan(4 * Math.sqrt(variance / COUNT));
    expect(varianceOf(values) / variance).toBeCloseTo(1, 1.5);
  });

  it('heNormal has the shape of a normal distribution', () => {
    const deviation = Math.sqrt(2 / 50) / 0.8796256610342398;
    const inside = draw(heNormal).filter((value) => Math.abs(value) < deviation).length / COUNT;
    // Of a normal distribution cut at two deviations, 0.6827 / 0.9545 lies within one.
    expect(inside).toBeCloseTo(0.7153, 2);
  });

  it('give the same for the same seed and name, and other values for others', () => {
    // What these are on one platform they have to be on all.
    expect(Array.from(draw(glorotUniform, 1, 'layer/kernel', 3))).toEqual(KNOWN.glorotUniform);
    expect(Array.from(draw(heNormal, 1, 'layer/kernel', 3))).toEqual(KNOWN.heNormal);
    expect(draw(heNormal, 2)).not.toEqual(draw(heNormal, 1));
    expect(draw(heNormal, 1, 'other/kernel')).not.toEqual(draw(heNormal, 1));
  });
});

describe('masks of dropout', () => {
  it('drop the share they should and scale the rest', () => {
    for (const rate of [0.1, 0.5, 0.8]) {
      const mask = dropoutMask(COUNT, rate, { seed: 3, step: 7, name: 'dropout/mask' });
      expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
      const dropped = mask.filter((value) => value === 0).length / COUNT;
      expect(Math.abs(dropped - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / COUNT));
    }
  });

  it('depend on nothing but their key, and on all of it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1e6), (seed, step) => {
        const mask = dropoutMask(256, 0.5, { seed, step, name: 'a' });
        expect(dropoutMask(256, 0.5, { seed, step, name: 'a' })).toEqual(mask);
        expect(dropoutMask(256, 0.5, { seed, step: step + 1, name: 'a' })).not.toEqual(mask);
        expect(dropoutMask(256, 0.5, { seed: seed + 1, step, name: 'a' })).not.toEqual(mask);
        expect(dropoutMask(256, 0.5, { seed, step, name: 'b' })).not.toEqual(mask);
      }),
      { numRuns: 50 },
    );
  });

  it('drop nothing at a rate of 0', () => {
    expect(new Set(dropoutMask(1000, 0, { seed: 1, step: 1, name: 'a' }))).toEqual(new Set([1]));
  });
});

const KNOWN = {
  glorotUniform: [0.03398118168115616, 0.2084980607032776, -0.18158778548240662],
  heNormal: [0.056424789130687714, 0.2339688092470169, -0.11247391253709793],
};
