/** What a picture loses in a JPEG, without the bytes in between: their coding loses nothing, so that no codec is needed. */
import type { Size } from './dimensions.ts';
import { quantiseBlocks } from './jpeg-blocks.ts';
import { chrominanceSteps, luminanceSteps } from './jpeg-quantisers.ts';
import type { Pixels } from './pixels.ts';

/**
 * The picture as it comes back from a JPEG that libjpeg writes and reads by its defaults: colours at half the size (4:2:0),
 * enlarged smoothly. The same to the last bit wherever it runs, and as libjpeg's for pictures of 5 pixels or more in width.
 *
 * @param quality 1 to 100, libjpeg's scale.
 * @returns A new picture.
 */
export function throughJpeg(pixels: Pixels, quality: number): Pixels {
  const { y, cb, cr } = toChannels(pixels);
  const brightness = worn(y, luminanceSteps(quality));
  const [blue, red] = [cb, cr].map((colour) =>
    enlarge(worn(shrink(colour), chrominanceSteps(quality)), brightness),
  );
  return toPixels(pixels, brightness, blue!, red!);
}

/** One channel of a picture. */
interface Channel extends Size {
  /** Samples from one row to the next: whole blocks, filled with what is last in the row. */
  readonly stride: number;
  /** `[height or more, stride]`, 0 to 255. */
  readonly data: Uint8Array;
}

function emptyChannel({ width, height }: Size, stride: number): Channel {
  return { width, height, stride, data: new Uint8Array(height * stride) };
}

/** What is added before 16 bits are cut off: for rounding, and where no colour is 128. */
const ROUND = 1 << 15;
const NO_COLOUR = (128 << 16) + ROUND - 1;

/** Brightness, blue and red as JFIF has them. */
function toChannels(pixels: Pixels): { y: Channel; cb: Channel; cr: Channel } {
  const { width, height, data } = pixels;
  // The colours' blocks are as wide as two of brightness.
  const stride = (width + 15) & ~15;
  const [y, cb, cr] = [0, 1, 2].map(() => emptyChannel(pixels, stride)) as [Channel, Channel, Channel];
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < stride; column++, to++) {
      const from = (row * width + Math.min(column, width - 1)) * 3;
      const red = data[from]!;
      const green = data[from + 1]!;
      const blue = data[from + 2]!;
      y.data[to] = (19595 * red + 38470 * green + 7471 * blue + ROUND) >> 16;
      cb.data[to] = (32768 * blue - 11059 * red - 21709 * green + NO_COLOUR) >> 16;
      cr.data[to] = (32768 * red - 27439 * green - 5329 * blue + NO_COLOUR) >> 16;
    }
  }
  return { y, cb, cr };
}

function toPixels({ width, height }: Size, y: Channel, cb: Channel, cr: Channel): Pixels {
  const data = new Uint8ClampedArray(width * height * 3);
  for (let row = 0, to = 0; row < height; row++) {
    for (let from = row * y.stride, end = from + width; from < end; from++, to += 3) {
      const level = y.data[from]!;
      const blue = cb.data[from]! - 128;
      const red = cr.data[from]! - 128;
      data[to] = level + ((91881 * red + ROUND) >> 16);
      data[to + 1] = level + ((ROUND - 22554 * blue - 46802 * red) >> 16);
      data[to + 2] = level + ((116130 * blue + ROUND) >> 16);
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** What quantisers leave of a channel; what rows the last blocks lack are as the last one. */
function worn(channel: Channel, steps: readonly number[]): Channel {
  const { height, stride } = channel;
  const data = new Uint8Array(((height + 7) & ~7) * stride);
  data.set(channel.data);
  for (let row = height; row * stride < data.length; row++) {
    data.copyWithin(row * stride, (height - 1) * stride, height * stride);
  }
  quantiseBlocks(data, stride, steps);
  return { ...channel, data };
}

const half = (length: number): number => (length + 1) >> 1;

/** The mean of each four samples; what lies between two levels goes down and up in turns, so that on the whole none is brighter. */
function shrink({ width, height, stride, data }: Channel): Channel {
  const out = emptyChannel({ width: half(width), height: half(height) }, stride / 2);
  for (let y = 0, to = 0; y < height; y += 2) {
    const upper = y * stride;
    const lower = Math.min(y + 1, height - 1) * stride;
    for (let x = 0; x < stride; x += 2, to++) {
      const sum = data[upper + x]! + data[upper + x + 1]! + data[lower + x]! + data[lower + x + 1]!;
      out.data[to] = (sum + 1 + ((x >> 1) & 1)) >> 2;
    }
  }
  return out;
}

/** As large as `like`, each sample three quarters of the nearest and a quarter of the next on either axis: libjpeg's "fancy" way. */
function enlarge({ width, height, stride, data }: Channel, like: Channel): Channel {
  const out = emptyChannel(like, like.stride);
  // With the first and the last sample once more at either end, whose neighbours they are themselves.
  const sums = new Uint16Array(width + 2);
  for (let y = 0; y < like.height; y++) {
    const near = (y >> 1) * stride;
    const next = neighbour(y, height) * stride;
    for (let x = 0; x < width; x++) sums[x + 1] = 3 * data[near + x]! + data[next + x]!;
    sums[0] = sums[1]!;
    sums[width + 1] = sums[width]!;
    const to = y * out.stride;
    // Ties go up and down in turns.
    for (let x = 0, at = 1; x < like.width; x += 2, at++) {
      const sum = 3 * sums[at]!;
      out.data[to + x] = (sum + sums[at - 1]! + 8) >> 4;
      out.data[to + x + 1] = (sum + sums[at + 1]! + 7) >> 4;
    }
  }
  return out;
}

/** The row that lies on the other side of row `at` than the nearest, at half the size; the nearest itself at an edge. */
function neighbour(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, (at >> 1) + (at & 1 ? 1 : -1)));
}
