/** The part of the discrete cosine transform that PDQ looks at: the 16 lowest frequencies but the constant one, in both directions. */

/** Width and height of what is transformed. */
const SIZE = 64;
const HALF = SIZE / 2;
/** Frequencies in each direction: 1 to 16. */
export const FREQUENCIES = 16;

const COSINES = cosines();

/** `[FREQUENCIES, SIZE]`: row `k - 1` is the cosine that goes through k half periods. */
function cosines(): Float32Array {
  return Float32Array.from({ length: FREQUENCIES * SIZE }, (_, index) => {
    const frequency = Math.floor(index / SIZE) + 1;
    const at = (index % SIZE) + 0.5;
    return Math.sqrt(2 / SIZE) * Math.cos((Math.PI / SIZE) * frequency * at);
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
      const [one, other] = [values[at * columns + column]!, values[(SIZE - 1 - at) * columns + column]!];
      sums[at] = one + other;
      differences[at] = one - other;
    }
    for (let frequency = 0; frequency < FREQUENCIES; frequency++) {
      // The first row is frequency 1.
      const folded = frequency % 2 === 0 ? differences : sums;
      let sum = 0;
      for (let at = 0; at < HALF; at++) sum += COSINES[frequency * SIZE + at]! * folded[at]!;
      out[column * FREQUENCIES + frequency] = sum;
    }
  }
  return out;
}
