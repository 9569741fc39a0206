/** What follows from calling a picture positive from a score on, and which score gives what one wishes for. */
import { figuresOf, shareOf } from './classes.ts';
import { type Counts, countsAt, countsOf, type Ranking } from './ranking.ts';

/**
 * What follows from a threshold. Shares are 0 to 1, and null where they would be of nothing. Without a picture of the class precision and F1
 * are null too: whatever is called so is wrong then.
 */
export interface ThresholdFigures extends Counts {
  readonly threshold: number;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Share of the pictures of other classes that are called positive. */
  readonly falsePositiveRate: number | null;
  readonly f1: number | null;
}

/** What a threshold is wished to give: at least that precision or recall, at most that false positive rate; 0 to 1. */
export interface Wish {
  readonly of: 'precision' | 'recall' | 'fpr';
  readonly value: number;
}

/**
 * What follows from calling a picture positive where its score is at least `threshold`.
 *
 * @example
 * ```ts
 * const { precision, recall } = figuresAt(rank(isNude, scores), 0.5);
 * ```
 */
export function figuresAt(ranking: Ranking, threshold: number): ThresholdFigures {
  return figuresFor(ranking, threshold, countsAt(ranking, threshold));
}

/** What follows from each of 99 thresholds: 0.01, 0.02, ..., 0.99. */
export function sweep(ranking: Ranking): ThresholdFigures[] {
  return Array.from({ length: 99 }, (_, index) => figuresAt(ranking, (index + 1) / 100));
}

/**
 * The threshold that gives what is wished for and loses least by it: of those with the precision, or within the false positive
 * rate, the one with the highest recall; of those with the recall, the highest. It lies between two scores that occur, on
 * a decimal as short as there is room for.
 *
 * The false positive rate is known without pictures of the class too. Then it is the lowest threshold within the rate, since that would
 * find most.
 *
 * It is chosen for these pictures. On others the same threshold gives more or less than that.
 *
 * @returns Null where no threshold gives that, or those that do find no picture of the class, though there are some.
 *
 * @example
 * ```ts
 * const found = recommendThreshold(rank(isNude, scores), { of: 'precision', value: 0.95 });
 * console.log(found?.threshold, found?.recall);
 * ```
 */
export function recommendThreshold(ranking: Ranking, wish: Wish): ThresholdFigures | null {
  if (ranking.positives === 0) return wish.of === 'fpr' ? lowestWithin(ranking, wish.value) : null;
  const { thresholds } = ranking;
  const all = countsOf(ranking).map((counts, index) => figuresFor(ranking, thresholds[index]!, counts));
  const fits = ({ precision, recall, falsePositiveRate, truePositives }: ThresholdFigures): boolean => {
    // What finds nothing gives false alarms alone, however few.
    if (truePositives === 0) return false;
    if (wish.of === 'precision') return precision !== null && precision >= wish.value;
    if (wish.of === 'recall') return recall !== null && recall >= wish.value;
    return falsePositiveRate !== null && falsePositiveRate <= wish.value;
  };
  const index = wish.of === 'recall' ? all.findIndex(fits) : bestOf(all, fits);
  if (index < 0) return null;
  const below = thresholds[index + 1] ?? 0;
  return { ...all[index]!, threshold: decimalBetween(Math.max(0, below), thresholds[index]!) };
}

/** The lowest threshold with at most that false positive rate, as short a decimal as there is room for; it may lie above all scores that occur. */
function lowestWithin(ranking: Ranking, rate: number): ThresholdFigures | null {
  const { thresholds, ends, negatives } = ranking;
  if (negatives === 0) return null;
  const within = ends.findLastIndex((end) => end / negatives <= rate);
  const below = Math.max(0, thresholds[within + 1] ?? 0);
  const above = thresholds[within] ?? 1;
  // Nothing scores above 1.
  if (within < 0 && below >= 1) return null;
  return figuresAt(ranking, decimalAbove(below, above));
}

/** Of those that fit, the one with most recall; of equals the highest threshold, since the others add false positives alone. */
function bestOf(all: readonly ThresholdFigures[], fits: (figures: ThresholdFigures) => boolean): number {
  let best = -1;
  for (const [index, figures] of all.entries()) {
    if (fits(figures) && (best < 0 || figures.recall! > all[best]!.recall!)) best = index;
  }
  return best;
}

function figuresFor(ranking: Ranking, threshold: number, counts: Counts): ThresholdFigures {
  const { positives, negatives } = ranking;
  const falsePositiveRate = shareOf(counts.falsePositives, negatives);
  if (positives === 0)
    return { threshold, precision: null, recall: null, falsePositiveRate, f1: null, ...counts };
  const { precision, recall, f1 } = figuresOf({
    ...counts,
    falseNegatives: positives - counts.truePositives,
  });
  return { threshold, precision, recall, falsePositiveRate, f1, ...counts };
}

/** The shortest decimal above `low` and up to `high`, near their middle. */
function decimalBetween(low: number, high: number): number {
  const middle = (low + high) / 2;
  for (let digits = 2; digits <= 12; digits++) {
    const rounded = Number(middle.toFixed(digits));
    if (rounded > low && rounded <= high) return rounded;
  }
  return high;
}

/** The lowest decimal between `low` and `high`, of as few digits as there is room for, but two at least. */
function decimalAbove(low: number, high: number): number {
  for (let digits = 2; digits <= 12; digits++) {
    const rounded = Number(((Math.floor(low * 10 ** digits) + 1) / 10 ** digits).toFixed(digits));
    if (rounded > low && rounded < high) return rounded;
  }
  return high;
}
