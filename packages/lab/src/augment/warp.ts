/** Draws a picture anew from points of it: bicubic, all pixels in one go. */
import type { Pixels } from 'figleaf';
import type { Mesh, Stage } from './geometry.ts';
import { isAffine, type Matrix } from './projective.ts';
import { KERNEL } from './warp-kernel.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  sample(points: number, count: number, stride: number, out: number): void;
}

/**
 * The slope of the bicubic kernel at 1. Pillow has -1 where it transforms and -0.5 where it resizes; between them both are met to within
 * half of what they differ by.
 */
export const SLOPE = -0.75;

/** Points are rounded to so many parts of a pixel. */
const PHASES = 1024;
/** What weighs 1 across. */
const UNIT = 16384;
/** Pixels around the picture, which repeat its edge: of the 4 x 4 around a point in the outer half of a pixel. */
const PAD = 2;
const PAGE_BYTES = 2 ** 16;

/**
 * The picture seen along a way back.
 *
 * @param stages From points of the result to points of the picture; empty for the picture itself.
 * @returns A new picture of the same size.
 */
export function warp(pixels: Pixels, stages: readonly Stage[]): Pixels {
  warper ??= new Warper();
  return warper.warp(pixels, stages);
}

// Made once for each thread, since compiling takes longer than a small picture.
let warper: Warper | undefined;

class Warper {
  readonly #kernel: KernelExports;
  readonly #weightBytes = PHASES * 24;

