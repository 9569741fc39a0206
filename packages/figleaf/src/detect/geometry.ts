/** From pictures to a detector's input and back: letterboxes as each model was trained with them, and boxes. */
import type { Letterbox, Preprocessing } from '@figleaf/onnx/metadata';
import type { Box } from '../image/box.ts';
import type { Size } from '../image/dimensions.ts';
import type { Placement } from '../image/place.ts';

/** Ultralytics' grey. */
const CENTRE_GROUND = 114;
const STRIDE = 32;

/**
 * Where a part of a picture goes in a detector's input.
 *
 * @param view In whole pixels of the picture: all of it, or a tile.
 */
export function placementFor(view: Box, { width, height, letterbox }: Preprocessing): Placement {
  const input = { width, height };
  switch (letterbox?.fit) {
    case 'corner':
      return inCorner(view, input, letterbox.ground ?? 0);
    case 'centre':
      return inCentre(view, input, letterbox.ground ?? CENTRE_GROUND);
    case 'free':
      return filling(view, freeSize(view, input, letterbox.stride ?? STRIDE));
    case 'sides':
      return filling(view, sizeBySides(view, letterbox));
    default:
      return filling(view, input);
  }
}

/** NudeNet: padding comes first, so that the shorter side of a padded picture ends between two pixels of the input. */
function inCorner(view: Box, input: Size, ground: number): Placement {
  const width = Math.max(view.width, Math.round((view.height * input.width) / input.height));
  const height = Math.max(view.height, Math.round((view.width * input.height) / input.width));
  return { ...filling({ ...view, width, height }, input), ground };
}

/** Ultralytics: where an odd number of pixels is to be padded, there is one more on the right and below. */
function inCentre(view: Box, input: Size, ground: number): Placement {
  const scale = Math.min(input.width / view.width, input.height / view.height);
  const scaled = { width: atLeastOne(view.width * scale), height: atLeastOne(view.height * scale) };
  const left = (input.width - scaled.width) >> 1;
  const top = (input.height - scaled.height) >> 1;
  return { view, scaled, left, top, ...input, ground };
}

function filling(view: Box, scaled: Size): Placement {
  return { view, scaled, left: 0, top: 0, width: scaled.width, height: scaled.height, ground: 0 };
}

function freeSize(view: Size, input: Size, stride: number): Size {
  const scale = Math.min(input.width / view.width, input.height / view.height);
  const side = (length: number): number => Math.max(1, Math.round((length * scale) / stride)) * stride;
  return { width: side(view.width), height: side(view.height) };
}

function sizeBySides(view: Size, { shorter, longer }: Extract<Letterbox, { fit: 'sides' }>): Size {
  const sides = [view.width, view.height];
  const scale = Math.min(shorter / Math.min(...sides), longer / Math.max(...sides));
  return { width: atLeastOne(view.width * scale), height: atLeastOne(view.height * scale) };
}

const atLeastOne = (length: number): number => Math.max(1, Math.round(length));

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
