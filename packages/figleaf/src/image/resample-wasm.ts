/** The kernel of the antialiased resamplers: all pixels of a 12-megapixel picture in about 11 ms, where plain TypeScript takes 120. */
import type { Pixels } from './pixels.ts';
import { KERNEL } from './resample-kernel.ts';
import type { Taps, WholeTaps } from './taps.ts';

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  down(rows: number, stride: number, pairs: number, weights: number, size: number, out: number): void;
  across(row: number, taps: number, weights: number, size: number, out: number): void;
  downBytes(rows: number, stride: number, count: number, weights: number, size: number, out: number): void;
  levels(at: number, count: number, out: number): void;
  acrossBytes(row: number, taps: number, weights: number, size: number, out: number): void;
}

/** What weighs 1 in the pass down, whose weights have 16 bits. */
const UNIT = 16384;
/** Source rows are copied to the kernel in bands of this size, which fit into a core's own cache. */
const BAND_BYTES = 2 ** 20;
const PAGE_BYTES = 2 ** 16;
/** Beyond these the kernel's memory would grow large, or weights of 16 bits become too coarse. */
const MOST_WIDTH = 2 ** 15;
const MOST_ROWS = 1024;

/** The kernel with its memory, which is scratch space: it holds nothing from one call to the next. */
export class Kernel {
  readonly #kernel: KernelExports;

  constructor(module: WebAssembly.Module) {
    this.#kernel = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  }

  /** `[height, width, 3]` as in `resample`; null for pictures of such a shape that the plain way is better. */
  resize(pixels: Pixels, across: Taps, down: Taps): Float32Array | null {
    const at = this.#resize(pixels, across, down);
    if (at === null) return null;
    return new Float32Array(this.#kernel.memory.buffer, at, down.size * across.size * 3).slice();
  }

  /** The same in whole levels: a quarter of the memory, and no loop over numbers that are rounded one by one. */
  resizeToLevels(pixels: Pixels, across: Taps, down: Taps): Uint8Array | null {
    const at = this.#resize(pixels, across, down);
    if (at === null) return null;
    const size = down.size * across.size * 3;
    this.#kernel.levels(at, size, at);
    return new Uint8Array(this.#kernel.memory.buffer, at, size).slice();
  }

  /** Where the result lies; null for pictures of such a shape that the plain way is better. */
  #resize({ width, data }: Pixels, across: Taps, down: Taps): number | null {
    if (width > MOST_WIDTH || across.size > MOST_WIDTH || down.most > MOST_ROWS) return null;
    const stride = width * 3;
    const bandRows = Math.max(down.most, Math.floor(BAND_BYTES / stride));
    const places = this.#layOut({
      taps: across.size * 8,
      // Runs are filled up to a multiple of 4.
      acrossWeights: across.size * (across.most + 3) * 4,
      downWeights: (down.most + 1) * 2,
      // Up to 31 floats are written behind a row, and 3 pixels and a float read.
      row: (stride + 31 + 9 + 1) * 4,
      out: down.size * across.size * 12 + 4,
      // Of an odd count the row behind is read, and weighs nothing; so do 31 bytes behind the last.
      band: (bandRows + 1) * stride + 31,
    });
    this.#writeAcross(places, across);
    // What is read behind a row weighs nothing, but nothing times what is no number is no number.
    new Float32Array(this.#kernel.memory.buffer, places.row + stride * 4, 31 + 9 + 1).fill(0);
    const rows = new Band(this.#kernel.memory, places.band, bandRows, stride, data);
    const whole = new Int16Array(this.#kernel.memory.buffer, places.downWeights, down.most + 1);
    for (let y = 0; y < down.size; y++) {
      const count = down.count[y]!;
      toWhole(down.weights, y * down.most, count, whole);
      const from = rows.addressOf(down.first[y]!, count);
      this.#kernel.down(from, stride, Math.ceil(count / 2), places.downWeights, stride, places.row);
      const to = places.out + y * across.size * 12;
      this.#kernel.across(places.row, places.taps, places.acrossWeights, across.size, to);
    }
    return places.out;
  }

  /** `[height, width, 3]` in whole levels as in `resizeLikePillow`; null for pictures of such a shape that the plain way is better. */
  resizeWhole({ width, height, data }: Pixels, across: WholeTaps, down: WholeTaps): Float32Array | null {
    if (width > MOST_WIDTH || across.size > MOST_WIDTH || down.most > MOST_ROWS) return null;
    const stride = width * 3;
    const narrow = across.size * 3;
    const bandRows = Math.max(1, Math.floor(BAND_BYTES / stride));
    const narrowRows = Math.max(down.most, Math.floor(BAND_BYTES / narrow));
    const places = this.#layOut({
      taps: across.size * 8,
      acrossWeights: across.size * across.most * 4,
      downWeights: down.most * 4,
      row: narrow + 1,
      out: (down.size * narrow + 15) * 4,
      band: Math.max(bandRows * stride + 1, narrowRows * narrow + 15),
    });
    const { memory } = this.#kernel;
    writeRuns(new Int32Array(memory.buffer, places.taps, across.size * 2), across);
    writeWeights(new Int32Array(memory.buffer, places.acrossWeights), across);
    const narrowed = new Uint8Array(height * narrow);
    const row = new Uint8Array(memory.buffer, places.row, narrow);
    const rows = new Band(memory, places.band, bandRows, stride, data);
    for (let y = 0; y < height; y++) {
      const from = rows.addressOf(y, 1);
      this.#kernel.acrossBytes(from, places.taps, places.acrossWeights, across.size, places.row);
      narrowed.set(row, y * narrow);
    }
    const weights = new Int32Array(memory.buffer, places.downWeights, down.most);
    const narrowedRows = new Band(memory, places.band, narrowRows, narrow, narrowed);
    for (let y = 0; y < down.size; y++) {
      const count = down.count[y]!;
      weights.set(down.weights.subarray(y * down.most, y * down.most + count));
      const from = narrowedRows.addressOf(down.first[y]!, count);
      this.#kernel.downBytes(from, narrow, count, places.downWeights, narrow, places.out + y * narrow * 4);
    }
    return new Float32Array(memory.buffer, places.out, down.size * narrow).slice();
  }

  /** Where parts of these sizes in bytes go; grows the memory where it must. */
  #layOut<Part extends string>(sizes: Readonly<Record<Part, number>>): Readonly<Record<Part, number>> {
    const places: Record<string, number> = {};
    let end = 0;
    for (const [part, bytes] of Object.entries<number>(sizes)) {
      places[part] = end;
      end = Math.ceil((end + bytes) / 16) * 16;
    }
    const missing = end - this.#kernel.memory.buffer.byteLength;
    if (missing > 0) this.#kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return places as Record<Part, number>;
  }

