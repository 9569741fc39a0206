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
  /** The pixels of a row within the bounds that are covered in full, from left to right. */
  covered(y: number): readonly Span[];
  /** Writes how much of the cover each pixel of a row gets, 0 to 1, at its x; those covered in full get any number. */
  fade(y: number, weights: Float64Array): void;
}

/** Pixels of a row: from `from` up to but without `to`, none where that is not further right. */
export interface Span {
  readonly from: number;
  readonly to: number;
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
  const shape = outline.shape === 'ellipse' ? ellipse : rectangle;
  const area = shape(frame, fade, picture);
  // From wholly beside the picture no soft edge reaches in: it would be of no colour.
  return isEmpty(area.bounds) ? NOTHING : area;
}

const isEmpty = ({ left, top, right, bottom }: Bounds): boolean => right <= left || bottom <= top;

const NO_BOUNDS: Bounds = { left: 0, top: 0, right: 0, bottom: 0 };
const NOTHING: Area = {
  frame: NO_BOUNDS,
  bounds: NO_BOUNDS,
  reach: NO_BOUNDS,
  covered: () => [],
  fade: () => {},
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
  const bounds = clip(frame, picture);
  const reach = clip(grown(frame, fade), picture);
  const fadeOver = (y: number, { from, to }: Span, weights: Float64Array): void => {
    const down = Math.max(top - (y + 0.5), y + 0.5 - bottom, 0);
    for (let x = from; x < to; x++) {
      const across = Math.max(left - (x + 0.5), x + 0.5 - right, 0);
      weights[x] = faded(Math.sqrt(across * across + down * down), fade);
    }
  };
  return {
    frame,
    bounds,
    reach,
    covered: (y) => [rowOf(bounds, y)],
    fade: (y, weights) => {
      const { from, to } = rowOf(bounds, y);
      fadeOver(y, { from: reach.left, to: from }, weights);
      fadeOver(y, { from: to, to: reach.right }, weights);
    },
  };
}

