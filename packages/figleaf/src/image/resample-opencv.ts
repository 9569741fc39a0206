/** OpenCV's `INTER_LINEAR` for 8-bit pictures, bit for bit: what detectors trained with OpenCV have seen. */
import type { Size } from './dimensions.ts';
import type { Pixels } from './pixels.ts';

/** How to resize like OpenCV. */
export interface OpenCvOptions {
  /** The picture counts as this large, what lies right of it and below being `ground`. Default: its own size. */
  readonly within?: Size;
  /** Grey level outside the picture, 0 to 255. Default 0. */
  readonly ground?: number;
}

/** Weights have 11 bits. */
const UNIT = 2048;

/**
 * Resizes a picture: half-pixel centres, two taps an axis however far it shrinks, and rounding as OpenCV does it.
 *
 * @returns `[height, width, 3]`, whole levels from 0 to 255.
 */
export function resizeLikeOpenCv(
  pixels: Pixels,
  to: Size,
  { within = pixels, ground = 0 }: OpenCvOptions = {},
): Float32Array {
  if (within.width === to.width && within.height === to.height) return copyOnto(pixels, to, ground);
  // OpenCV takes the mean of four pixels then, which rounds otherwise.
  const halves = within.width === 2 * to.width && within.height === 2 * to.height;
  const across = tapsAcross(within.width, to.width);
  const down = halves ? null : tapsDown(within.height, to.height);
  const rows = new NarrowRows(pixels, across, ground);
  const out = new Float32Array(to.width * to.height * 3);
  for (let y = 0; y < to.height; y++) {
    const at = y * to.width * 3;
    if (!down) meanOfRows(rows.sums(2 * y), rows.sums(2 * y + 1), out, at);
    else blendRows(rows.row(down.first[y]!), rows.row(down.second[y]!), down.weights, y, out, at);
  }
  return out;
}

/** For each pixel of the result two pixels of the source and what they weigh, in 2048ths. */
interface PairTaps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** `[size, 2]` */
  readonly weights: Int32Array;
}

/** Outside the source its last pixel weighs all. */
function tapsAcross(from: number, to: number): PairTaps {
  const taps = emptyTaps(to);
  for (let index = 0; index < to; index++) {
    const { first, share } = placeOf(index, from, to);
    const inside = first >= 0 && first < from - 1;
    taps.first[index] = Math.max(0, Math.min(first, from - 1));
    taps.second[index] = Math.min(taps.first[index]! + 1, from - 1);
    setWeights(taps, index, inside ? share : 0);
  }
  return taps;
}

/** Outside the source both taps are its last row: the sum is the same, but it is rounded in two parts. */
function tapsDown(from: number, to: number): PairTaps {
  const taps = emptyTaps(to);
  for (let index = 0; index < to; index++) {
    const { first, share } = placeOf(index, from, to);
    taps.first[index] = Math.max(0, Math.min(first, from - 1));
    taps.second[index] = Math.max(0, Math.min(first + 1, from - 1));
    setWeights(taps, index, share);
  }
  return taps;
}

const emptyTaps = (size: number): PairTaps => ({
  first: new Int32Array(size),
  second: new Int32Array(size),
  weights: new Int32Array(size * 2),
});

/** OpenCV computes the place in doubles and keeps it in floats. */
function placeOf(index: number, from: number, to: number): { first: number; share: number } {
  const at = Math.fround((index + 0.5) * (1 / (to / from)) - 0.5);
  const first = Math.floor(at);
  return { first, share: Math.fround(at - first) };
}

