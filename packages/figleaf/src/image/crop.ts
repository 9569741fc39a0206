/** Cutting pictures. */
import type { Pixels } from './pixels.ts';

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
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * pixels.width + left) * 3;
    data.set(pixels.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, data };
}
