/** Pictures in the size of a sheet's cell, and blurred. */
import { type Pixels, resample } from 'figleaf';
import { toLevels } from 'figleaf/commands';

/** The largest picture of the same proportions that a square of so many pixels holds, each side at least 1. */
export function fitInto(pixels: Pixels, side: number): Pixels {
  const scale = side / Math.max(pixels.width, pixels.height);
  return resized(pixels, atLeastOne(pixels.width * scale), atLeastOne(pixels.height * scale));
}

/** The picture in another's size, its proportions not kept. */
export function stretchTo(pixels: Pixels, { width, height }: Pick<Pixels, 'width' | 'height'>): Pixels {
  return resized(pixels, width, height);
}

/** How many cells are left of the longer side of a blurred picture. */
const CELLS = 8;

/** The same size, with what is left of a picture of 8 cells: where it is light and where dark. */
export function blurred(pixels: Pixels): Pixels {
  const { width, height } = pixels;
  const scale = Math.min(1, CELLS / Math.max(width, height));
  const few = resized(pixels, atLeastOne(width * scale), atLeastOne(height * scale));
  // Linear between so few shows their edges; once more between these does not.
  const more = resized(few, few.width * 4, few.height * 4);
  return resized(more, width, height);
}

const atLeastOne = (side: number): number => Math.max(1, Math.round(side));

function resized(pixels: Pixels, width: number, height: number): Pixels {
  if (pixels.width === width && pixels.height === height) return pixels;
  return { width, height, data: toLevels(resample(pixels, width, height, 'bilinear-antialiased')) };
}