/** Through the corners of the box, so that the whole box lies inside. */
function ellipse(frame: Bounds, fade: number, picture: Size): Area {
  const oval = ovalIn(frame, Math.SQRT1_2);
  const { middleX, middleY, a, b } = oval;
  const outer = { left: middleX - a, top: middleY - b, right: middleX + a, bottom: middleY + b };
  const bounds = clip(outer, picture);
  const reach = clip(grown(outer, fade), picture);
  const covered = (y: number): Span => rowInside(oval, bounds, y, (radius) => radius <= 1);
  const fadeOver = (y: number, { from, to }: Span, weights: Float64Array): void => {
    const down = y + 0.5 - middleY;
    for (let x = from; x < to; x++) {
      const across = x + 0.5 - middleX;
      const r = Math.sqrt((across / a) ** 2 + (down / b) ** 2);
      // How far out the pixel lies, on the line from the middle.
      weights[x] = faded(Math.sqrt(across * across + down * down) * (1 - 1 / r), fade);
    }
  };
  return {
    frame: outer,
    bounds,
    reach,
    covered: (y) => [covered(y)],
    fade: (y, weights) => {
      if (fade === 0) return void weights.fill(0);
      const { from, to } = covered(y);
      fadeOver(y, { from: reach.left, to: from }, weights);
      fadeOver(y, { from: to, to: reach.right }, weights);
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
    covered: (y) =>
      gapsBetween(
        holes.map((hole) => hole.bare(y)),
        picture.width,
      ),
    // A pixel deep in one hole is bare, even where another one ends.
    fade: (y, weights) => {
      weights.fill(1);
      for (const hole of holes) hole.fade(y, weights);
    },
  };
}

/** What spans leave of a row. */
function gapsBetween(spans: readonly Span[], width: number): Span[] {
  const filled = spans.filter(({ from, to }) => to > from).toSorted((one, other) => one.from - other.from);
  const gaps: Span[] = [];
  let end = 0;
  for (const { from, to } of filled) {
    gaps.push({ from: end, to: from });
    end = Math.max(end, to);
  }
  return [...gaps, { from: end, to: width }];
}

interface Hole {
  /** The pixels of a row that it does not leave covered in full. */
  bare(y: number): Span;
  /** Lowers the weights of its pixels in a row to what its soft edge leaves of the cover. */
  fade(y: number, weights: Float64Array): void;
}

function holeOf(outline: Outline, picture: Size): Hole[] {
  const { x0, y0, x1, y1 } = expanded(outline);
  const frame = { left: Math.ceil(x0), top: Math.ceil(y0), right: Math.floor(x1), bottom: Math.floor(y1) };
  if (frame.right <= frame.left || frame.bottom <= frame.top) return [];
  const fade = fadeWidth(outline, frame);
  const hole = outline.shape === 'ellipse' ? ellipseHole : rectangleHole;
  return [hole(frame, fade, picture)];
}

function rectangleHole(frame: Bounds, fade: number, picture: Size): Hole {
  const bounds = clip(frame, picture);
  // Nothing is covered beyond the picture, so nothing fades in from there.
  const left = frame.left <= 0 ? -Infinity : frame.left;
  const top = frame.top <= 0 ? -Infinity : frame.top;
  const right = frame.right >= picture.width ? Infinity : frame.right;
  const bottom = frame.bottom >= picture.height ? Infinity : frame.bottom;
  return {
    bare: (y) => rowOf(bounds, y),
    fade: (y, weights) => {
      const { from, to } = rowOf(bounds, y);
      const down = Math.min(y + 0.5 - top, bottom - (y + 0.5));
      for (let x = from; x < to; x++) {
        const depth = Math.min(x + 0.5 - left, right - (x + 0.5), down);
        weights[x] = Math.min(weights[x]!, faded(depth, fade));
      }
    },
  };
}

function ellipseHole(frame: Bounds, fade: number, picture: Size): Hole {
  const oval = ovalIn(frame, 0.5);
  const { middleX, middleY, a, b } = oval;
  const shorter = Math.min(a, b);
  const bounds = clip(frame, picture);
  const bare = (y: number): Span => rowInside(oval, bounds, y, (radius) => radius < 1);
  return {
    bare,
    fade: (y, weights) => {
      const { from, to } = bare(y);
      const down = (y + 0.5 - middleY) / b;
      for (let x = from; x < to; x++) {
        const across = (x + 0.5 - middleX) / a;
        const depth = (1 - Math.sqrt(across * across + down * down)) * shorter;
        weights[x] = Math.min(weights[x]!, faded(depth, fade));
      }
    },
  };
}

/** The part of a row that lies in a rectangle. */
const rowOf = ({ left, top, right, bottom }: Bounds, y: number): Span => ({
  from: left,
  to: y >= top && y < bottom ? right : left,
});

/** An ellipse: its middle and its half axes. */
interface Oval {
  readonly middleX: number;
  readonly middleY: number;
  readonly a: number;
  readonly b: number;
}

/** In the middle of a frame; the half axes are `share` of its sides. */
const ovalIn = ({ left, top, right, bottom }: Bounds, share: number): Oval => ({
  middleX: (left + right) / 2,
  middleY: (top + bottom) / 2,
  a: (right - left) * share,
  b: (bottom - top) * share,
});

/** The part of a row within bounds whose pixels are `inside` by how far out they lie, which is 1 on the ellipse. */
function rowInside(
  { middleX, middleY, a, b }: Oval,
  bounds: Bounds,
  y: number,
  inside: (radius: number) => boolean,
): Span {
  const { from: left, to: right } = rowOf(bounds, y);
  const down = (y + 0.5 - middleY) / b;
  const isInside = (x: number): boolean => inside(Math.hypot((x + 0.5 - middleX) / a, down));
  // Solved for x, which is right but for rounding; the pixels about the ends decide.
  const half = a * Math.sqrt(Math.max(0, 1 - down * down));
  let from = Math.min(right, Math.max(left, Math.ceil(middleX - half - 0.5)));
  let to = Math.min(right, Math.max(from, Math.floor(middleX + half + 0.5)));
  while (from > left && isInside(from - 1)) from--;
  while (from < to && !isInside(from)) from++;
  while (to < right && isInside(to)) to++;
  while (to > from && !isInside(to - 1)) to--;
  return { from, to };
}

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
