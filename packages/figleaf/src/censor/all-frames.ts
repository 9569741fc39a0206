/** What was found in the frames of an animation, as one list for all of them. */
import type { Detection } from '../detect/detector.ts';
import { iouOf } from '../detect/geometry.ts';
import type { Box } from '../image/box.ts';

/** Boxes that overlap by more are taken for one thing that moves a little. */
const SAME_THING = 0.5;

/**
 * Joins what was found in each frame to a list that covers it in every frame: one that the detector missed in between is covered too.
 * Boxes of one label that nearly coincide become the box around them, so that the list does not grow with the number of frames.
 *
 * @param frames What was found in each frame.
 * @returns Boxes that hold all those that were given, each with the highest score in it.
 */
export function overAllFrames(frames: readonly (readonly Detection[])[]): Detection[] {
  const joined: Detection[] = [];
  for (const { label, category, score, box } of frames.flat()) {
    const at = joined.findIndex((other) => other.label === label && iouOf(other.box, box) > SAME_THING);
    const known = joined[at];
    if (!known) joined.push({ label, category, score, box });
    else joined[at] = { ...known, score: Math.max(known.score, score), box: boxAround(known.box, box) };
  }
  return joined;
}

function boxAround(one: Box, other: Box): Box {
  const x = Math.min(one.x, other.x);
  const y = Math.min(one.y, other.y);
  const right = Math.max(one.x + one.width, other.x + other.width);
  const bottom = Math.max(one.y + one.height, other.y + other.height);
  return { x, y, width: right - x, height: bottom - y };
}
