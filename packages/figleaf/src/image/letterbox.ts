/** Letterboxes, as each detector was trained with them: where a picture of any shape goes in an input. */
import type { Letterbox, Preprocessing } from '@figleaf/onnx/metadata';
import type { Box } from './box.ts';
import type { Size } from './dimensions.ts';
import type { Placement } from './place.ts';

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
