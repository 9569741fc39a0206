/** Tests of the resampler against Pillow, TensorFlow.js, and by property. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel } from '../../../../tools/kernel.ts';
import { formulaPixels } from '../../test/formula-pixels.ts';
import golden from '../../test/golden/pillow-resize.json' with { type: 'json' };
import { toLevels } from './levels.ts';
import type { Pixels } from './pixels.ts';
import { resample, resampleToLevels, resizePlainly } from './resample.ts';
import { KERNEL } from './resample-kernel.ts';
import { resizeWholePlainly, wholeTaps } from './resample-pillow.ts';
import { loadKernel } from './resample-wasm.ts';
import { tapsFor } from './taps.ts';

/** The way without WebAssembly. */
function plainly(pixels: Pixels, width: number, height: number): Float32Array {
  const method = 'bilinear-antialiased';
  return resizePlainly(pixels, tapsFor(pixels.width, width, method), tapsFor(pixels.height, height, method));
}

const antialiased = (pixels: Pixels, width: number, height: number): Float32Array =>
  resample(pixels, width, height, 'bilinear-antialiased');

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);

describe('nearest', () => {
  // What Pillow 13's NEAREST makes of a row of 0, 1, 2 ...
  it.each([
    [10, 4, [1, 3, 6, 8]],
    [7, 13, [0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6]],
    [5, 1, [2]],
  ])('takes the pixel under the middle of each new one, %i to %i', (from, to, expected) => {
    const data = Uint8Array.from({ length: from * 3 }, (_, index) => Math.floor(index / 3));
    const row = resample({ width: from, height: 1, data }, to, 1, 'nearest');
    expect(Array.from(row).filter((_, index) => index % 3 === 0)).toEqual(expected);
    const column = resample({ width: 1, height: from, data }, 1, to, 'nearest');
    expect(Array.from(column).filter((_, index) => index % 3 === 0)).toEqual(expected);
  });
});

describe('bilinear-pillow', () => {
  it.each(golden.cases)('is Pillow BILINEAR to the last bit, $from to $to', ({ from, to, data }) => {
    const pixels = formulaPixels(from[0]!, from[1]!);
    const small = resizeWholePlainly(pixels, wholeTaps(from[0]!, to[0]!), wholeTaps(from[1]!, to[1]!));
    expect([...small]).toEqual(data);
    expect([...resample(pixels, to[0]!, to[1]!, 'bilinear-pillow')]).toEqual(data);
  });

  it.each([
    [1, 1, 256, 256],
    [1, 3000, 7, 5],
    [40_000, 2, 3, 3],
    [617, 411, 256, 256],
    [1300, 1000, 224, 9],
    [100, 100, 256, 255],
  ])('is the same with the kernel and without, %i x %i to %i x %i', (width, height, toWidth, toHeight) => {
    const pixels = formulaPixels(width, height);
    const small = resizeWholePlainly(pixels, wholeTaps(width, toWidth), wholeTaps(height, toHeight));
    expect(loadKernel()).not.toBeNull();
    expect(resample(pixels, toWidth, toHeight, 'bilinear-pillow')).toEqual(small);
  });
});

