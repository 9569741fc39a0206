/** What is drawn at random: how often, between which bounds, and how evenly. */
import { RandomStream } from '@figleaf/onnx/nn';
import { describe, expect, it } from 'vitest';
import { drawSteps } from '../../src/augment/draw.ts';
import { usual } from '../../src/augment/fields.ts';
import { drawMixes, drawShare } from '../../src/augment/mixup.ts';
import type { Augmentation, Operation, PictureOperation, Whole } from '../../src/augment/operation.ts';
import { AUGMENTATIONS } from '../../src/augment/presets.ts';
import { type AugmentStep, SKEW_DIRECTIONS } from '../../src/augment/step.ts';

const SIZE = { width: 200, height: 120 };
const COUNT = 4000;

/** What is drawn for so many pictures. */
function draws(augmentation: Augmentation, count = COUNT, seed = 1): AugmentStep[][] {
  return Array.from({ length: count }, (_, index) =>
    drawSteps(augmentation, SIZE, { seed, epoch: index % 7, name: `pictures/${index}.jpg` }),
  );
}

/** What is drawn of an operation that is always done. */
function drawsOf<T extends PictureOperation['type']>(type: T): Extract<AugmentStep, { type: T }>[] {
  return draws({ operations: [usual(type)] }).map(([step]) => step as Extract<AugmentStep, { type: T }>);
}

/**
 * The largest distance between the share of values up to one and what it should be: Kolmogorov's statistic times the root of the count. Above 1.95
 * in one of a thousand cases.
 */
