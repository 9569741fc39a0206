/** What weights are before they have learned: zeros, ones, Glorot, He. All the same on every platform. */
import type { RandomStream } from './random.ts';

/** How many numbers flow into and out of each place of a layer. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/**
 * Makes the first values of a parameter.
 *
 * @param count How many.
 * @param fans Of the layer.
 * @param random The parameter's own random numbers.
 */
export type Initialiser = (count: number, fans: Fans, random: RandomStream) => Float32Array;

/** All 0. */
export const zeros: Initialiser = (count) => new Float32Array(count);

/** All 1. */
export const ones: Initialiser = (count) => new Float32Array(count).fill(1);

/**
 * Uniform between plus and minus `sqrt(6 / (in + out))`. Keras's default for kernels.
 * Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
 */
export const glorotUniform: Initialiser = (count, fans, random) =>
  uniform(count, Math.sqrt(6 / (fans.in + fans.out)), random);

/**
 * Uniform between plus and minus `sqrt(6 / in)`, for what a ReLU follows.
 * He et al., "Delving Deep into Rectifiers" (2015).
 */
export const heUniform: Initialiser = (count, fans, random) => uniform(count, Math.sqrt(6 / fans.in), random);

/** The standard deviation of the normal distribution that is left between -2 and 2. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

/**
 * Normal with a standard deviation of `sqrt(2 / in)`, cut off where Keras does: at two deviations of the uncut
 * distribution. He et al., "Delving Deep into Rectifiers" (2015).
 */
export const heNormal: Initialiser = (count, fans, random) => {
  const deviation = Math.sqrt(2 / fans.in) / TRUNCATED_DEVIATION;
  return filled(count, () => deviation * random.truncatedNormal());
};

function uniform(count: number, limit: number, random: RandomStream): Float32Array {
  return filled(count, () => limit * (2 * random.uniform() - 1));
}

/** A loop, since `Float32Array.from` takes twice as long and Xception has 20 million of these. */
function filled(count: number, next: () => number): Float32Array {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = next();
  return values;
}
