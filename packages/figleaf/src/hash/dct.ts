/** The part of the discrete cosine transform that PDQ looks at: the 16 lowest frequencies but the constant one, in both directions. */

/** Width and height of what is transformed. */
const SIZE = 64;
const HALF = SIZE / 2;
/** Frequencies in each direction: 1 to 16. */
export const FREQUENCIES = 16;

const COSINES = cosines();

/** `[FREQUENCIES, HALF]`: row `k - 1` is the first half of the cosine that goes through k half periods. */
function cosines(): Float64Array {
  return Float64Array.from({ length: FREQUENCIES * HALF }, (_, index) => {
    const frequency = Math.floor(index / HALF) + 1;
    const at = (index % HALF) + 0.5;
    return Math.fround(Math.sqrt(2 / SIZE) * Math.cos((Math.PI / SIZE) * frequency * at));
  });
}

/**
 * Transforms a picture of 64 x 64 values.
 *
 * @returns `[16, 16]`: the coefficients of the frequencies 1 to 16, down by across.
 */
export function dct(values: Float32Array): Float32Array {
  return transformColumns(transformColumns(values, SIZE), FREQUENCIES);
}

/**
 * `[64, columns]` to `[columns, 16]`: each column's coefficients. As the axes change places, twice transforms both. Cosines of odd frequencies change their
 * sign in the middle and those of even ones do not, so that half of the products will do.
 */
function transformColumns(values: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(columns * FREQUENCIES);
  const [sums, differences] = [new Float64Array(HALF), new Float64Array(HALF)];
  for (let column = 0; column < columns; column++) {
    for (let at = 0; at < HALF; at++) {
      const one = values[at * columns + column]!;
      const other = values[(SIZE - 1 - at) * columns + column]!;
      sums[at] = one + other;
      differences[at] = one - other;
    }
    // The first row is frequency 1.
    fourSums(differences, 0, out, column * FREQUENCIES);
    fourSums(differences, 8, out, column * FREQUENCIES);
    fourSums(sums, 1, out, column * FREQUENCIES);
    fourSums(sums, 9, out, column * FREQUENCIES);
  }
  return out;
}

/** Those of every second frequency: four at a time, so that none waits for the sum before. */
function fourSums(folded: Float64Array, first: number, out: Float32Array, to: number): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0, row = first * HALF; at < HALF; at++, row++) {
    const value = folded[at]!;
    a += COSINES[row]! * value;
    b += COSINES[row + 2 * HALF]! * value;
    c += COSINES[row + 4 * HALF]! * value;
    d += COSINES[row + 6 * HALF]! * value;
  }
  out[to + first] = a;
  out[to + first + 2] = b;
  out[to + first + 4] = c;
  out[to + first + 6] = d;
}