  #writeAcross({ taps: tapsAt, acrossWeights }: { taps: number; acrossWeights: number }, taps: Taps): void {
    const runs = new Int32Array(this.#kernel.memory.buffer, tapsAt, taps.size * 2);
    const weights = new Float32Array(this.#kernel.memory.buffer, acrossWeights, taps.size * (taps.most + 3));
    let at = 0;
    for (let x = 0; x < taps.size; x++) {
      const count = taps.count[x]!;
      const filled = Math.ceil(count / 4) * 4;
      runs[x * 2] = taps.first[x]! * 12;
      runs[x * 2 + 1] = filled;
      const from = x * taps.most;
      for (let i = 0; i < filled; i++) weights[at + i] = i < count ? taps.weights[from + i]! : 0;
      at += filled;
    }
  }
}

function writeRuns(runs: Int32Array, { size, first, count }: WholeTaps): void {
  for (let x = 0; x < size; x++) {
    runs[x * 2] = first[x]! * 3;
    runs[x * 2 + 1] = count[x]!;
  }
}

function writeWeights(out: Int32Array, { size, most, count, weights }: WholeTaps): void {
  for (let x = 0, at = 0; x < size; at += count[x++]!) {
    out.set(weights.subarray(x * most, x * most + count[x]!), at);
  }
}

/** Weights as whole numbers that sum to `UNIT`, so that a plain colour stays as it is; what rounding leaves goes to the largest. */
function toWhole(weights: Float32Array, at: number, count: number, out: Int16Array): void {
  let rest = UNIT;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    const weight = Math.round(weights[at + i]! * UNIT);
    out[i] = weight;
    rest -= weight;
    if (weight > out[largest]!) largest = i;
  }
  out[largest] = out[largest]! + rest;
  if (count % 2 === 1) out[count] = 0;
}

/** A moving window of source rows in the kernel's memory. */
class Band {
  readonly #bytes: Uint8Array;
  #first = 0;
  #end = 0;

  constructor(
    memory: WebAssembly.Memory,
    readonly address: number,
    readonly rows: number,
    readonly stride: number,
    readonly data: Uint8Array,
  ) {
    this.#bytes = new Uint8Array(memory.buffer, address);
  }

  /** Where row `first` lies, with at least `count` rows; copies the next rows where they are not there. */
  addressOf(first: number, count: number): number {
    if (first < this.#first || first + count > this.#end) {
      this.#first = first;
      this.#end = Math.min(this.data.length / this.stride, first + this.rows);
      this.#bytes.set(this.data.subarray(first * this.stride, this.#end * this.stride));
    }
    return this.address + (first - this.#first) * this.stride;
  }
}

// Made once for each thread, since compiling takes longer than a small picture. Null where the platform cannot.
let kernel: Kernel | null | undefined;

/** The kernel; null where there is no WebAssembly with 128-bit operations. */
export function loadKernel(): Kernel | null {
  if (kernel === undefined) kernel = createKernel();
  return kernel;
}

function createKernel(): Kernel | null {
  try {
    const bytes = Uint8Array.from(atob(KERNEL), (char) => char.charCodeAt(0));
    return new Kernel(new WebAssembly.Module(bytes));
  } catch {
    return null;
  }
}
