/** Pictures in the order of their scores: what curves, areas and thresholds are counted from. */

/** Pictures from the highest score of a class to the lowest. */
export interface Ranking {
  /** Places of the pictures, best score first. */
  readonly order: Uint32Array;
  /** By rank: 1 where the picture is of the class, else 0. */
  readonly isPositive: Uint8Array;
  /** Scores that occur, falling. */
  readonly thresholds: Float64Array;
  /** By threshold: how many pictures have at least that score. */
  readonly ends: Uint32Array;
  /** By threshold: how many of those are of the class. */
  readonly hits: Uint32Array;
  readonly positives: number;
  readonly negatives: number;
}

/** How many pictures have at least a score. */
export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
}

/**
 * Ranks pictures by their score. Equal scores share a threshold, so that no order among them counts.
 *
 * @param isPositive `[N]`: whether each picture is of the class.
 * @param scores `[N]`: its score; no NaN.
 *
 * @example
 * ```ts
 * const ranking = rank([true, false, true], [0.9, 0.4, 0.6]);
 * console.log(areasOf(ranking).rocAuc); // 1
 * ```
 */
export function rank(isPositive: ArrayLike<boolean | number>, scores: ArrayLike<number>): Ranking {
  const count = scores.length;
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const ranked = Uint8Array.from(order, (place) => (isPositive[place] ? 1 : 0));
  const thresholds: number[] = [];
  const ends: number[] = [];
  const hits: number[] = [];
  let positives = 0;
  for (const [index, place] of order.entries()) {
    positives += ranked[index]!;
    const isLastOfItsScore = index + 1 === count || scores[order[index + 1]!] !== scores[place];
    if (!isLastOfItsScore) continue;
    thresholds.push(scores[place]!);
    ends.push(index + 1);
    hits.push(positives);
  }
  return {
    order,
    isPositive: ranked,
    thresholds: Float64Array.from(thresholds),
    ends: Uint32Array.from(ends),
    hits: Uint32Array.from(hits),
    positives,
    negatives: count - positives,
  };
}

/** By threshold: what is called positive from that score on. */
export function countsOf({ ends, hits }: Ranking): Counts[] {
  return Array.from(ends, (end, index) => ({
    truePositives: hits[index]!,
    falsePositives: end - hits[index]!,
  }));
}

/** What is called positive from a score on, whether or not it occurs. */
export function countsAt({ thresholds, ends, hits }: Ranking, threshold: number): Counts {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! >= threshold) low = middle + 1;
    else high = middle;
  }
  const truePositives = hits[low - 1] ?? 0;
  return { truePositives, falsePositives: (ends[low - 1] ?? 0) - truePositives };
}
