/** How far probabilities can be taken at their word: reliability, calibration error, log loss, Brier score. */

/** Pictures whose probability lies in one tenth, say, of the range. */
export interface ReliabilityBin {
  /** The bin holds what is above this (0 belongs to the first) ... */
  readonly from: number;
  /** ... and at most this. */
  readonly to: number;
  readonly count: number;
  /** Mean of the probabilities; null of none. */
  readonly confidence: number | null;
  /** Share that came true; null of none. */
  readonly share: number | null;
}

/** The number of bins that is used unless another is named. */
export const BINS = 15;

/**
 * What came true of what was said with a probability, in bins of equal width.
 *
 * @param probabilities `[N]`: how likely each was said to be, 0 to 1.
 * @param cameTrue `[N]`: whether it was so.
 * @param bins How many; default 15.
 *
 * @example
 * ```ts
 * const bins = reliability(scores, isNude);
 * console.log(calibrationError(bins));
 * ```
 */
export function reliability(
  probabilities: ArrayLike<number>,
  cameTrue: ArrayLike<boolean | number>,
  bins = BINS,
): ReliabilityBin[] {
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const hits = new Float64Array(bins);
  for (let index = 0; index < probabilities.length; index++) {
    const p = probabilities[index]!;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1));
    counts[bin]! += 1;
    sums[bin]! += p;
    hits[bin]! += cameTrue[index] ? 1 : 0;
  }
  return Array.from(counts, (count, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    count,
    confidence: count === 0 ? null : sums[bin]! / count,
    share: count === 0 ? null : hits[bin]! / count,
  }));
}

/**
 * The expected calibration error: the mean distance of confidence and what came true, over all pictures; null of none.
 *
 * @example
 * ```ts
 * calibrationError(reliability([0.9, 0.9], [1, 0])); // 0.4
 * ```
 */
export function calibrationError(bins: readonly ReliabilityBin[]): number | null {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return null;
  const distance = bins.reduce(
    (sum, { count, confidence, share }) => (count === 0 ? sum : sum + count * Math.abs(confidence! - share!)),
    0,
  );
  return distance / all;
}

/** What scikit-learn keeps probabilities from 0 and 1 by. */
const EPSILON = Number.EPSILON;

/**
 * The mean of `-log(p)` of what was true; null of no pictures.
 *
 * @param ofTruth `[N]`: the probability of each picture's true class. Kept from 0 and 1 by 2^-52, as in scikit-learn.
 *
 * @example
 * ```ts
 * logLoss([0.9, 0.5]); // 0.399
 * ```
 */
export function logLoss(ofTruth: ArrayLike<number>): number | null {
  if (ofTruth.length === 0) return null;
  let sum = 0;
  for (let index = 0; index < ofTruth.length; index++) {
    sum -= Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, ofTruth[index]!)));
  }
  return sum / ofTruth.length;
}

/**
 * The mean square of what probabilities are off by, summed over the classes; with two classes half of that, so that it is from 0 to 1.
 * Null of no pictures.
 *
 * @param truth `[N]`: places of the true classes.
 * @param scores `[N, classes]`
 *
 * @example
 * ```ts
 * brierScore([0, 1], [0.9, 0.1, 0.5, 0.5], 2); // 0.13
 * ```
 */
export function brierScore(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
  classes: number,
): number | null {
  if (truth.length === 0) return null;
  let sum = 0;
  for (let index = 0; index < truth.length; index++) {
    for (let label = 0; label < classes; label++) {
      const off = scores[index * classes + label]! - (truth[index] === label ? 1 : 0);
      sum += off * off;
    }
  }
  return sum / truth.length / (classes === 2 ? 2 : 1);
}
