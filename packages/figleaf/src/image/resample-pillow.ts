/** Pillow's `BILINEAR` for 8-bit pictures, bit for bit: what models that Python prepares for have seen. */
import type { Size } from './dimensions.ts';
import type { Pixels } from './pixels.ts';
import { tapsFor, wholeWeights } from './taps.ts';

/** Weights have 22 bits. */
const UNIT = 2 ** 22;

/**
 * Resizes a picture, across and then down, and rounds to whole levels after each.
 *
 * @returns `[height, width, 3]`, whole levels from 0 to 255.
 */
export function resizeLikePillow(pixels: Pixels, to: Size): Float32Array {
  return shrinkDown(shrinkAcross(pixels, to.width), to.height);
}

function shrinkAcross({ width, height, data }: Pixels, to: number): Pixels {
  const taps = tapsFor(width, to, 'bilinear-antialiased');
  const weights = wholeWeights(width, taps, UNIT);
  const out = new Uint8Array(height * to * 3);
  for (let row = 0, at = 0; row < height; row++) {
    for (let x = 0; x < to; x++, at += 3) {
      let [red, green, blue] = [UNIT / 2, UNIT / 2, UNIT / 2];
      let from = (row * width + taps.first[x]!) * 3;
      let tap = x * taps.most;
      for (const end = tap + taps.count[x]!; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red += weight * data[from]!;
        green += weight * data[from + 1]!;
        blue += weight * data[from + 2]!;
      }
      out[at] = red / UNIT;
      out[at + 1] = green / UNIT;
      out[at + 2] = blue / UNIT;
    }
  }
  return { width: to, height, data: out };
}

function shrinkDown({ width, height, data }: Pixels, to: number): Float32Array {
  const taps = tapsFor(height, to, 'bilinear-antialiased');
  const weights = wholeWeights(height, taps, UNIT);
  const stride = width * 3;
  const out = new Float32Array(to * stride);
  const sums = new Float64Array(stride);
  for (let y = 0; y < to; y++) {
    sums.fill(UNIT / 2);
    for (let tap = 0; tap < taps.count[y]!; tap++) {
      const weight = weights[y * taps.most + tap]!;
      const from = (taps.first[y]! + tap) * stride;
      for (let i = 0; i < stride; i++) sums[i] = sums[i]! + weight * data[from + i]!;
    }
    for (let i = 0; i < stride; i++) out[y * stride + i] = Math.floor(sums[i]! / UNIT);
  }
  return out;
}