function kolmogorov(values: readonly number[], shareUpTo: (value: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const distances = sorted.map((value, index) => {
    const share = shareUpTo(value);
    return Math.max(Math.abs(share - index / sorted.length), Math.abs((index + 1) / sorted.length - share));
  });
  return Math.max(...distances) * Math.sqrt(sorted.length);
}

const evenly = (low: number, high: number) => (value: number) => (value - low) / (high - low);

/** Squares of what counts are off, over what they should be. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, index) => sum + (count - expected[index]!) ** 2 / expected[index]!, 0);
}

describe('chances', () => {
  it('are those of the article, each for itself', () => {
    const all = draws(AUGMENTATIONS['nudenet-2019'], 20_000);
    const has = (type: string) => all.map((steps) => steps.some((step) => step.type === type));
    const types = AUGMENTATIONS['nudenet-2019'].operations.map(({ type }) => type);
    expect(types).toEqual(['rotate', 'zoom', 'distort', 'brightness', 'colour', 'contrast', 'skew']);
    for (const type of types) {
      const count = has(type).filter(Boolean).length;
      // 6.6 with one degree of freedom: one of a hundred cases.
      expect(chiSquare([count, 20_000 - count], [4000, 16_000]), type).toBeLessThan(6.6);
    }
    // How many are done is binomial.
    const counts = Array.from({ length: 8 }, (_, n) => all.filter(({ length }) => length === n).length);
    const chance = (n: number): number =>
      [1, 7, 21, 35, 35, 21, 7, 1][n]! * 0.2 ** n * 0.8 ** (7 - n) * 20_000;
    const most = 5;
    const joined = (values: readonly number[]) => [
      ...values.slice(0, most),
      values.slice(most).reduce((a, b) => a + b),
    ];
    const expected = joined(counts.map((_, n) => chance(n)));
    expect(chiSquare(joined(counts), expected)).toBeLessThan(15.1);
  });

  it('of 0 and 1 are never and always', () => {
    expect(draws({ operations: [{ type: 'flip', probability: 0 }] }, 200).flat()).toEqual([]);
    expect(draws({ operations: [{ type: 'flip', probability: 1 }] }, 200).flat()).toHaveLength(200);
  });
});

describe('numbers', () => {
  it.each([
    ['rotate', 'degrees', -20, 20],
    ['zoom', 'factor', 1.1, 1.5],
    ['brightness', 'factor', 0.5, 3],
    ['colour', 'factor', 0.5, 3],
    ['contrast', 'factor', 0.5, 3],
    ['crop', 'share', 0.6, 0.95],
    ['cutout', 'share', 0.1, 0.5],
  ] as const)('of %s are even: %s from %s to %s', (type, field, low, high) => {
    const values = drawsOf(type).map((step) => (step as unknown as Record<string, number>)[field]!);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(kolmogorov(values, evenly(low, high))).toBeLessThan(1.95);
  });

  it('of a distortion are even, across and down, for each inner corner', () => {
    const steps = drawsOf('distort');
    expect(steps.every(({ shifts }) => shifts.length === 9)).toBe(true);
    for (const corner of [0, 4, 8]) {
      for (const axis of [0, 1] as const) {
        const values = steps.map(({ shifts }) => shifts[corner]![axis]);
        expect(kolmogorov(values, evenly(-8, 8))).toBeLessThan(1.95);
      }
    }
  });

  it('of a skew are even up to the share of the longer side, above 0', () => {
    const pixels = drawsOf('skew').map((step) => step.pixels);
    expect(Math.min(...pixels)).toBeGreaterThan(0);
    expect(kolmogorov(pixels, evenly(0, 80))).toBeLessThan(1.95);
  });

  it('lead a skew to a side in three of four cases, as in Augmentor', () => {
    const steps = drawsOf('skew');
    const counts = SKEW_DIRECTIONS.map((way) => steps.filter(({ direction }) => direction === way).length);
    const expected = SKEW_DIRECTIONS.map((_, index) => (index < 4 ? (COUNT * 3) / 16 : COUNT / 32));
    // 24.7 with eleven degrees of freedom: one of a hundred cases.
    expect(chiSquare(counts, expected)).toBeLessThan(24.7);
  });

  it('of JPEG are whole, and each as likely', () => {
    const qualities = drawsOf('jpeg').map(({ quality }) => quality);
    const counts = Array.from({ length: 71 }, (_, index) => qualities.filter((q) => q === index + 10).length);
    expect(counts.reduce((a, b) => a + b)).toBe(COUNT);
    expect(
      chiSquare(
        counts,
        counts.map(() => COUNT / 71),
      ),
    ).toBeLessThan(100.4);
  });
});

describe('the key', () => {
  const of = (seed: number, epoch: number, name: string) =>
    JSON.stringify(drawSteps({ operations: [usual('rotate'), usual('skew')] }, SIZE, { seed, epoch, name }));

  it('settles everything', () => {
    expect(of(1, 2, 'a.jpg')).toBe(of(1, 2, 'a.jpg'));
    const others = [of(2, 2, 'a.jpg'), of(1, 3, 'a.jpg'), of(1, 2, 'b.jpg')];
    expect(new Set([of(1, 2, 'a.jpg'), ...others]).size).toBe(4);
  });

  it('gives these numbers on every platform', () => {
    const [rotate, zoom] = drawSteps({ operations: [usual('rotate'), usual('zoom')] }, SIZE, {
      ...{ seed: 7, epoch: 3, name: 'hats/1.jpg' },
    });
    expect(rotate).toEqual({ type: 'rotate', degrees: -7.820985317230225 });
    expect(zoom).toEqual({ type: 'zoom', factor: 1.2613623380661012 });
  });
});

describe('mixup', () => {
  const mixup = usual('mixup') as Extract<Whole<Operation>, { type: 'mixup' }>;

  it('takes shares from the beta distribution', () => {
    const shares = (alpha: number) => {
      const random = new RandomStream(5, 'shares');
      return Array.from({ length: COUNT }, () => drawShare(alpha, random));
    };
    // Of 1 the beta distribution is even, of a half it is the arc sine's.
    expect(kolmogorov(shares(1), evenly(0, 1))).toBeLessThan(1.95);
    expect(kolmogorov(shares(0.5), (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(1.95);
    for (const alpha of [0.01, 0.1, 0.4]) {
      const all = shares(alpha);
      const mean = all.reduce((a, b) => a + b) / COUNT;
      const variance = all.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / COUNT;
      expect(mean).toBeCloseTo(0.5, 1);
      expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1);
    }
  });

  it('mixes each picture with another one, each other as likely', () => {
    const names = Array.from({ length: 5 }, (_, index) => `${index}.jpg`);
    const counts = names.map(() => 0);
    for (let epoch = 0; epoch < 1000; epoch++) {
      const mixes = drawMixes(mixup, names, 1, epoch);
      for (const [index, found] of mixes.entries()) expect(found!.other).not.toBe(index);
      counts[mixes[2]!.other]!++;
    }
    expect(counts[2]).toBe(0);
    expect(
      chiSquare(
        [0, 1, 3, 4].map((index) => counts[index]!),
        [250, 250, 250, 250],
      ),
    ).toBeLessThan(11.3);
  });

  it('leaves a picture alone that has no other, or as often as it should', () => {
    expect(drawMixes(mixup, ['a'], 1, 0)).toEqual([null]);
    const half = Array.from({ length: 1000 }, (_, epoch) =>
      drawMixes({ ...mixup, probability: 0.5 }, ['a', 'b'], 1, epoch),
    ).flat();
    const count = half.filter((found) => found === null).length;
    expect(chiSquare([count, 2000 - count], [1000, 1000])).toBeLessThan(6.6);
  });
});