function setWeights({ weights }: PairTaps, index: number, share: number): void {
  weights[index * 2] = roundHalfEven(Math.fround(Math.fround(1 - share) * UNIT));
  weights[index * 2 + 1] = roundHalfEven(Math.fround(share * UNIT));
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/** Rows of the source, resized across when they are wanted; the last two are kept. */
class NarrowRows {
  readonly #pixels: Pixels;
  readonly #taps: PairTaps;
  readonly #ground: number;
  readonly #kept = new Map<number, Int32Array>();
  /** How many pixels of a row are made of the picture alone. They come first. */
  readonly #inside: number;
  /** How many are made of any of it. What comes behind them is ground in every row. */
  readonly #reached: number;
  readonly #outside: Int32Array;
  readonly #spare: Int32Array[];

  constructor(pixels: Pixels, taps: PairTaps, ground: number) {
    this.#pixels = pixels;
    this.#taps = taps;
    this.#ground = ground;
    this.#inside = countBelow(taps.second, pixels.width);
    this.#reached = countBelow(taps.first, pixels.width);
    const length = taps.first.length * 3;
    this.#outside = new Int32Array(length).fill(ground * UNIT);
    this.#spare = [this.#outside.slice(), this.#outside.slice(), this.#outside.slice()];
  }

  /** `[size, 3]` in 2048ths of a level. */
  row(row: number): Int32Array {
    if (row >= this.#pixels.height) return this.#outside;
    const known = this.#kept.get(row);
    if (known) return known;
    const made = this.#spare.pop() ?? this.#oldest();
    this.#narrow(row, made);
    this.#kept.set(row, made);
    return made;
  }

  /** As `row`, in levels and not divided by the number of taps, where both weigh half. */
  sums(row: number): Int32Array {
    return this.row(row).map((value) => value / (UNIT / 2));
  }

  #oldest(): Int32Array {
    const [row, values] = this.#kept.entries().next().value!;
    this.#kept.delete(row);
    return values;
  }

  #narrow(row: number, out: Int32Array): void {
    const { width, data } = this.#pixels;
    const { first, second, weights } = this.#taps;
    const start = row * width * 3;
    for (let x = 0; x < this.#inside; x++) {
      const at = x * 3;
      const left = start + first[x]! * 3;
      const right = start + second[x]! * 3;
      const weightLeft = weights[x * 2]!;
      const weightRight = weights[x * 2 + 1]!;
      out[at] = data[left]! * weightLeft + data[right]! * weightRight;
      out[at + 1] = data[left + 1]! * weightLeft + data[right + 1]! * weightRight;
      out[at + 2] = data[left + 2]! * weightLeft + data[right + 2]! * weightRight;
    }
    for (let x = this.#inside; x < this.#reached; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = data[start + first[x]! * 3 + channel]!;
        out[x * 3 + channel] = value * weights[x * 2]! + this.#ground * weights[x * 2 + 1]!;
      }
    }
  }
}

/** How many of ascending numbers are below `end`. */
function countBelow(numbers: Int32Array, end: number): number {
  const size = numbers.findIndex((number) => number >= end);
  return size < 0 ? numbers.length : size;
}

function blendRows(
  upper: Int32Array,
  lower: Int32Array,
  weights: Int32Array,
  y: number,
  out: Float32Array,
  at: number,
): void {
  const [weightUpper, weightLower] = [weights[y * 2]!, weights[y * 2 + 1]!];
  for (let i = 0; i < upper.length; i++) {
    const above = ((upper[i]! >> 4) * weightUpper) >> 16;
    const below = ((lower[i]! >> 4) * weightLower) >> 16;
    out[at + i] = (above + below + 2) >> 2;
  }
}

function meanOfRows(upper: Int32Array, lower: Int32Array, out: Float32Array, at: number): void {
  for (let i = 0; i < upper.length; i++) out[at + i] = (upper[i]! + lower[i]! + 2) >> 2;
}

function copyOnto({ width, height, data }: Pixels, to: Size, ground: number): Float32Array {
  const out = new Float32Array(to.width * to.height * 3).fill(ground);
  const rows = Math.min(height, to.height);
  const length = Math.min(width, to.width) * 3;
  for (let y = 0; y < rows; y++)
    out.set(data.subarray(y * width * 3, y * width * 3 + length), y * to.width * 3);
  return out;
}
