/** Tests of boxes: there and back from any letterbox and tile by property, clipped and compared. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterbox, preprocessing, side, whole } from '../../test/letterboxes.ts';
import type { Box } from '../image/box.ts';
import { placementFor } from '../image/letterbox.ts';
import { clipBox, iouOf, scaleBox, toInput, toPicture } from './geometry.ts';
import { layTiles } from './tiles.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('a box', () => {
  it('comes back within a pixel from any letterbox and tile', () => {
    fc.assert(
      fc.property(
        side,
        side,
        letterbox,
        fc.tuple(share, share, share, share),
        fc.nat(99),
        (w, h, how, at, nth) => {
          const tiles = [
            whole(w, h),
            ...layTiles({ width: w, height: h }, { side: Math.max(32, w >> 2, h >> 2) }),
          ];
          const view = tiles[nth % tiles.length]!;
          const placement = placementFor(view, preprocessing(how));
          const box = {
            x: view.x + at[0] * view.width * 0.9,
            y: view.y + at[1] * view.height * 0.9,
            width: (at[2] * view.width) / 10,
            height: (at[3] * view.height) / 10,
          };
          const seen = toInput(box, placement);
          // Networks count in 32-bit floats.
          const told: Box = {
            x: Math.fround(seen.x),
            y: Math.fround(seen.y),
            width: Math.fround(seen.width),
            height: Math.fround(seen.height),
          };
          const back = toPicture(told, placement);
          for (const key of ['x', 'y', 'width', 'height'] as const) {
            expect(Math.abs(back[key] - box[key])).toBeLessThan(1);
          }
          expect(seen.x).toBeGreaterThanOrEqual(placement.left - 1e-6);
          expect(seen.x + seen.width).toBeLessThanOrEqual(placement.left + placement.scaled.width + 1e-6);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is clipped to the picture, or gone', () => {
    const size = { width: 10, height: 8 };
    expect(clipBox({ x: -2, y: 3, width: 5, height: 20 }, size)).toEqual({ x: 0, y: 3, width: 3, height: 5 });
    expect(clipBox({ x: 10, y: 3, width: 5, height: 2 }, size)).toBeNull();
    expect(clipBox({ x: -5, y: 3, width: 5, height: 2 }, size)).toBeNull();
  });

  it('grows with the picture that it is of', () => {
    const box = scaleBox(
      { x: 1, y: 2, width: 3, height: 4 },
      { width: 10, height: 10 },
      { width: 20, height: 30 },
    );
    expect(box).toEqual({ x: 2, y: 6, width: 6, height: 12 });
  });

  it('overlaps another by intersection over union', () => {
    expect(iouOf(whole(2, 2), { x: 1, y: 0, width: 2, height: 2 })).toBeCloseTo(1 / 3);
    expect(iouOf(whole(2, 2), { x: 2, y: 0, width: 2, height: 2 })).toBe(0);
    expect(iouOf(whole(0, 0), whole(0, 0))).toBe(0);
  });
});
