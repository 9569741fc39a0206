/** By what a JPEG divides its frequencies: the tables of the standard's Annex K, scaled by quality as libjpeg does it. */

/** `[8, 8]`, the lowest frequencies first, across and down. */
const LUMINANCE = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

/** The same for colour. */
const CHROMINANCE = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number[]>(4).fill(new Array<number>(8).fill(99)),
].flat();

/** The quantisers of brightness at a quality of 1 to 100: `[8, 8]`, row by row. */
export function luminanceSteps(quality: number): number[] {
  return LUMINANCE.map((base) => scaled(base, quality));
}

/** The quantisers of colour at a quality of 1 to 100: `[8, 8]`, row by row. */
export function chrominanceSteps(quality: number): number[] {
  return CHROMINANCE.map((base) => scaled(base, quality));
}

function scaled(base: number, quality: number): number {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Math.min(255, Math.max(1, Math.floor((base * percent + 50) / 100)));
}

/** Places of a block, row by row, in the order of files: diagonal by diagonal, up and down in turns. */
const ZIGZAG = Array.from({ length: 64 }, (_, place) => place).sort((a, b) => {
  const [diagonal, other] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  return diagonal - other || (diagonal % 2 === 0 ? b - a : a - b);
});

/** A table row by row, in the order that files have it in. */
export function inZigzag(table: readonly number[]): number[] {
  return ZIGZAG.map((place) => table[place]!);
}
