/** Tests of Jarosz's filter against its description done step by step: a box blur, another, then single pixels. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jaroszTaps } from './jarosz.ts';

/** The mean of `window` pixels around each, as many as there are of them, with one more behind than before where even. */
function blurred(axis: readonly number[], window: number): number[] {
  return axis.map((_, at) => {
    const first = at - Math.ceil(window / 2) + 1;
    const box = axis.slice(Math.max(0, first), first + window);
    return box.reduce((sum, value) => sum + value, 0) / box.length;
  });
}

function stepByStep(axis: readonly number[], to: number): number[] {
  const window = Math.ceil(axis.length / (2 * to));
  const twice = blurred(blurred(axis, window), window);
  return Array.from({ length: to }, (_, index) => twice[Math.floor(((index + 0.5) * axis.length) / to)]!);
}

it('is two box blurs and a choice of pixels', () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 71, max: 3000 }));
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 1e6 }),
      (from, to, seed) => {
        const axis = Array.from({ length: from }, (_, at) => Math.imul(at + 1, seed) & 255);
        const { size, most, first, count, weights } = jaroszTaps(from, to);
        const sums = Array.from({ length: size }, (_, index) => {
          expect(first[index]! + count[index]!).toBeLessThanOrEqual(from);
          expect(count[index]!).toBeLessThanOrEqual(most);
          const run = weights.subarray(index * most, index * most + count[index]!);
          return run.reduce((sum, weight, tap) => sum + weight * axis[first[index]! + tap]!, 0);
        });
        const expected = stepByStep(axis, to);
        expect(size).toBe(to);
        for (const [index, value] of expected.entries()) expect(sums[index]!).toBeCloseTo(value, 3);
      },
    ),
  );
});
