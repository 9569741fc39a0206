/** Pillow's `BILINEAR` for 8-bit pictures, bit for bit: what models that Python prepares for have seen. */
import type { Size } from './dimensions.ts';
import type { Pixels } from './pixels.ts';
import { loadKernel } from './resample-wasm.ts';
import { tapsFor, type WholeTaps, wholeWeights } from './taps.ts';

/** Bits of a weight: 255 times what weighs 1 still fits into 31. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/**
 * Resizes a picture, across and then down, and rounds to whole levels after each.
 *
 * @returns `[height, width, 3]`, whole levels from 0 to 255.
 */
export function resizeLikePillow(pixels: Pixels, to: Size): Float32Array {
  const across = wholeTaps(pixels.width, to.width);
  const down = wholeTaps(pixels.height, to.height);
  return loadKernel()?.resizeWhole(pixels, across, down) ?? resizeWholePlainly(pixels, across, down);
}

/** The same in TypeScript, for pictures of unusual shape and platforms without WebAssembly's 128-bit operations. */
export function resizeWholePlainly(pixels: Pixels, across: WholeTaps, down: WholeTaps): Float32Array {
  return shrinkDown(shrinkAcross(pixels, across), down);
}

/** The taps of Pillow's `BILINEAR` from one length to another. */
export function wholeTaps(from: number, to: number): WholeTaps {
  const taps = tapsFor(from, to, 'bilinear-antialiased');
  return { ...taps, weights: wholeWeights(from, taps, 1 << BITS) };
}

function shrinkAcross({ width, height, data }: Pixels, taps: WholeTaps): Pixels {
  const { size: to, first, count, most, weights } = taps;
  const out = new Uint8Array(height * to * 3);
  let at = 0;
  for (let row = 0; row < height; row++) {
    const start = row * width * 3;
    for (let x = 0; x < to; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = start + first[x]! * 3;
      let tap = x * most;
      for (const end = tap + count[x]!; tap < end; tap++) {
        const weight = weights[tap]!;
        red = (red + Math.imul(weight, data[from]!)) | 0;
        green = (green + Math.imul(weight, data[from + 1]!)) | 0;
        blue = (blue + Math.imul(weight, data[from + 2]!)) | 0;
        from += 3;
      }
      out[at] = red >> BITS;
      out[at + 1] = green >> BITS;
      out[at + 2] = blue >> BITS;
      at += 3;
    }
  }
  return { width: to, height, data: out };
}

function shrinkDown(
  { width, data }: Pixels,
  { size: to, first, count, most, weights }: WholeTaps,
): Float32Array {
  const stride = width * 3;
  const out = new Float32Array(to * stride);
  for (let y = 0; y < to; y++) {
    const start = first[y]! * stride;
    const firstTap = y * most;
    const last = firstTap + count[y]!;
    for (let i = 0; i < stride; i++) {
      let sum = HALF;
      let from = start + i;
      for (let tap = firstTap; tap < last; tap++) {
        sum = (sum + Math.imul(weights[tap]!, data[from]!)) | 0;
        from += stride;
      }
      out[y * stride + i] = sum >> BITS;
    }
  }
  return out;
}
