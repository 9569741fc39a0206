/** Tests of the choice of frames. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadFrames } from './frames.ts';
import { DEFAULT_LIMITS } from './pixels.ts';

describe('spreadFrames', () => {
  it('takes the first by default', () => {
    expect(spreadFrames(10, {}, DEFAULT_LIMITS)).toEqual([0]);
  });

  it('spreads evenly', () => {
    expect(spreadFrames(10, { frames: 4 }, DEFAULT_LIMITS)).toEqual([0, 2, 5, 7]);
    expect(spreadFrames(3, { frames: 8 }, DEFAULT_LIMITS)).toEqual([0, 1, 2]);
  });

  it('gives distinct frames in order, with the first, within the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 100 }), (count, frames) => {
        const chosen = spreadFrames(count, { frames }, DEFAULT_LIMITS);
        expect(chosen).toHaveLength(Math.min(count, frames, 32));
        expect(chosen[0]).toBe(0);
        expect([...new Set(chosen)].sort((a, b) => a - b)).toEqual(chosen);
        expect(chosen.at(-1)).toBeLessThan(count);
      }),
    );
  });

  it('refuses numbers below one', () => {
    expect(() => spreadFrames(3, { frames: 0 }, DEFAULT_LIMITS)).toThrow(/frames is 0/);
  });
});
