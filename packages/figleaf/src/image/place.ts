/** Laying a part of a picture, scaled, into a model's input of a plain ground: how detectors are shown pictures. */
import type { ResizeMethod } from '@figleaf/onnx/metadata';
import type { Box } from './box.ts';
import { crop } from './crop.ts';
import type { Size } from './dimensions.ts';
import type { Pixels } from './pixels.ts';
import { applyTaps, resizePlainly } from './resample.ts';
import { resizeLikeOpenCv } from './resample-opencv.ts';
import { type Taps, tapsFor } from './taps.ts';

/** Where a part of a picture goes in a model's input. */
export interface Placement {
  /**
   * The part that is shown, in whole pixels of the picture as it was decoded. It begins within the picture; where it reaches
   * beyond, right or below, there is ground.
   */
  readonly view: Box;
  /** The size that the part is scaled to, in pixels of the input, at least 1. */
  readonly scaled: Size;
  /** Where the part begins in the input, in pixels. */
  readonly left: number;
  /** Where the part begins in the input, in pixels. */
  readonly top: number;
  /** Width of the input in pixels. */
  readonly width: number;
  /** Height of the input in pixels. */
  readonly height: number;
  /** The grey where there is no picture, 0 to 255. */
  readonly ground: number;
}

/** The input with the part in its place: `[height, width, 3]`, red, green, blue, 0 to 255. */
export function place(pixels: Pixels, placement: Placement, method: ResizeMethod): Float32Array {
  const { view, scaled, left, top, width, height, ground } = placement;
  const part = crop(pixels, view);
  const shown = scale(part, view, scaled, ground, method);
  if (width === scaled.width && height === scaled.height) return shown;
  const out = new Float32Array(width * height * 3).fill(ground);
  for (let y = 0; y < scaled.height; y++) {
    const from = y * scaled.width * 3;
    out.set(shown.subarray(from, from + scaled.width * 3), ((top + y) * width + left) * 3);
  }
  return out;
}

/** Scales a part that counts as large as `view`, what is missing of it being ground. */
function scale(part: Pixels, view: Size, to: Size, ground: number, method: ResizeMethod): Float32Array {
  if (method === 'bilinear-opencv') return resizeLikeOpenCv(part, to, { within: view, ground });
  const across = clipTaps(tapsFor(view.width, to.width, method), part.width);
  const down = clipTaps(tapsFor(view.height, to.height, method), part.height);
  const resize = method === 'bilinear-aligned' ? resizePlainly : applyTaps;
  const inside = resize(part, across.taps, down.taps);
  const isWhole = part.width === view.width && part.height === view.height;
  return isWhole ? inside : layOnGround(inside, across, down, to, ground);
}

/** Taps of which those beyond a picture's end are gone, and how much of each pixel is left. */
interface ClippedTaps {
  readonly taps: Taps;
  readonly shares: Float32Array;
  /** How many of the shares, from the first on, are 1. */
  readonly whole: number;
}

/** Leaves out what begins at `end` or behind it; what is left of a run weighs 1 again. */
function clipTaps(taps: Taps, end: number): ClippedTaps {
  const { first, most } = taps;
  const size = first.findIndex((at) => at >= end);
  const clipped: Taps = { ...taps, size: size < 0 ? taps.size : size };
  const shares = new Float32Array(clipped.size).fill(1);
  for (let index = clipped.size - 1; index >= 0; index--) {
    const inside = end - first[index]!;
    if (taps.count[index]! <= inside) break;
    const run = taps.weights.subarray(index * most, (index + 1) * most);
    const share = run.subarray(0, inside).reduce((sum, weight) => sum + weight, 0);
    taps.count[index] = inside;
    shares[index] = share;
    run.forEach((weight, tap) => {
      run[tap] = tap < inside && share > 0 ? weight / share : 0;
    });
  }
  const part = shares.findIndex((share) => share < 1);
  return { taps: clipped, shares, whole: part < 0 ? clipped.size : part };
}

/** Lays what is of the picture on ground; only along its last row and column do both have a share in a pixel. */
function layOnGround(
  inside: Float32Array,
  across: ClippedTaps,
  down: ClippedTaps,
  to: Size,
  ground: number,
): Float32Array {
  const out = new Float32Array(to.width * to.height * 3).fill(ground);
  const length = across.taps.size * 3;
  for (let y = 0; y < down.taps.size; y++) {
    const at = y * to.width * 3;
    out.set(inside.subarray(y * length, (y + 1) * length), at);
    // All that has the whole share comes before what does not.
    const from = down.shares[y]! < 1 ? 0 : across.whole * 3;
    for (let i = from; i < length; i++) {
      const share = down.shares[y]! * across.shares[Math.floor(i / 3)]!;
      out[at + i] = ground + (out[at + i]! - ground) * share;
    }
  }
  return out;
}
