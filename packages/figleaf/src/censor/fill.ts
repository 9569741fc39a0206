/** The colours of a cover, row by row: flat, in cells, blurred, or a sticker. */
import { resample } from '../image/resample.ts';
import type { Span } from './area.ts';
import type { Colour, ResolvedLook, Sticker } from './look.ts';
import { cellAt, cellsAlong, type Mosaic } from './mosaic.ts';
import type { Bounds } from './raster.ts';

/**
 * Writes the cover's colours in a part of a row to `into`: red, green, blue, 0 to 255, those of a pixel at three times its x.
 * Outside its region the colour goes on.
 */
export type Fill = (y: number, part: Span, into: Float64Array) => void;

/** Whether a style is made of the averages of what it covers. */
export const needsMosaic = ({ style }: ResolvedLook): boolean => style !== 'box';

/** The fill of a flat cover. */
export function flat([red, green, blue]: Colour): Fill {
  return (_y, { from, to }, into) => {
    for (let at = from * 3; at < to * 3; at += 3) {
      into[at] = red;
      into[at + 1] = green;
      into[at + 2] = blue;
    }
  };
}

/** The fill of a pixelated cover. */
export function pixelated({ bounds, columns, rows, colours }: Mosaic): Fill {
  const { left, top, right, bottom } = bounds;
  const across = cellsAlong(left, right, columns);
  return (y, { from, to }, into) => {
    const row = cellAt(y, top, bottom, rows) * columns;
    for (let x = from; x < to; x++) {
      const cell = (row + across[inside(x - left, across.length)]!) * 3;
      into[x * 3] = colours[cell]!;
      into[x * 3 + 1] = colours[cell + 1]!;
      into[x * 3 + 2] = colours[cell + 2]!;
    }
  };
}

/** The fill of a blurred cover: the cells blended by cubic B-splines, which never leave the colours that they blend. */
export function blurred({ bounds, columns, rows, colours }: Mosaic): Fill {
  const across = splinesOver(bounds.left, bounds.right, columns);
  const down = splinesOver(bounds.top, bounds.bottom, rows);
  // A row of cells, with its ends twice more on either side: there the splines reach beyond it.
  const blend = new Float64Array((columns + 4) * 3);
  return (y, { from, to }, into) => {
    blendRows(colours, rows, down, inside(y - bounds.top, down.size), blend);
    for (let x = from; x < to; x++) {
      const column = inside(x - bounds.left, across.size);
      const cell = (across.first[column]! + 2) * 3;
      const w0 = across.weights[column * 4]!;
      const w1 = across.weights[column * 4 + 1]!;
      const w2 = across.weights[column * 4 + 2]!;
      const w3 = across.weights[column * 4 + 3]!;
      for (let channel = 0; channel < 3; channel++) {
        const at = cell + channel;
        into[x * 3 + channel] =
          blend[at]! * w0 + blend[at + 3]! * w1 + blend[at + 6]! * w2 + blend[at + 9]! * w3;
      }
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
  const length = blend.length - 12;
  blend.fill(0);
  for (let tap = 0; tap < 4; tap++) {
    const from = inside(down.first[row]! + tap, rows) * length;
    const weight = down.weights[row * 4 + tap]!;
    for (let index = 0; index < length; index++) blend[6 + index]! += colours[from + index]! * weight;
  }
  for (let index = 0; index < 6; index++) {
    blend[index] = blend[6 + (index % 3)]!;
    blend[6 + length + index] = blend[3 + length + (index % 3)]!;
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

/** Lays a sticker on colours that are there, in the middle of `frame`, as large as fits. */
export function stickerIn(sticker: Sticker, frame: Bounds): Fill {
  const [width, height] = [frame.right - frame.left, frame.bottom - frame.top];
  const scale = Math.min(width / sticker.width, height / sticker.height);
  const [shownWidth, shownHeight] = [sticker.width * scale, sticker.height * scale];
  const [left, top] = [frame.left + (width - shownWidth) / 2, frame.top + (height - shownHeight) / 2];
  const look = shrunk(sticker, shownWidth, shownHeight);
  const sample = new Float64Array(4);
  return (y, part, into) => {
    const v = (y + 0.5 - top) / shownHeight;
    if (v < 0 || v >= 1) return;
    for (let x = part.from; x < part.to; x++) {
      const u = (x + 0.5 - left) / shownWidth;
      if (u < 0 || u >= 1) continue;
      sampleAt(look, u, v, sample);
      for (let channel = 0; channel < 3; channel++) {
        const at = x * 3 + channel;
        into[at] = into[at]! * (1 - sample[3]! / 255) + sample[channel]!;
      }
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
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const right = x - x0;
  const lower = y - y0;
  const above = y0 * width;
  const below = Math.min(height - 1, y0 + 1) * width;
  const x1 = Math.min(width - 1, x0 + 1);
  for (let index = 0; index < 4; index++) {
    const [data, channel] = index < 3 ? [colour, index] : [alpha, 0];
    const level = (pixel: number): number => data[pixel * 3 + channel]!;
    const upper = level(above + x0) * (1 - right) + level(above + x1) * right;
    const under = level(below + x0) * (1 - right) + level(below + x1) * right;
    into[index] = upper * (1 - lower) + under * lower;
  }
}
