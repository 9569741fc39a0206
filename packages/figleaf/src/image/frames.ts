/** Which frames of an animation are looked at. */
import { FigleafError } from '../errors.ts';
import type { DecodeOptions, ImageLimits } from './pixels.ts';

/**
 * Indices of up to `options.frames` frames, spread evenly over `frameCount`, always with the first.
 *
 * @example
 * ```ts
 * spreadFrames(10, { frames: 4 }, DEFAULT_LIMITS); // [0, 2, 5, 7]
 * ```
 */
export function spreadFrames(
  frameCount: number,
  { frames = 1 }: DecodeOptions,
  { maxFrames }: ImageLimits,
): number[] {
  if (!(frames >= 1)) {
    throw new FigleafError('option-invalid', `frames is ${frames}; give a whole number from 1 on`);
  }
  const wanted = Math.max(1, Math.min(Math.floor(frames), Math.floor(maxFrames), frameCount));
  return Array.from({ length: wanted }, (_, index) => Math.floor((index * frameCount) / wanted));
}
