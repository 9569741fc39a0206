/** Which pixels a cover takes: rectangles, ellipses, all but them, and the soft edges outside. */
import { FigleafError } from '../errors.ts';
import type { Box } from '../image/box.ts';
import type { CoverShape } from './look.ts';
import { type Bounds, clip, type Raster } from './raster.ts';

type Size = Pick<Raster, 'width' | 'height'>;

/** The pixels that one cover takes, and those into which it fades. */
export interface Area {
  /** Around all pixels that are covered in full, in the picture. */
  readonly bounds: Bounds;
  /** Around those and the soft edge, in the picture. */
  readonly reach: Bounds;
  /** Around all that would be covered in a picture without end: where a sticker belongs. */
  readonly frame: Bounds;
  /** Whether a pixel is covered in full. */
  covers(x: number, y: number): boolean;
  /** How much of the cover a pixel that is not covered in full gets, 0 to 1. */
  edge(x: number, y: number): number;
}

/** How a box becomes an area. */
export interface Outline {
  readonly box: Box;
  readonly shape: CoverShape;
  /** Share of the box by which each side moves outwards. */
  readonly expand: number;
  /** Share of the box's shorter side over which the cover fades. */
  readonly softEdge: number;
}

/** The area that covers a box: every pixel that the box touches, and for an ellipse those around it too. */
export function areaOf(outline: Outline, picture: Size): Area {
  const { x0, y0, x1, y1 } = expanded(outline);
  if (outline.box.width === 0 || outline.box.height === 0) return NOTHING;
  const [left, top] = [Math.floor(x0), Math.floor(y0)];
  // However thin a box, it touches a pixel.
  const frame = {
    left,
    top,
    right: Math.max(left + 1, Math.ceil(x1)),
    bottom: Math.max(top + 1, Math.ceil(y1)),
  };
  const fade = fadeWidth(outline, frame);
  return outline.shape === 'ellipse' ? ellipse(frame, fade, picture) : rectangle(frame, fade, picture);
}

const NO_BOUNDS: Bounds = { left: 0, top: 0, right: 0, bottom: 0 };
const NOTHING: Area = {
  frame: NO_BOUNDS,
  bounds: NO_BOUNDS,
  reach: NO_BOUNDS,
  covers: () => false,
  edge: () => 0,
};

function expanded({ box, expand }: Outline): { x0: number; y0: number; x1: number; y1: number } {
  const { x, y, width, height } = checkBox(box);
  return {
    x0: x - width * expand,
    y0: y - height * expand,
    x1: x + width * (1 + expand),
    y1: y + height * (1 + expand),
  };
}

/** A box that means nothing would cover nothing, and nobody would know. */
function checkBox(box: Box): Box {
  const { x, y, width, height } = box;
  const finite = [x, y, width, height, x + width, y + height].every(Number.isFinite);
  if (finite && width >= 0 && height >= 0) return box;
  throw new FigleafError(
    'option-invalid',
    `a box has x ${x}, y ${y}, width ${width}, height ${height}; give finite numbers, width and height not negative`,
  );
}

const fadeWidth = ({ softEdge }: Outline, { left, top, right, bottom }: Bounds): number =>
  softEdge * Math.min(right - left, bottom - top);

function rectangle(frame: Bounds, fade: number, picture: Size): Area {
  const { left, top, right, bottom } = frame;
  return {
    frame,
    bounds: clip(frame, picture),
    reach: clip(grown(frame, fade), picture),
    covers: (x, y) => x >= left && x < right && y >= top && y < bottom,
    edge: (x, y) => {
      const across = Math.max(left - (x + 0.5), x + 0.5 - right, 0);
      const down = Math.max(top - (y + 0.5), y + 0.5 - bottom, 0);
      return faded(Math.hypot(across, down), fade);
    },
  };
}

