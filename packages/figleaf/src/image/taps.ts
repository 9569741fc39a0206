/** What each pixel of a resized axis is made of. */
import type { ResizeMethod } from '@figleaf/onnx/metadata';

/** For each pixel of the result a run of source pixels and their weights, which sum to 1. */
export interface Taps {
  /** How many pixels the axis has in the result. */
  readonly size: number;
  /** The longest run; `weights` has as many places for each pixel. */
  readonly most: number;
  /** `[size]`: where each run begins in the source. */
  readonly first: Int32Array;
  /** `[size]`: how long each run is. */
  readonly count: Int32Array;
  /** `[size, most]`; behind the end of a run: 0. */
  readonly weights: Float32Array;
}

/** The same with weights that are whole numbers. */
export interface WholeTaps extends Omit<Taps, 'weights'> {
  /** `[size, most]`; behind the end of a run: 0. */
  readonly weights: Int32Array;
}

/** The methods whose weights depend on the place alone; OpenCV's rounds in between, and is made in `resample-opencv.ts`. */
export type TapMethod = Exclude<ResizeMethod, 'bilinear-opencv'>;

/** The taps of one axis of `from` pixels that is to have `to`. */
export function tapsFor(from: number, to: number, method: TapMethod): Taps {
  if (method === 'nearest') return nearestTaps(from, to);
  return method === 'bilinear-aligned' ? alignedTaps(from, to) : antialiasedTaps(from, to);
}

/** The weights of antialiased taps as whole numbers, of which `unit` weighs 1. */
export function wholeWeights(from: number, { size, most, first, count }: Taps, unit: number): Int32Array {
  const step = from / size;
  const exact = new Float64Array(size * most);
  for (let index = 0; index < size; index++) {
    const centre = (index + 0.5) * step - first[index]!;
    fillTriangle(exact, index * most, count[index]!, centre, Math.max(1, step));
  }
  return Int32Array.from(exact, (weight) => Math.round(weight * unit));
}

/** The source pixel under the middle of each new one, as Pillow's `NEAREST` takes it. */
function nearestTaps(from: number, to: number): Taps {
  const taps = emptyTaps(to, 1);
  for (let index = 0; index < to; index++) {
    taps.first[index] = Math.min(from - 1, Math.floor(((index + 0.5) * from) / to));
    taps.count[index] = 1;
    taps.weights[index] = 1;
  }
  return taps;
}

/** First pixel on first, last on last, and in between the two neighbours, however far the picture shrinks. */
function alignedTaps(from: number, to: number): Taps {
  const taps = emptyTaps(to, Math.min(2, from));
  const step = to > 1 ? (from - 1) / (to - 1) : 0;
  for (let index = 0; index < to; index++) {
    const at = Math.min(index * step, from - 1);
    const first = Math.max(0, Math.min(Math.floor(at), from - 2));
    taps.first[index] = first;
    taps.count[index] = taps.most;
    taps.weights[index * taps.most] = 1 - (at - first);
    if (taps.most > 1) taps.weights[index * taps.most + 1] = at - first;
  }
  return taps;
}

/** A triangle around the pixel's place in the source, as wide as the shrink factor to either side, at least one pixel. */
function antialiasedTaps(from: number, to: number): Taps {
  const step = from / to;
  const reach = Math.max(1, step);
  const taps = emptyTaps(to, Math.min(from, Math.ceil(reach * 2) + 1));
  for (let index = 0; index < to; index++) {
    const centre = (index + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const count = Math.min(from, Math.floor(centre + reach + 0.5)) - first;
    taps.first[index] = first;
    taps.count[index] = count;
    fillTriangle(taps.weights, index * taps.most, count, centre - first, reach);
  }
  return taps;
}

function fillTriangle(
  weights: Float32Array | Float64Array,
  at: number,
  count: number,
  centre: number,
  reach: number,
): void {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = Math.max(0, 1 - Math.abs(i + 0.5 - centre) / reach);
    weights[at + i] = weight;
    total += weight;
  }
  for (let i = 0; i < count; i++) weights[at + i] = weights[at + i]! / total;
}

function emptyTaps(size: number, most: number): Taps {
  return {
    size,
    most,
    first: new Int32Array(size),
    count: new Int32Array(size),
    weights: new Float32Array(size * most),
  };
}
