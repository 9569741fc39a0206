/** Figleaf's own resampler, the same in Node and browser, so that scores do not depend on where they run. */
import type { ResizeMethod } from '@figleaf/onnx/metadata';
import { toLevels } from './levels.ts';
import type { Pixels } from './pixels.ts';
import { resizeLikeOpenCv } from './resample-opencv.ts';
import { resizeLikePillow } from './resample-pillow.ts';
import { loadKernel } from './resample-wasm.ts';
import { type Taps, tapsFor } from './taps.ts';

/**
 * Resizes a picture; the aspect ratio is not kept.
 *
 * @param width Width of the result in pixels, at least 1.
 * @param height Height of the result in pixels, at least 1.
 * @param method `bilinear-aligned` is TensorFlow's `ResizeBilinear` with `align_corners`; `bilinear-antialiased` is
 * Pillow's `BILINEAR`, without rounding to whole levels in between; `bilinear-pillow` is the same with it, to the last bit; `bilinear-opencv` is OpenCV's `INTER_LINEAR` to the last bit;
 * `nearest` is Pillow's `NEAREST`.
 * @returns `[height, width, 3]`, red, green, blue, 0 to 255, not rounded.
 * @example
 * ```ts
 * const small = resample(pixels, 224, 224, 'bilinear-antialiased');
 * ```
 */
export function resample(pixels: Pixels, width: number, height: number, method: ResizeMethod): Float32Array {
  if (method === 'bilinear-opencv') return resizeLikeOpenCv(pixels, { width, height });
  if (method === 'bilinear-pillow') return resizeLikePillow(pixels, { width, height });
  const across = tapsFor(pixels.width, width, method);
  const down = tapsFor(pixels.height, height, method);
  // One or two taps an axis touch so few pixels that the kernel, which sums whole rows, would be slower.
  return method === 'bilinear-antialiased'
    ? applyTaps(pixels, across, down)
    : resizePlainly(pixels, across, down);
}

/** Resizes by taps that use most of the pixels: `[down.size, across.size, 3]`, 0 to 255, not rounded. */
export function applyTaps(pixels: Pixels, across: Taps, down: Taps): Float32Array {
  return loadKernel()?.resize(pixels, across, down) ?? resizePlainly(pixels, across, down);
}

/** As `resample` does it by `bilinear-antialiased`, in whole levels. */
export function resampleToLevels(pixels: Pixels, width: number, height: number): Uint8Array {
  const across = tapsFor(pixels.width, width, 'bilinear-antialiased');
  const down = tapsFor(pixels.height, height, 'bilinear-antialiased');
  return loadKernel()?.resizeToLevels(pixels, across, down) ?? toLevels(resizePlainly(pixels, across, down));
}

/**
 * Resizes in TypeScript: rows first, and only those that are needed, each once. Also the way for pictures of unusual shape
 * and for platforms without WebAssembly's 128-bit operations.
 */
export function resizePlainly(pixels: Pixels, across: Taps, down: Taps): Float32Array {
  const whole = Int32Array.from(across.weights, (weight) => Math.round(weight * UNIT));
  const narrow = new Float32Array(across.size * 3);
  const out = new Float32Array(down.size * narrow.length);
  let [firstUse, end] = [0, 0];
  for (let row = 0; row < pixels.height; row++) {
    // Runs begin and end in ascending order, so the output rows that use this row are neighbours.
    while (end < down.size && down.first[end]! <= row) end++;
    while (firstUse < end && down.first[firstUse]! + down.count[firstUse]! <= row) firstUse++;
    if (firstUse === end) continue;
    narrowRow(pixels, row, across, whole, narrow);
    for (let use = firstUse; use < end; use++) {
      const weight = down.weights[use * down.most + row - down.first[use]!]!;
      addRow(out, use * narrow.length, narrow, weight);
    }
  }
  return out;
}

/** What weighs 1 where weights are whole numbers: 255 times it still fits into 31 bits. */
const UNIT = 2 ** 22;

/** One row of the source, resized across, in whole numbers: faster than floats, and within 0.001 of 255. */
function narrowRow(pixels: Pixels, row: number, taps: Taps, whole: Int32Array, out: Float32Array): void {
  const { data } = pixels;
  const start = row * pixels.width * 3;
  for (let x = 0; x < taps.size; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let at = start + taps.first[x]! * 3;
    let tap = x * taps.most;
    for (const end = tap + taps.count[x]!; tap < end; tap++, at += 3) {
      const weight = whole[tap]!;
      red = (red + Math.imul(data[at]!, weight)) | 0;
      green = (green + Math.imul(data[at + 1]!, weight)) | 0;
      blue = (blue + Math.imul(data[at + 2]!, weight)) | 0;
    }
    out[x * 3] = red / UNIT;
    out[x * 3 + 1] = green / UNIT;
    out[x * 3 + 2] = blue / UNIT;
  }
}

function addRow(out: Float32Array, to: number, row: Float32Array, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < row.length; i++) out[to + i] = out[to + i]! + row[i]! * weight;
}
