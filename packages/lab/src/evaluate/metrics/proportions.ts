/** How far shares can be trusted that were counted on few pictures, and what they mean where hardly any picture is of the class. */

/** Bounds of what is probably true. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Quantile of the normal distribution that leaves 2.5 % above it. */
export const Z95 = 1.959963984540054;

/** The same for 1.25 %: two intervals of 97.5 % hold together at 95 %, at least. */
const Z97_5 = 2.241402727604945;

/**
 * Wilson's interval of a share; also of none or all of few, where others have no width. Null of nothing.
 *
 * @param z Quantile of the normal distribution; default that of 95 %.
 *
 * @example
 * ```ts
 * wilson(0, 50); // { low: 0, high: 0.071 }: none of 50 is not none
 * ```
 */
export function wilson(part: number, whole: number, z = Z95): Interval | null {
  if (whole === 0) return null;
  const share = part / whole;
  const square = (z * z) / whole;
  const middle = (share + square / 2) / (1 + square);
  const width = (z / (1 + square)) * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole));
  return { low: part === 0 ? 0 : middle - width, high: part === whole ? 1 : middle + width };
}

/** What was counted on pictures of the class and on others. */
export interface Detected {
  readonly truePositives: number;
  readonly positives: number;
  readonly falsePositives: number;
  readonly negatives: number;
}

/** Precision where a class is as rare as in real traffic. */
export interface PrevalencePrecision extends Interval {
  /** Share of the traffic that is of the class. */
  readonly prevalence: number;
  readonly precision: number;
}

/**
 * How many of those called positive are, where only `prevalence` of all are: `recall * pi / (recall * pi + fpr * (1 - pi))`. The interval
 * holds at 95 %: it is of the lowest recall with the highest false positive rate and the reverse, each by {@link wilson} at
 * 97.5 %. So a model without any false positive among few pictures gets no precision of 1 with certainty.
 *
 * @param prevalence Above 0 and below 1; 0.001 is one in a thousand.
 * @returns Null where a side is empty, or nothing is called positive.
 *
 * @example
 * ```ts
 * const { precision } = precisionAt(0.001, { truePositives: 95, positives: 100, falsePositives: 10, negatives: 1000 })!;
 * console.log(precision); // 0.087: of eleven alarms ten are false
 * ```
 */
export function precisionAt(prevalence: number, detected: Detected): PrevalencePrecision | null {
  const { truePositives, positives, falsePositives, negatives } = detected;
  if (positives === 0 || negatives === 0 || truePositives + falsePositives === 0) return null;
  const of = (recall: number, rate: number): number => {
    const found = recall * prevalence;
    const wrong = rate * (1 - prevalence);
    return found + wrong === 0 ? 0 : found / (found + wrong);
  };
  const recall = wilson(truePositives, positives, Z97_5)!;
  const rate = wilson(falsePositives, negatives, Z97_5)!;
  return {
    prevalence,
    precision: of(truePositives / positives, falsePositives / negatives),
    low: of(recall.low, rate.high),
    high: of(recall.high, rate.low),
  };
}