/** Through the corners of the box, so that the whole box lies inside. */
function ellipse(frame: Bounds, fade: number, picture: Size): Area {
  const radius = radiusIn(frame, Math.SQRT1_2);
  const [a, b] = [(frame.right - frame.left) * Math.SQRT1_2, (frame.bottom - frame.top) * Math.SQRT1_2];
  const [middleX, middleY] = middleOf(frame);
  const outer = { left: middleX - a, top: middleY - b, right: middleX + a, bottom: middleY + b };
  return {
    frame: outer,
    bounds: clip(outer, picture),
    reach: clip(grown(outer, fade), picture),
    covers: (x, y) => radius(x, y) <= 1,
    edge: (x, y) => {
      const r = radius(x, y);
      // How far out the pixel lies, on the line from the middle.
      const out = Math.hypot(x + 0.5 - middleX, y + 0.5 - middleY) * (1 - 1 / r);
      return faded(out, fade);
    },
  };
}

/** The area that covers all of a picture but these boxes. What stays bare lies wholly inside the boxes. */
export function areaAround(outlines: readonly Outline[], picture: Size): Area {
  const holes = outlines.flatMap((outline) => holeOf(outline, picture));
  const whole = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  return {
    frame: whole,
    bounds: whole,
    reach: whole,
    covers: (x, y) => !holes.some((hole) => hole.inside(x, y)),
    // A pixel deep in one hole is bare, even where another one ends.
    edge: (x, y) => Math.min(...holes.map((hole) => (hole.inside(x, y) ? hole.edge(x, y) : 1))),
  };
}

interface Hole {
  inside(x: number, y: number): boolean;
  edge(x: number, y: number): number;
}

function holeOf(outline: Outline, picture: Size): Hole[] {
  const { x0, y0, x1, y1 } = expanded(outline);
  const frame = { left: Math.ceil(x0), top: Math.ceil(y0), right: Math.floor(x1), bottom: Math.floor(y1) };
  if (frame.right <= frame.left || frame.bottom <= frame.top) return [];
  const fade = fadeWidth(outline, frame);
  return [outline.shape === 'ellipse' ? ellipseHole(frame, fade) : rectangleHole(frame, fade, picture)];
}

function rectangleHole({ left, top, right, bottom }: Bounds, fade: number, picture: Size): Hole {
  // Nothing is covered beyond the picture, so nothing fades in from there.
  const from = [left <= 0 ? -Infinity : left, top <= 0 ? -Infinity : top] as const;
  const to = [
    right >= picture.width ? Infinity : right,
    bottom >= picture.height ? Infinity : bottom,
  ] as const;
  return {
    inside: (x, y) => x >= left && x < right && y >= top && y < bottom,
    edge: (x, y) =>
      faded(Math.min(x + 0.5 - from[0], to[0] - (x + 0.5), y + 0.5 - from[1], to[1] - (y + 0.5)), fade),
  };
}

function ellipseHole(frame: Bounds, fade: number): Hole {
  const radius = radiusIn(frame, 0.5);
  const shorter = Math.min(frame.right - frame.left, frame.bottom - frame.top) / 2;
  return {
    inside: (x, y) => radius(x, y) < 1,
    edge: (x, y) => faded((1 - radius(x, y)) * shorter, fade),
  };
}

/** How far out a pixel lies, 1 on the ellipse whose half axes are `share` of the frame's sides. */
function radiusIn(frame: Bounds, share: number): (x: number, y: number) => number {
  const [middleX, middleY] = middleOf(frame);
  const [a, b] = [(frame.right - frame.left) * share, (frame.bottom - frame.top) * share];
  return (x, y) => Math.hypot((x + 0.5 - middleX) / a, (y + 0.5 - middleY) / b);
}

const middleOf = (frame: Bounds): [number, number] => [
  (frame.left + frame.right) / 2,
  (frame.top + frame.bottom) / 2,
];

const grown = ({ left, top, right, bottom }: Bounds, by: number): Bounds => ({
  left: left - by,
  top: top - by,
  right: right + by,
  bottom: bottom + by,
});

/** From 1 at a distance of 0 to 0 at `width`, gently at both ends. */
function faded(distance: number, width: number): number {
  if (distance >= width) return 0;
  const share = 1 - distance / width;
  return share * share * (3 - 2 * share);
}
