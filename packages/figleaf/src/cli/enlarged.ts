/** Small pictures enlarged, so that there is room for letters where something is drawn into them. */
import type { Pixels } from '../image/pixels.ts';
import { resample } from '../image/resample.ts';

/** So many pixels on the longer side leave room for letters. */
const LEAST_SIDE = 400;

/** The picture in a whole multiple of its size, and in which; a picture that is large enough as it is. */
export function enlarged(pixels: Pixels): { readonly pixels: Pixels; readonly times: number } {
  const times = Math.ceil(LEAST_SIDE / Math.max(pixels.width, pixels.height));
  if (times <= 1) return { pixels, times: 1 };
  const [width, height] = [pixels.width * times, pixels.height * times];
  const data = Uint8Array.from(resample(pixels, width, height, 'nearest'));
  return { pixels: { width, height, data }, times };
}