  constructor() {
    const bytes = Uint8Array.from(atob(KERNEL), (char) => char.charCodeAt(0));
    this.#kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes))
      .exports as unknown as KernelExports;
    writeWeights(this.#kernel.memory.buffer);
  }

  warp({ width, height, data }: Pixels, stages: readonly Stage[]): Pixels {
    const stride = (width + 2 * PAD) * 3;
    const pointsAt = this.#weightBytes;
    const sourceAt = pointsAt + width * 12;
    const outAt = sourceAt + stride * (height + 2 * PAD) + 4;
    const end = outAt + width * height * 3 + 1;
    const { memory } = this.#kernel;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    copyPadded(data, width, height, new Uint8Array(memory.buffer, sourceAt, stride * (height + 2 * PAD)));
    const points = new Int32Array(memory.buffer, pointsAt, width * 3);
    const xs = new Float64Array(width);
    const ys = new Float64Array(width);
    for (let y = 0; y < height; y++) {
      follow(stages, y, xs, ys);
      for (let x = 0; x < width; x++) {
        // A point within the picture, from the middle of its first pixel, in parts of pixels; rounding may lead out of it by one.
        const across = Math.min(width, Math.max(0, xs[x]!)) * PHASES + (PAD - 0.5) * PHASES;
        const down = Math.min(height, Math.max(0, ys[x]!)) * PHASES + (PAD - 0.5) * PHASES;
        const [px, py] = [
          Math.min((across + 0.5) | 0, (width + 1) * PHASES + PHASES / 2 - 1),
          (down + 0.5) | 0,
        ];
        points[x * 3] = sourceAt + ((py >> 10) - 1) * stride + ((px >> 10) - 1) * 3;
        points[x * 3 + 1] = (px & (PHASES - 1)) * 8;
        points[x * 3 + 2] = PHASES * 8 + (py & (PHASES - 1)) * 16;
      }
      this.#kernel.sample(pointsAt, width, stride, outAt + y * width * 3);
    }
    return { width, height, data: new Uint8Array(memory.buffer, outAt, width * height * 3).slice() };
  }
}

/** Follows the middles of a row of the result back to the picture. */
function follow(stages: readonly Stage[], row: number, xs: Float64Array, ys: Float64Array): void {
  for (let x = 0; x < xs.length; x++) xs[x] = x + 0.5;
  ys.fill(row + 0.5);
  for (const stage of stages) {
    if ('mesh' in stage) followMesh(stage.mesh, xs, ys);
    else if (isAffine(stage.matrix)) followAffine(stage.matrix, xs, ys);
    else followProjective(stage.matrix, xs, ys);
  }
}

function followAffine([a, b, c, d, e, f, , , i]: Matrix, xs: Float64Array, ys: Float64Array): void {
  for (let index = 0; index < xs.length; index++) {
    const [x, y] = [xs[index]!, ys[index]!];
    xs[index] = (a * x + b * y + c) / i;
    ys[index] = (d * x + e * y + f) / i;
  }
}

function followProjective([a, b, c, d, e, f, g, h, i]: Matrix, xs: Float64Array, ys: Float64Array): void {
  for (let index = 0; index < xs.length; index++) {
    const [x, y] = [xs[index]!, ys[index]!];
    const scale = 1 / (g * x + h * y + i);
    xs[index] = (a * x + b * y + c) * scale;
    ys[index] = (d * x + e * y + f) * scale;
  }
}

function followMesh(mesh: Mesh, xs: Float64Array, ys: Float64Array): void {
  const { columns, rows, cellWidth, cellHeight, patches } = mesh;
  for (let index = 0; index < xs.length; index++) {
    const [x, y] = [xs[index]!, ys[index]!];
    const column = Math.min(columns - 1, Math.max(0, Math.floor(x / cellWidth)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(y / cellHeight)));
    const [u, v] = [x - column * cellWidth, y - row * cellHeight];
    const p = (row * columns + column) * 8;
    xs[index] = patches[p]! + patches[p + 1]! * u + patches[p + 2]! * v + patches[p + 3]! * u * v;
    ys[index] = patches[p + 4]! + patches[p + 5]! * u + patches[p + 6]! * v + patches[p + 7]! * u * v;
  }
}

/** The picture with its edge repeated around it. */
function copyPadded(data: Uint8Array, width: number, height: number, to: Uint8Array): void {
  const stride = (width + 2 * PAD) * 3;
  for (let row = 0; row < height; row++) {
    const at = (row + PAD) * stride;
    to.set(data.subarray(row * width * 3, (row + 1) * width * 3), at + PAD * 3);
    for (let side = 0; side < PAD; side++) {
      to.copyWithin(at + side * 3, at + PAD * 3, at + (PAD + 1) * 3);
      const last = at + (PAD + width - 1) * 3;
      to.copyWithin(last + (side + 1) * 3, last, last + 3);
    }
  }
  for (let side = 0; side < PAD; side++) {
    to.copyWithin(side * stride, PAD * stride, (PAD + 1) * stride);
    to.copyWithin((PAD + height + side) * stride, (PAD + height - 1) * stride, (PAD + height) * stride);
  }
}

/** For each part of a pixel the four weights across, then for each those down. */
function writeWeights(memory: ArrayBufferLike): void {
  const across = new Int16Array(memory, 0, PHASES * 4);
  const down = new Float32Array(memory, PHASES * 8, PHASES * 4);
  for (let phase = 0; phase < PHASES; phase++) {
    const t = phase / PHASES;
    const weights = [weightAt(1 + t), weightAt(t), weightAt(1 - t), weightAt(2 - t)];
    const whole = weights.map((weight) => Math.round(weight * UNIT));
    // What rounding leaves goes to the nearer of the two in the middle, so that a plain colour stays as it is.
    const rest = UNIT - whole.reduce((sum, weight) => sum + weight, 0);
    whole[t < 0.5 ? 1 : 2]! += rest;
    across.set(whole, phase * 4);
    down.set(
      weights.map((weight) => weight / UNIT),
      phase * 4,
    );
  }
}

/** The bicubic kernel at a distance of 0 to 2 pixels. Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981). */
export function weightAt(t: number): number {
  return t <= 1
    ? (SLOPE + 2) * t * t * t - (SLOPE + 3) * t * t + 1
    : SLOPE * (t * t * t - 5 * t * t + 8 * t - 4);
}
