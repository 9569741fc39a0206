/** The coarse averages of a region: all that a pixelated or blurred cover ever knows of what is beneath. */
import type { Bounds, Raster } from './raster.ts';

/** Most cells along the longer side. Few enough that a face is none any more. */
const MOST_CELLS = 5;
/** A cell has at least so many pixels along the longer side, however small the region. */
const CELL_PIXELS = 8;
/** No mean is shown that fewer pixels went into: it would be a pixel rather than a mean. */
const LEAST_PIXELS = 32;
/** Noise is added to each channel of each cell, up to so many of 255 levels up or down. */
const NOISE = 12;
/** What is shown where a mean would tell too much: nothing. */
const GREY = 128;

/** A grid of colours over a rectangle. */
export interface Mosaic {
  readonly bounds: Bounds;
  readonly columns: number;
  readonly rows: number;
  /** `[rows, columns, 3]`, 0 to 255, not rounded. */
  readonly colours: Float64Array;
}

/** How many cells a rectangle is divided into, each about square. */
export function cellsOf({ left, top, right, bottom }: Bounds): { columns: number; rows: number } {
  const [width, height] = [right - left, bottom - top];
  const longer = Math.max(width, height);
  const most = Math.min(MOST_CELLS, Math.max(1, Math.floor(longer / CELL_PIXELS)));
  const along = (side: number): number => Math.max(1, Math.round((side / longer) * most));
  return { columns: along(width), rows: along(height) };
}

/** The cell of a pixel, counted along one side; pixels outside belong to the outermost cell. */
export function cellAt(position: number, from: number, to: number, cells: number): number {
  const cell = Math.floor(((position - from) * cells) / (to - from));
  return Math.min(cells - 1, Math.max(0, cell));
}

/** The cells of the pixels from `from` up to `to`. */
export function cellsAlong(from: number, to: number, cells: number): Uint8Array {
  return Uint8Array.from({ length: to - from }, (_, index) => cellAt(from + index, from, to, cells));
}

/**
 * Averages a region cell by cell and adds noise.
 *
 * @param ownersIn The owner of each pixel of a row, from the left of the bounds on.
 * @param owner Whose pixels belong to the region; no other goes into any average.
 * @param random Numbers from 0 to 1 for the noise; as many are taken as there are colours.
 */
export function mosaicOf(
  raster: Raster,
  bounds: Bounds,
  ownersIn: (y: number) => Uint16Array,
  owner: number,
  random: () => number,
): Mosaic {
  const { columns, rows } = cellsOf(bounds);
  const sums = sumUp(raster, bounds, columns, rows, ownersIn, owner);
  const colours = colourCells(sums, bounds);
  for (let index = 0; index < colours.length; index++) {
    const noisy = colours[index]! + (random() * 2 - 1) * NOISE;
    colours[index] = Math.min(255, Math.max(0, noisy));
  }
  return { bounds, columns, rows, colours };
}

/** What was added up, cell by cell. */
interface Sums {
  readonly columns: number;
  readonly rows: number;
  /** `[cells, 3]`, levels times alpha. */
  readonly colours: Float64Array;
  /** `[cells]`, the sum of alpha. */
  readonly weights: Float64Array;
  /** `[cells]`, how many pixels. */
  readonly counts: Float64Array;
}

function sumUp(
  { width, channels, data }: Raster,
  { left, top, right, bottom }: Bounds,
  columns: number,
  rows: number,
  ownersIn: (y: number) => Uint16Array,
  owner: number,
): Sums {
  const cells = columns * rows;
  const colours = new Float64Array(cells * 3);
  const weights = new Float64Array(cells);
  const counts = new Float64Array(cells);
  const across = cellsAlong(left, right, columns);
  for (let y = top; y < bottom; y++) {
    const row = cellAt(y, top, bottom, rows) * columns;
    const owners = ownersIn(y);
    for (let x = left; x < right; x++) {
      if (owners[x - left] !== owner) continue;
      const cell = row + across[x - left]!;
      const at = (y * width + x) * channels;
      // What is transparent has a colour too, which nobody was to see.
      const alpha = channels === 4 ? data[at + 3]! : 255;
      colours[cell * 3]! += data[at]! * alpha;
      colours[cell * 3 + 1]! += data[at + 1]! * alpha;
      colours[cell * 3 + 2]! += data[at + 2]! * alpha;
      weights[cell]! += alpha;
      counts[cell]! += 1;
    }
  }
  return { columns, rows, colours, weights, counts };
}

/**
 * The mean of each cell that has enough of its pixels. A sliver that stays of a cell, where another cover took the rest, would show
 * finer detail than a cell does: it gets the mean of the cells that are shown, which tells nothing new.
 */
function colourCells(sums: Sums, bounds: Bounds): Float64Array {
  const { columns, rows, weights, counts } = sums;
  const cellArea = ((bounds.right - bounds.left) / columns) * ((bounds.bottom - bounds.top) / rows);
  const enough = Math.max(LEAST_PIXELS, cellArea / 2);
  const all = [...counts.keys()];
  const shown = all.filter((cell) => counts[cell]! >= enough && weights[cell]! > 0);
  const rest = shown.length > 0 ? meanOf(sums, shown) : restMean(sums, all, enough);
  const means = new Float64Array(counts.length * 3);
  for (const cell of all) means.set(rest, cell * 3);
  for (const cell of shown) means.set(meanOf(sums, [cell]), cell * 3);
  return means;
}

/** Where no cell is shown: the mean of all that there is, if that is no sliver either. */
function restMean(sums: Sums, all: readonly number[], enough: number): number[] {
  const count = sums.counts.reduce((sum, more) => sum + more, 0);
  const weight = sums.weights.reduce((sum, more) => sum + more, 0);
  return count >= enough && weight > 0 ? meanOf(sums, all) : [GREY, GREY, GREY];
}

function meanOf({ colours, weights }: Sums, cells: readonly number[]): number[] {
  const weight = cells.reduce((sum, cell) => sum + weights[cell]!, 0);
  return [0, 1, 2].map(
    (channel) => cells.reduce((sum, cell) => sum + colours[cell * 3 + channel]!, 0) / weight,
  );
}
