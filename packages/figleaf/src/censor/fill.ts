/** The colour that a cover has at each place: flat, in cells, blurred, or a sticker. */
import { resample } from '../image/resample.ts';
import type { Colour, ResolvedLook, Sticker } from './look.ts';
import { cellAt, type Mosaic } from './mosaic.ts';
import type { Bounds } from './raster.ts';

/** Writes the cover's colour at a pixel to `into`: red, green, blue, 0 to 255. Outside its region the colour goes on. */
export type Fill = (x: number, y: number, into: Float64Array) => void;

/** Whether a style is made of the averages of what it covers. */
export const needsMosaic = ({ style }: ResolvedLook): boolean => style !== 'box';

/** The fill of a flat cover. */
export function flat(colour: Colour): Fill {
  return (_x, _y, into) => into.set(colour);
}

/** The fill of a pixelated cover. */
export function pixelated({ bounds, columns, rows, colours }: Mosaic): Fill {
  const { left, top, right, bottom } = bounds;
  return (x, y, into) => {
    const cell = cellAt(y, top, bottom, rows) * columns + cellAt(x, left, right, columns);
    for (let channel = 0; channel < 3; channel++) into[channel] = colours[cell * 3 + channel]!;
  };
}

/** The fill of a blurred cover: the cells blended by cubic B-splines, which never leave the colours that they blend. */
export function blurred({ bounds, columns, rows, colours }: Mosaic): Fill {
  const across = splinesOver(bounds.left, bounds.right, columns);
  const down = splinesOver(bounds.top, bounds.bottom, rows);
  // Pixels come row by row: the rows of cells are blended once for all of a row.
  const blend = new Float64Array(columns * 3);
  let blendedRow = -1;
  return (x, y, into) => {
    const row = inside(y - bounds.top, down.size);
    if (row !== blendedRow) blendRows(colours, rows, down, row, blend);
    blendedRow = row;
    const column = inside(x - bounds.left, across.size);
    into.fill(0);
    for (let tap = 0; tap < 4; tap++) {
      const weight = across.weights[column * 4 + tap]!;
      const at = inside(across.first[column]! + tap, columns) * 3;
      into[0]! += blend[at]! * weight;
      into[1]! += blend[at + 1]! * weight;
      into[2]! += blend[at + 2]! * weight;
    }
  };
}

function blendRows(
  colours: Float64Array,
  rows: number,
  down: Splines,
  row: number,
  blend: Float64Array,
): void {
  blend.fill(0);
  for (let tap = 0; tap < 4; tap++) {
    const from = inside(down.first[row]! + tap, rows) * blend.length;
    const weight = down.weights[row * 4 + tap]!;
    for (let index = 0; index < blend.length; index++) blend[index]! += colours[from + index]! * weight;
  }
}

/** Along one side, for each pixel the first of the four cells that it is blended of, and their weights. */
interface Splines {
  readonly size: number;
  readonly first: Int32Array;
  /** `[size, 4]`. */
  readonly weights: Float64Array;
}

function splinesOver(from: number, to: number, cells: number): Splines {
  const size = to - from;
  const [first, weights] = [new Int32Array(size), new Float64Array(size * 4)];
  for (let index = 0; index < size; index++) {
    const at = ((index + 0.5) / size) * cells - 0.5;
    const t = at - Math.floor(at);
    first[index] = Math.floor(at) - 1;
    weights.set(
      [
        (1 - t) ** 3 / 6,
        (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
        (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
        t ** 3 / 6,
      ],
      index * 4,
    );
  }
  return { size, first, weights };
}

/** The nearest of so many places. */
const inside = (place: number, size: number): number => Math.min(size - 1, Math.max(0, place));

/** Stickers are sampled from at most so many pixels a side, however large the region. */
const STICKER_SIDE = 1024;

/** The fill of a sticker that lies on another fill, in the middle of `frame`, as large as fits. */
export function withSticker(sticker: Sticker, frame: Bounds, beneath: Fill): Fill {
  const [width, height] = [frame.right - frame.left, frame.bottom - frame.top];
  const scale = Math.min(width / sticker.width, height / sticker.height);
  const [shownWidth, shownHeight] = [sticker.width * scale, sticker.height * scale];
  const [left, top] = [frame.left + (width - shownWidth) / 2, frame.top + (height - shownHeight) / 2];
  const look = shrunk(sticker, shownWidth, shownHeight);
  const sample = new Float64Array(4);
  return (x, y, into) => {
    beneath(x, y, into);
    const u = (x + 0.5 - left) / shownWidth;
    const v = (y + 0.5 - top) / shownHeight;
    if (u < 0 || u >= 1 || v < 0 || v >= 1) return;
    sampleAt(look, u, v, sample);
    for (let channel = 0; channel < 3; channel++) {
      into[channel] = into[channel]! * (1 - sample[3]! / 255) + sample[channel]!;
    }
  };
}

/** A sticker at about the size at which it is shown, its colours times alpha. */
interface SizedSticker {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, levels times alpha, 0 to 255. */
  readonly colour: Float32Array;
  /** `[height, width, 3]`, alpha, 0 to 255, three times the same. */
  readonly alpha: Float32Array;
}

function shrunk(sticker: Sticker, shownWidth: number, shownHeight: number): SizedSticker {
  const scale = Math.min(1, STICKER_SIDE / Math.max(shownWidth, shownHeight));
  const width = Math.max(1, Math.round(shownWidth * scale));
  const height = Math.max(1, Math.round(shownHeight * scale));
  const size = sticker.width * sticker.height;
  const [colour, alpha] = [new Uint8Array(size * 3), new Uint8Array(size * 3)];
  for (let pixel = 0; pixel < size; pixel++) {
    const opacity = sticker.data[pixel * 4 + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      colour[pixel * 3 + channel] = Math.round((sticker.data[pixel * 4 + channel]! * opacity) / 255);
      alpha[pixel * 3 + channel] = opacity;
    }
  }
  const sized = (data: Uint8Array): Float32Array =>
    resample({ width: sticker.width, height: sticker.height, data }, width, height, 'bilinear-antialiased');
  return { width, height, colour: sized(colour), alpha: sized(alpha) };
}

/** Between the four pixels around a place, given as shares of width and height. */
function sampleAt(
  { width, height, colour, alpha }: SizedSticker,
  u: number,
  v: number,
  into: Float64Array,
): void {
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)];
  const [right, lower] = [x - x0, y - y0];
  const mixed = (data: Float32Array, channel: number): number => {
    const level = (column: number, row: number): number => data[(row * width + column) * 3 + channel]!;
    const above = level(x0, y0) * (1 - right) + level(x1, y0) * right;
    const below = level(x0, y1) * (1 - right) + level(x1, y1) * right;
    return above * (1 - lower) + below * lower;
  };
  for (let channel = 0; channel < 3; channel++) into[channel] = mixed(colour, channel);
  into[3] = mixed(alpha, 0);
}
