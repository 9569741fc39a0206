/** Temperature scaling: the one number that makes a model's probabilities as sure as they may be (Guo et al. 2017). */

/** Probabilities and answers of the pictures that a temperature is fitted on. */
export interface Fitted {
  /** `[N, classes]` */
  readonly scores: ArrayLike<number>;
  /** `[N]`: places of the true classes. */
  readonly truth: ArrayLike<number>;
  readonly classes: number;
}

/** Less than float32 probabilities tell apart, as in `figleaf`, which applies the temperature. */
const LEAST = 1e-7;

/** The logarithms of temperatures among which it is looked for. */
const RANGE = [Math.log(0.05), Math.log(20)] as const;

/** How near the logarithm is found. */
const TOLERANCE = 1e-10;

/**
 * The temperature T that makes the log loss of `softmax(log(p) / T)` least, from 0.05 to 20. Above 1 the model was too sure. The order of
 * the classes stays what it was.
 *
 * @example
 * ```ts
 * const temperature = fitTemperature({ scores, truth, classes: 3 });
 * ```
 */
export function fitTemperature(fitted: Fitted): number {
  const logits = Float64Array.from(fitted.scores, (p) => Math.log(Math.max(p, LEAST)));
  // The loss is convex in 1 / T, so its slope changes its sign once.
  let [low, high] = RANGE as readonly [number, number];
  while (high - low > TOLERANCE) {
    const middle = (low + high) / 2;
    if (slope(logits, fitted, Math.exp(-middle)) > 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** Of the summed loss by `1 / T`, turned around: above 0 where a higher temperature lowers the loss. */
function slope(logits: Float64Array, { truth, classes }: Fitted, inverse: number): number {
  let sum = 0;
  for (let index = 0; index < truth.length; index++) {
    const from = index * classes;
    let most = -Infinity;
    for (let label = 0; label < classes; label++) most = Math.max(most, logits[from + label]!);
    let [total, mean] = [0, 0];
    for (let label = 0; label < classes; label++) {
      const power = Math.exp((logits[from + label]! - most) * inverse);
      total += power;
      mean += power * logits[from + label]!;
    }
    sum += mean / total - logits[from + truth[index]!]!;
  }
  return sum;
}