describe('bilinear-antialiased', () => {
  it.each(golden.cases)('is Pillow BILINEAR, $from to $to', ({ from, to, data }) => {
    const pixels = formulaPixels(from[0]!, from[1]!);
    for (const resize of [plainly, antialiased]) {
      const small = resize(pixels, to[0]!, to[1]!);
      expect(small.length).toBe(data.length);
      // Pillow rounds to whole levels after each of its two passes.
      expect(worst(small, data)).toBeLessThanOrEqual(1);
    }
  });

  it('is the same with and without the kernel', () => {
    expect(loadKernel()).not.toBeNull();
    const large = fc.integer({ min: 1, max: 400 });
    const small = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(large, large, small, small, (w, h, toW, toH) => {
        const pixels = formulaPixels(w, h);
        expect(worst(antialiased(pixels, toW, toH), plainly(pixels, toW, toH))).toBeLessThan(0.3);
      }),
      { numRuns: 40 },
    );
  });

  it('gives numbers, whatever an earlier picture left in the memory of the kernel', () => {
    // Four white bytes are no number when they are read as a float.
    const white = { width: 40, height: 40, data: new Uint8Array(4800).fill(255) };
    for (let width = 1; width <= 64; width++) {
      resample(white, 1, 1, 'bilinear-pillow');
      const pixels = formulaPixels(width, 30);
      expect(worst(antialiased(pixels, 60, 30), plainly(pixels, 60, 30))).toBeLessThan(0.3);
    }
  });

  it('gives whole levels that are those rounded', () => {
    const side = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(side, side, side, side, (w, h, toW, toH) => {
        const pixels = formulaPixels(w, h);
        const rounded = toLevels(antialiased(pixels, toW, toH));
        expect(Buffer.from(resampleToLevels(pixels, toW, toH)).equals(rounded)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('takes pictures of any shape', () => {
    for (const [width, height] of [
      [40_000, 2],
      [2, 40_000],
      [3000, 2500],
    ] as const) {
      const data = new Uint8Array(width * height * 3).fill(77);
      const result = antialiased({ width, height, data }, 12, 12);
      expect(worst(result, new Float32Array(12 * 12 * 3).fill(77))).toBeLessThan(0.01);
    }
  });

  it('has the kernel that its source describes', async () => {
    expect(KERNEL).toBe(await assembleKernel('resample'));
  });
});

describe('bilinear-aligned', () => {
  it.each([
    [60, 40, 24, 17],
    [20, 31, 64, 50],
    [7, 5, 1, 1],
    [1, 1, 3, 4],
    [299, 299, 224, 224],
  ])(
    'is TensorFlow ResizeBilinear with align_corners, %i x %i to %i x %i',
    (width, height, toWidth, toHeight) => {
      const pixels = formulaPixels(width, height);
      const expected = tf.tidy(() => {
        const image = tf.tensor3d(Float32Array.from(pixels.data), [height, width, 3]);
        return tf.image.resizeBilinear(image, [toHeight, toWidth], true).dataSync();
      });
      expect(worst(resample(pixels, toWidth, toHeight, 'bilinear-aligned'), expected)).toBeLessThan(1e-3);
    },
  );
});

describe('both methods', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const method = fc.constantFrom('bilinear-aligned' as const, 'bilinear-antialiased' as const);

  it('leave a plain colour as it is', () => {
    fc.assert(
      fc.property(side, side, side, side, method, fc.nat(255), (w, h, toW, toH, how, value) => {
        const data = new Uint8Array(w * h * 3).fill(value);
        const small = resample({ width: w, height: h, data }, toW, toH, how);
        expect(small.length).toBe(toW * toH * 3);
        expect(worst(small, new Float32Array(small.length).fill(value))).toBeLessThan(1e-3);
      }),
    );
  });

  it('mirror what is mirrored', () => {
    fc.assert(
      fc.property(side, side, side, side, method, (w, h, toW, toH, how) => {
        const pixels = formulaPixels(w, h);
        const [there, back] = [resample(pixels, toW, toH, how), resample(turned(pixels), toW, toH, how)];
        const again = [...Array(toW * toH).keys()]
          .reverse()
          .flatMap((at) => [...back.subarray(at * 3, at * 3 + 3)]);
        // One aligned pixel is the first of the source, not its middle.
        fc.pre(how === 'bilinear-antialiased' || (toW > 1 && toH > 1));
        expect(worst(there, again)).toBeLessThan(0.3);
      }),
    );
  });

  it('weigh to 1 at places inside the picture', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 300 }),
        method,
        (from, to, how) => {
          const { size, most, first, count, weights } = tapsFor(from, to, how);
          expect(size).toBe(to);
          for (let index = 0; index < to; index++) {
            expect(first[index]).toBeGreaterThanOrEqual(0);
            expect(first[index]! + count[index]!).toBeLessThanOrEqual(from);
            const sum = weights.subarray(index * most, (index + 1) * most).reduce((a, b) => a + b, 0);
            expect(Math.abs(sum - 1)).toBeLessThan(1e-5);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

/** Turned by 180 degrees. */
function turned({ width, height, data }: Pixels): Pixels {
  const out = new Uint8Array(data.length);
  for (let at = 0; at < width * height; at++) {
    out.set(data.subarray(at * 3, at * 3 + 3), (width * height - 1 - at) * 3);
  }
  return { width, height, data: out };
}
