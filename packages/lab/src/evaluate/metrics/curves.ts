/** Receiver operating characteristic, precision over recall, and the areas below them, as scikit-learn defines them. */
import { countsOf, type Ranking } from './ranking.ts';

/** A point of {@link rocCurve}. */
export interface RocPoint {
  /** Null at the first point, where nothing is called positive. */
  readonly threshold: number | null;
  /** Share of the pictures of other classes that are called positive, 0 to 1. */
  readonly falsePositiveRate: number;
  /** Share of the pictures of the class that are called so: the recall, 0 to 1. */
  readonly truePositiveRate: number;
}

/** A point of {@link precisionRecallCurve}. */
export interface PrecisionRecallPoint {
  /** Null at the first point, where nothing is called positive. */
  readonly threshold: number | null;
  /** Share of those called positive that are, 0 to 1; 1 where nothing is called so. */
  readonly precision: number;
  readonly recall: number;
}

/** Areas below the curves of a class; null where one of the sides is empty, so that there is no such curve. */
export interface Areas {
  /** Below the ROC curve, by trapezoids: how likely a picture of the class scores above another one. */
  readonly rocAuc: number | null;
  /** `sum((recall[i] - recall[i-1]) * precision[i])`. */
  readonly averagePrecision: number | null;
}

/**
 * The ROC curve, from the highest threshold to the lowest; scikit-learn's `roc_curve` with `drop_intermediate=False`.
 *
 * @returns Null where a side is empty.
 *
 * @example
 * ```ts
 * const points = rocCurve(rank([1, 0, 1], [0.9, 0.4, 0.6]));
 * console.log(points?.map(({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate]));
 * ```
 */
export function rocCurve(ranking: Ranking): RocPoint[] | null {
  const { positives, negatives, thresholds } = ranking;
  if (positives === 0 || negatives === 0) return null;
  const points = countsOf(ranking).map(({ truePositives, falsePositives }, index) => ({
    threshold: thresholds[index]!,
    falsePositiveRate: falsePositives / negatives,
    truePositiveRate: truePositives / positives,
  }));
  return [{ threshold: null, falsePositiveRate: 0, truePositiveRate: 0 }, ...points];
}

/**
 * Precision over recall, from the highest threshold to the lowest: scikit-learn's `precision_recall_curve` from its end to its beginning.
 *
 * @returns Null where no picture is of the class.
 *
 * @example
 * ```ts
 * const points = precisionRecallCurve(rank([1, 0, 1], [0.9, 0.4, 0.6]));
 * ```
 */
export function precisionRecallCurve(ranking: Ranking): PrecisionRecallPoint[] | null {
  const { positives, thresholds } = ranking;
  if (positives === 0) return null;
  const points = countsOf(ranking).map(({ truePositives, falsePositives }, index) => ({
    threshold: thresholds[index]!,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / positives,
  }));
  return [{ threshold: null, precision: 1, recall: 0 }, ...points];
}

/**
 * The area below a curve by trapezoids.
 *
 * @param points `[x, y]`, with x rising.
 */
export function trapezoidArea(points: readonly (readonly [number, number])[]): number {
  let area = 0;
  for (const [index, [x, y]] of points.entries()) {
    const [before, height] = points[index - 1] ?? [x, y];
    area += ((x - before) * (y + height)) / 2;
  }
  return area;
}

/**
 * Both areas in one walk.
 *
 * @param weights `[N]`: how often each picture counts, such as in a resample. Default once.
 *
 * @example
 * ```ts
 * const { rocAuc, averagePrecision } = areasOf(rank(isNude, scores));
 * ```
 */
export function areasOf(ranking: Ranking, weights?: ArrayLike<number>): Areas {
  const { order, isPositive, ends } = ranking;
  let [truePositives, falsePositives, from] = [0, 0, 0];
  let [roc, precision] = [0, 0];
  for (const end of ends) {
    const [trueBefore, falseBefore] = [truePositives, falsePositives];
    for (; from < end; from++) {
      const weight = weights ? weights[order[from]!]! : 1;
      if (isPositive[from]) truePositives += weight;
      else falsePositives += weight;
    }
    roc += ((falsePositives - falseBefore) * (truePositives + trueBefore)) / 2;
    if (truePositives > trueBefore) {
      precision += (truePositives - trueBefore) * (truePositives / (truePositives + falsePositives));
    }
  }
  const hasBoth = truePositives > 0 && falsePositives > 0;
  return {
    rocAuc: hasBoth ? roc / truePositives / falsePositives : null,
    averagePrecision: truePositives > 0 ? precision / truePositives : null,
  };
}
