/** What follows from calling a picture positive from a score on, and which score gives what one wishes for. */
import { figuresOf, shareOf } from './classes.ts';
import { type Counts, countsAt, countsOf, type Ranking } from './ranking.ts';

/** What follows from a threshold. Shares are 0 to 1, and null where they would be of nothing. */
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
 * It is chosen for these pictures. On others the same threshold gives more or less than that.
 *
 * @returns Null where no threshold gives that.
 *
 * @example
 * ```ts
 * const found = recommendThreshold(rank(isNude, scores), { of: 'precision', value: 0.95 });
 * console.log(found?.threshold, found?.recall);
 * ```
 */
export function recommendThreshold(ranking: Ranking, wish: Wish): ThresholdFigures | null {
  const { thresholds } = ranking;
  const all = countsOf(ranking).map((counts, index) => figuresFor(ranking, thresholds[index]!, counts));
  const fits = ({ precision, recall, falsePositiveRate }: ThresholdFigures): boolean => {
    if (wish.of === 'precision') return precision !== null && precision >= wish.value;
    if (wish.of === 'recall') return recall !== null && recall >= wish.value;
    return falsePositiveRate !== null && falsePositiveRate <= wish.value;
  };
  if (ranking.positives === 0) return null;
  const index = wish.of === 'recall' ? all.findIndex(fits) : bestOf(all, fits);
  if (index < 0) return null;
  const below = thresholds[index + 1] ?? 0;
  return { ...all[index]!, threshold: decimalBetween(Math.max(0, below), thresholds[index]!) };
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
  const { precision, recall, f1 } = figuresOf({
    ...counts,
    falseNegatives: positives - counts.truePositives,
  });
  const falsePositiveRate = shareOf(counts.falsePositives, negatives);
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
