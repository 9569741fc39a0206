/** Projective maps of the plane: 3 x 3 matrices, the last number 1 or scaled by the others. */

/** Row by row; a point `(x, y)` goes to `((a x + b y + c) / (g x + h y + i), (d x + e y + f) / (g x + h y + i))`. */
export type Matrix = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number,
];

/** A point in the plane. */
export type Point = readonly [x: number, y: number];

/** The matrix of the map that does `second` after `first`. */
export function product(second: Matrix, first: Matrix): Matrix {
  const cell = (row: number, column: number): number =>
    second[row * 3]! * first[column]! +
    second[row * 3 + 1]! * first[column + 3]! +
    second[row * 3 + 2]! * first[column + 6]!;
  return [
    ...[cell(0, 0), cell(0, 1), cell(0, 2)],
    ...[cell(1, 0), cell(1, 1), cell(1, 2)],
    ...[cell(2, 0), cell(2, 1), cell(2, 2)],
  ] as unknown as Matrix;
}

/** A linear map about a point that stays where it is. */
export function about([x, y]: Point, a: number, b: number, d: number, e: number): Matrix {
  return [a, b, x - a * x - b * y, d, e, y - d * x - e * y, 0, 0, 1];
}

/**
 * The map from four points to the corners of a rectangle, all clockwise from the top left. Heckbert, "Fundamentals of Texture Mapping and Image Warping"
 * (1989), section 2.2.3, has the map from a square, whose inverse this is.
 */
export function ontoRectangle(
  corners: readonly [Point, Point, Point, Point],
  width: number,
  height: number,
): Matrix {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const [dx1, dx2, sx] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, sy] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / whole;
  const h = (dx1 * sy - sx * dy1) / whole;
  const [a, b, c] = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0];
  const [d, e, f] = [y1 - y0 + g * y1, y3 - y0 + h * y3, y0];
  // The adjugate is the inverse but for a factor, which a projective map does not have.
  return [
    (e - f * h) * width,
    (c * h - b) * width,
    (b * f - c * e) * width,
    (f * g - d) * height,
    (a - c * g) * height,
    (c * d - a * f) * height,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}
