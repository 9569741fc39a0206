/** Tests of laying parts of pictures into a model's input. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formulaPixels } from '../../test/formula-pixels.ts';
import type { Pixels } from './pixels.ts';
import { place } from './place.ts';
import { resample } from './resample.ts';

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);

/** The picture on a larger ground, made the plain way. */
function padded(pixels: Pixels, width: number, height: number, ground: number): Pixels {
  const data = new Uint8Array(width * height * 3).fill(ground);
  for (let y = 0; y < pixels.height; y++) {
    const row = pixels.data.subarray(y * pixels.width * 3, (y + 1) * pixels.width * 3);
    data.set(row, y * width * 3);
  }
  return { width, height, data };
}

const method = fc.constantFrom('bilinear-aligned', 'bilinear-antialiased', 'bilinear-opencv');

describe('place', () => {
  const side = fc.integer({ min: 1, max: 60 });
  const extra = fc.integer({ min: 0, max: 40 });
  const input = fc.integer({ min: 1, max: 30 });

  it('is what resizing the padded picture gives', () => {
    fc.assert(
      fc.property(
        side,
        side,
        extra,
        extra,
        input,
        input,
        method,
        fc.nat(255),
        (w, h, right, below, toW, toH, how, ground) => {
          const pixels = formulaPixels(w, h);
          const view = { x: 0, y: 0, width: w + right, height: h + below };
          const scaled = { width: toW, height: toH };
          const placed = place(pixels, { view, scaled, left: 0, top: 0, ...scaled, ground }, how);
          const expected = resample(padded(pixels, view.width, view.height, ground), toW, toH, how);
          expect(worst(placed, expected)).toBeLessThan(0.3);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows a tile as if it were a picture, where it belongs, on its ground', () => {
    const pixels = formulaPixels(30, 20);
    const view = { x: 7, y: 5, width: 12, height: 9 };
    const placement = { view, scaled: view, left: 2, top: 3, width: 20, height: 14, ground: 114 };
    const placed = place(pixels, placement, 'bilinear-opencv');
    for (let y = 0; y < 14; y++) {
      for (let x = 0; x < 20; x++) {
        const inside = x >= 2 && x < 14 && y >= 3 && y < 12;
        const source = ((y - 3 + 5) * 30 + (x - 2 + 7)) * 3;
        const expected = inside ? [...pixels.data.subarray(source, source + 3)] : [114, 114, 114];
        expect([...placed.subarray((y * 20 + x) * 3, (y * 20 + x) * 3 + 3)]).toEqual(expected);
      }
    }
  });
});
