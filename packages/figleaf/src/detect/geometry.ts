/** Boxes: from pictures to a detector's input and back, clipped, scaled, and how far they overlap. */
import type { Box } from '../image/box.ts';
import type { Size } from '../image/dimensions.ts';
import type { Placement } from '../image/place.ts';

/** A box in pixels of the picture as pixels of the input. */
export function toInput(box: Box, { view, scaled, left, top }: Placement): Box {
  const [across, down] = [scaled.width / view.width, scaled.height / view.height];
  return {
    x: left + (box.x - view.x) * across,
    y: top + (box.y - view.y) * down,
    width: box.width * across,
    height: box.height * down,
  };
}

/** A box in pixels of the input as pixels of the picture; not clipped. */
export function toPicture(box: Box, { view, scaled, left, top }: Placement): Box {
  const [across, down] = [view.width / scaled.width, view.height / scaled.height];
  return {
    x: view.x + (box.x - left) * across,
    y: view.y + (box.y - top) * down,
    width: box.width * across,
    height: box.height * down,
  };
}

/** What of a box lies within a picture; null where nothing does. */
export function clipBox(box: Box, { width, height }: Size): Box | null {
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  const clipped = {
    x,
    y,
    width: Math.min(width, box.x + box.width) - x,
    height: Math.min(height, box.y + box.height) - y,
  };
  return clipped.width > 0 && clipped.height > 0 ? clipped : null;
}

/** A box of a picture that was decoded at another size. */
export function scaleBox(box: Box, from: Size, to: Size): Box {
  const [across, down] = [to.width / from.width, to.height / from.height];
  return { x: box.x * across, y: box.y * down, width: box.width * across, height: box.height * down };
}

/** Area that two boxes share, in square pixels. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Area in square pixels. */
export function areaOf({ width, height }: Box): number {
  return width * height;
}

/** Intersection over union, 0 to 1. */
export function iouOf(a: Box, b: Box): number {
  const overlap = overlapOf(a, b);
  return overlap === 0 ? 0 : overlap / (areaOf(a) + areaOf(b) - overlap);
}
