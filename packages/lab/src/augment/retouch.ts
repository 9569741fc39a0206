/** Pixels in the kernel: sampled anew from points of a picture, bicubic, and their colours changed. */
import type { Pixels } from 'figleaf';
import type { Stage } from './geometry.ts';
import { KERNEL } from './kernel-bytes.ts';
import type { ColourStep } from './step.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  middles(across: number, down: number, count: number, row: number): void;
  project(across: number, down: number, count: number, matrix: number): void;
  bend(across: number, down: number, count: number, sizes: number, patches: number): void;
  place(
    across: number,
    down: number,
    count: number,
    width: number,
    height: number,
    origin: number,
    stride: number,
    out: number,
  ): void;
  sample(places: number, gap: number, count: number, stride: number, out: number): void;
  blend(at: number, end: number, from: number, factor: number): void;
  sum(at: number, end: number): number;
  saturate(at: number, end: number, factor: number): void;
}

/**
 * The slope of the bicubic kernel at 1. Pillow has -1 where it transforms and -0.5 where it resizes; between them both are met to within
 * half of what they differ by.
 */
const SLOPE = -0.75;

/** Points are rounded to so many parts of a pixel. */
const PHASES = 1024;
/** What weighs 1 across. */
const UNIT = 16384;
/** Pixels around the picture, which repeat its edge: of the 4 x 4 around a point in the outer half of a pixel. */
const PAD = 2;
/** Eight bytes of weights across and sixteen of those down for each part of a pixel. */
const WEIGHT_BYTES = PHASES * 24;
const PAGE_BYTES = 2 ** 16;

/**
 * The picture seen along a way back, and its colours changed then.
 *
 * @param pixels Left as it is.
 * @param stages From points of the result to points of the picture; empty for the picture itself.
 * @returns A new picture of the same size.
 */
export function retouch(pixels: Pixels, stages: readonly Stage[], colours: readonly ColourStep[]): Pixels {
  kernel ??= new Kernel();
  return kernel.retouch(pixels, stages, colours);
}

// Made once for each thread, since compiling takes longer than a small picture.
let kernel: Kernel | undefined;

/** The kernel with its memory, which is scratch space: it holds nothing but weights from one call to the next. */
class Kernel {
  readonly #kernel: KernelExports;

  constructor() {
    const bytes = Uint8Array.from(atob(KERNEL), (char) => char.charCodeAt(0));
    this.#kernel = new WebAssembly.Instance(new WebAssembly.Module(bytes))
      .exports as unknown as KernelExports;
    writeWeights(this.#kernel.memory.buffer);
  }

  retouch({ width, height, data }: Pixels, stages: readonly Stage[], colours: readonly ColourStep[]): Pixels {
    const size = width * height * 3;
    const stride = (width + 2 * PAD) * 3;
    // Points are followed four at a time.
    const count = Math.ceil(width / 4) * 4;
    const places = layOut({
      weights: WEIGHT_BYTES,
      stages: stages.reduce((sum, stage) => sum + bytesOf(stage), 0),
      across: count * 8,
      down: count * 8,
      places: count * 12,
      // Four bytes are read behind the source, and up to 15 read and written behind the result.
      source: stride * (height + 2 * PAD) + 4,
      out: size + 15,
    });
    const { memory } = this.#kernel;
    const missing = places.end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    const out = new Uint8Array(memory.buffer, places.out, size);
    if (stages.length === 0) out.set(data);
    else {
      copyPadded(
        data,
        width,
        height,
        new Uint8Array(memory.buffer, places.source, stride * (height + 2 * PAD)),
      );
      const { across, down } = places;
      const follow = this.#follower(stages, places.stages, [across, down, count]);
      const origin = places.source - stride - 3;
      for (let y = 0; y < height; y++) {
        this.#kernel.middles(across, down, count, y);
        follow();
        this.#kernel.place(across, down, count, width, height, origin, stride, places.places);
        this.#kernel.sample(places.places, count * 4, width, stride, places.out + y * width * 3);
      }
    }
    for (const step of colours) this.#colour(step, places.out, places.out + size);
    return { width, height, data: out.slice() };
  }

  /** Writes the stages into memory; what is returned follows them with all points there. */
  #follower(
    stages: readonly Stage[],
    from: number,
    [across, down, count]: readonly [number, number, number],
  ): () => void {
    const { memory } = this.#kernel;
    let at = from;
    const acts = stages.map((stage) => {
      const begin = at;
      at += bytesOf(stage);
      const numbers = new Float64Array(memory.buffer, begin, bytesOf(stage) / 8);
      if ('matrix' in stage) {
        numbers.set(stage.matrix);
        return () => this.#kernel.project(across, down, count, begin);
      }
      const { columns, rows, cellWidth, cellHeight, patches } = stage.mesh;
      numbers.set([cellWidth, cellHeight, columns - 1, rows - 1]);
      numbers.set(patches, 4);
      return () => this.#kernel.bend(across, down, count, begin, begin + 32);
    });
    return () => {
      for (const act of acts) act();
    };
  }

  /** To the bit as Pillow's `ImageEnhance` has it, which rounds down to whole levels each time. */
  #colour({ type, factor }: ColourStep, at: number, end: number): void {
    if (type === 'colour') this.#kernel.saturate(at, end, factor);
    else if (type === 'brightness') this.#kernel.blend(at, end, 0, factor);
    else {
      const mean = Math.floor(this.#kernel.sum(at, end) / ((end - at) / 3) + 0.5);
      this.#kernel.blend(at, end, mean, factor);
    }
  }
}

/** How much memory a stage takes: a matrix is filled up to 16. */
const bytesOf = (stage: Stage): number => ('matrix' in stage ? 80 : 32 + stage.mesh.patches.byteLength);

/** Where parts of these sizes in bytes go, each at a multiple of 16, and where the last ends. */
function layOut<Part extends string>(
  sizes: Readonly<Record<Part, number>>,
): Readonly<Record<Part | 'end', number>> {
  const places: Record<string, number> = {};
  let end = 0;
  for (const [part, bytes] of Object.entries<number>(sizes)) {
    places[part] = end;
    end = Math.ceil((end + bytes) / 16) * 16;
  }
  return { ...places, end } as Record<Part | 'end', number>;
}

/** The picture with its edge repeated around it. */
function copyPadded(data: Uint8Array, width: number, height: number, to: Uint8Array): void {
  const stride = (width + 2 * PAD) * 3;
  for (let row = 0; row < height; row++) {
    const first = (row + PAD) * stride + PAD * 3;
    const last = first + (width - 1) * 3;
    to.set(data.subarray(row * width * 3, (row + 1) * width * 3), first);
    for (let at = 1; at <= PAD * 3; at++) {
      to[first - at] = to[first - at + 3]!;
      to[last + 2 + at] = to[last - 1 + at]!;
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
