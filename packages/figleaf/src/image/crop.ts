/** Cutting pictures. */
import type { Box } from './box.ts';
import type { Pixels } from './pixels.ts';

/**
 * The part of a picture within `box`, whose sides are whole numbers; what of it lies outside the picture is left out.
 *
 * @returns Rows of the picture itself where `box` is as wide as it, else a copy.
 */
export function crop(pixels: Pixels, box: Box): Pixels {
  const left = Math.max(0, box.x);
  const top = Math.max(0, box.y);
  const width = Math.min(pixels.width, box.x + box.width) - left;
  const height = Math.min(pixels.height, box.y + box.height) - top;
  if (width === pixels.width) {
    const rows = pixels.data.subarray(top * width * 3, (top + height) * width * 3);
    return { width, height, data: rows };
  }
  return copyOf(pixels, { x: left, y: top, width, height });
}

/**
 * The middle of a picture.
 *
 * @param share Of width and of height that is kept, over 0 to 1; at least one pixel is.
 * @returns The picture itself for a share of 1, else a copy.
 */
export function cropMiddle(pixels: Pixels, share: number): Pixels {
  if (share === 1) return pixels;
  const width = Math.max(1, Math.round(pixels.width * share));
  const height = Math.max(1, Math.round(pixels.height * share));
  const left = (pixels.width - width) >> 1;
  const top = (pixels.height - height) >> 1;
  return copyOf(pixels, { x: left, y: top, width, height });
}

function copyOf(pixels: Pixels, { x, y, width, height }: Box): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * pixels.width + x) * 3;
    data.set(pixels.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}
