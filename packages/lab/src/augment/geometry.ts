/** Where each pixel of an augmented picture comes from: all steps as one way back, from the result to the picture as it entered. */
import { cosineOf, sineOf } from './maths.ts';
import { about, type Matrix, ontoRectangle, type Point, product } from './projective.ts';
import type { GeometryStep, Shift, SkewDirection } from './step.ts';

/** Size in pixels. Pixels are squares of side 1: the middle of the first is at a half. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** A grid of cells, each of which goes to a quadrangle; the cells of the last column and row take what is left over. */
export interface Mesh {
  readonly columns: number;
  readonly rows: number;
  /** Width of all cells but the last. */
  readonly cellWidth: number;
  /** Height of all cells but the last. */
  readonly cellHeight: number;
  /** Four points a cell, row by row: `p + q u + r v + s u v`, where u and v are the pixels from the cell's corner. */
  readonly patches: Float64Array;
}

/** A part of the way: points of what comes out to points of what goes in. */
export type Stage = { readonly matrix: Matrix } | { readonly mesh: Mesh };

/**
 * The way back through steps that were done one after the other. Each goes from the frame into the frame, so that together they do
 * too.
 *
 * @returns What to do with a point of the result, in that order; neighbours that are matrices are one.
 */
export function wayBack(steps: readonly GeometryStep[], frame: Frame): Stage[] {
  const stages: Stage[] = [];
  for (const step of steps.toReversed()) {
    const stage = stageOf(step, frame);
    const last = stages.at(-1);
    if ('matrix' in stage && last && 'matrix' in last) {
      stages[stages.length - 1] = { matrix: product(stage.matrix, last.matrix) };
    } else stages.push(stage);
  }
  return stages;
}

function stageOf(step: GeometryStep, frame: Frame): Stage {
  switch (step.type) {
    case 'rotate':
      return { matrix: turned(step.degrees, frame, largestInside(step.degrees, frame)) };
    case 'zoom':
      return { matrix: enlarged(step.factor, frame) };
    case 'distort':
      return { mesh: meshOf(step.columns, step.rows, step.shifts, frame) };
    case 'skew':
      return { matrix: skewed(step.direction, step.pixels, frame) };
    case 'flip':
      return {
        matrix:
          step.axis === 'horizontal'
            ? [-1, 0, frame.width, 0, 1, 0, 0, 0, 1]
            : [1, 0, 0, 0, -1, frame.height, 0, 0, 1],
      };
    case 'crop': {
      const { share, left, top } = step;
      const rest = 1 - share;
      return {
        matrix: [share, 0, left * rest * frame.width, 0, share, top * rest * frame.height, 0, 0, 1],
      };
    }
  }
}

const middleOf = ({ width, height }: Frame): Point => [width / 2, height / 2];

/** As in Augmentor the enlarged picture has whole pixels, and what is cut from its middle begins at one. */
function enlarged(factor: number, { width, height }: Frame): Matrix {
  const [wide, high] = [halfToEven(width * factor), halfToEven(height * factor)];
  const [left, top] = [Math.floor((wide - width) / 2), Math.floor((high - height) / 2)];
  const [across, down] = [width / wide, height / high];
  return [across, 0, left * across, 0, down, top * down, 0, 0, 1];
}

/** The nearest whole number, of two the even one: how Python rounds. */
function halfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The turn about the middle, counter-clockwise to the eye, of what is scaled so. */
export function turned(degrees: number, frame: Frame, scale: number): Matrix {
  const [cosine, sine] = [cosineOf(degrees) * scale, sineOf(degrees) * scale];
  return about(middleOf(frame), cosine, -sine, sine, cosine);
}

/**
 * How large the largest rectangle of the frame's shape is that lies in the frame and is turned by the angle, as a share of it. Its
 * corners are `(w cos + h sin) / 2` across and `(w sin + h cos) / 2` down from the middle.
 */
export function largestInside(degrees: number, { width, height }: Frame): number {
  const [cosine, sine] = [Math.abs(cosineOf(degrees)), Math.abs(sineOf(degrees))];
  return Math.min(1, width / (width * cosine + height * sine), height / (width * sine + height * cosine));
}

/** Corners in the order of a quadrangle's points. */
const [NW, NE, SE, SW] = [0, 1, 2, 3] as const;

/** Which corners move, and which way across and down. */
const SKEWS: Readonly<
  Record<SkewDirection, readonly (readonly [corner: 0 | 1 | 2 | 3, across: number, down: number])[]>
> = {
  left: [
    [NW, 0, -1],
    [SW, 0, 1],
  ],
  right: [
    [NE, 0, -1],
    [SE, 0, 1],
  ],
  top: [
    [NW, -1, 0],
    [NE, 1, 0],
  ],
  bottom: [
    [SE, 1, 0],
    [SW, -1, 0],
  ],
  'top-left-across': [[NW, -1, 0]],
  'top-left-down': [[NW, 0, -1]],
  'top-right-across': [[NE, 1, 0]],
  'top-right-down': [[NE, 0, -1]],
  'bottom-right-across': [[SE, 1, 0]],
  'bottom-right-down': [[SE, 0, 1]],
  'bottom-left-across': [[SW, -1, 0]],
  'bottom-left-down': [[SW, 0, 1]],
};

/** Moves a side or a corner outwards; the rectangle is what of it stays in sight. */
function skewed(direction: SkewDirection, by: number, { width, height }: Frame): Matrix {
  const corners: [Point, Point, Point, Point] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ];
  for (const [corner, across, down] of SKEWS[direction]) {
    const [x, y] = corners[corner];
    corners[corner] = [x + across * by, y + down * by];
  }
  return ontoRectangle(corners, width, height);
}

/** As in Augmentor, cells are of whole pixels, and each inner corner is looked for where it was moved to. */
function meshOf(columns: number, rows: number, shifts: readonly Shift[], { width, height }: Frame): Mesh {
  const [cellWidth, cellHeight] = [Math.floor(width / columns), Math.floor(height / rows)];
  const xOf = (column: number): number => (column === columns ? width : column * cellWidth);
  const yOf = (row: number): number => (row === rows ? height : row * cellHeight);
  /** Where a corner of the grid comes from; those of the edge stay, and none leaves the picture. */
  const cornerOf = (column: number, row: number): Point => {
    const [x, y] = [xOf(column), yOf(row)];
    if (column === 0 || column === columns || row === 0 || row === rows) return [x, y];
    const [dx, dy] = shifts[(row - 1) * (columns - 1) + column - 1]!;
    return [Math.min(width, Math.max(0, x + dx)), Math.min(height, Math.max(0, y + dy))];
  };
  const patches = new Float64Array(columns * rows * 8);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [w, h] = [xOf(column + 1) - xOf(column), yOf(row + 1) - yOf(row)];
      const [nw, ne] = [cornerOf(column, row), cornerOf(column + 1, row)];
      const [sw, se] = [cornerOf(column, row + 1), cornerOf(column + 1, row + 1)];
      for (const axis of [0, 1] as const) {
        const across = ne[axis] - nw[axis];
        const down = sw[axis] - nw[axis];
        const both = se[axis] - sw[axis] - across;
        const at = (row * columns + column) * 8 + axis;
        for (const [place, value] of [nw[axis], across / w, down / h, both / (w * h)].entries()) {
          patches[at + place * 2] = value;
        }
      }
    }
  }
  return { columns, rows, cellWidth, cellHeight, patches };
}
