/** Covers the frames of a picture, one after the other. */

import type { Detection } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import type { CensorOptions, FrameDetections } from './censor.ts';
import { checkSeed, coverInPlace } from './cover.ts';
import { seedOf } from './noise.ts';
import type { Raster } from './raster.ts';
import { chooseRegions } from './regions.ts';

/**
 * Covers frames in place. The noise is the same in all of them: other noise in each would average out over an animation.
 *
 * @returns How many regions there were.
 */
export async function coverFrames(
  frames: readonly Raster[],
  detections: FrameDetections,
  options: CensorOptions,
): Promise<number> {
  const seed = seedOf(checkSeed(options.seed));
  const lists = listsOf(detections, frames.length);
  const regions = lists.map((list) => chooseRegions(list, options));
  for (const [index, frame] of frames.entries()) {
    options.signal?.throwIfAborted();
    coverInPlace(frame, regions[index % regions.length]!, options, seed);
    // Others get their turn in between.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return regions.reduce((sum, list) => sum + list.length, 0);
}

/** One list for all frames, or one each: with one too few, a frame would stay bare. */
function listsOf(detections: FrameDetections, frameCount: number): (readonly Detection[])[] {
  if (!isPerFrame(detections)) return [detections];
  if (detections.length === frameCount) return [...detections];
  throw new FigleafError(
    'option-invalid',
    `there are detections for ${detections.length} frames, but the picture has ${frameCount}; give one list for each, or one for all`,
  );
}

function isPerFrame(detections: FrameDetections): detections is readonly (readonly Detection[])[] {
  return detections.length > 0 && detections.every((each) => Array.isArray(each));
}
