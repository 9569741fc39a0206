/** Precision, recall and F1 of each class, their means, and which class is taken for which. */

/** Rows are what pictures are, columns what they are taken for: `matrix[truth][said]`. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** How well one class is told. Shares are 0 to 1, and null where they would be of nothing. */
export interface ClassFigures {
  /** Share of those called so that are; null where none is called so. */
  readonly precision: number | null;
  /** Share of those that are that are called so; null where there are none. */
  readonly recall: number | null;
  /** `2 * tp / (2 * tp + fp + fn)`; null where there is none, and none is called so. */
  readonly f1: number | null;
  /** Pictures of the class. */
  readonly support: number;
}

/** Means over classes. Those that have no value do not count, as with scikit-learn's `zero_division=nan`. */
export interface MeanFigures {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Counts of one class against all others. */
export interface Hits {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** Figures of all classes. */
export interface ClassReport {
  /** In the order of the classes. */
  readonly classes: readonly ClassFigures[];
  /** Each class counts the same. */
  readonly macro: MeanFigures;
  /** Each class counts by its support. */
  readonly weighted: MeanFigures;
}

/**
 * How often each class is taken for which.
 *
 * @param truth `[N]`: places of the true classes.
 * @param said `[N]`: places of the classes that were said.
 * @param weights `[N]`: how often each picture counts. Default once.
 *
 * @example
 * ```ts
 * confusionMatrix([0, 0, 1], [0, 1, 1], 2); // [[1, 1], [0, 1]]
 * ```
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  said: ArrayLike<number>,
  classes: number,
  weights?: ArrayLike<number>,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let index = 0; index < truth.length; index++) {
    matrix[truth[index]!]![said[index]!]! += weights ? weights[index]! : 1;
  }
  return matrix;
}

/**
 * Counts of each class against all others.
 *
 * @example
 * ```ts
 * hitsOf([[1, 1], [0, 1]])[1]; // { truePositives: 1, falsePositives: 1, falseNegatives: 0 }
 * ```
 */
export function hitsOf(matrix: ConfusionMatrix): Hits[] {
  return matrix.map((row, label) => {
    const truePositives = row[label]!;
    const said = matrix.reduce((sum, other) => sum + other[label]!, 0);
    const there = row.reduce((sum, value) => sum + value, 0);
    return {
      truePositives,
      falsePositives: said - truePositives,
      falseNegatives: there - truePositives,
    };
  });
}

/** Precision, recall and F1 of counts. */
export function figuresOf({ truePositives, falsePositives, falseNegatives }: Hits): ClassFigures {
  const support = truePositives + falseNegatives;
  return {
    precision: shareOf(truePositives, truePositives + falsePositives),
    recall: shareOf(truePositives, support),
    f1: shareOf(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    support,
  };
}

/**
 * The figures of all classes and their means.
 *
 * @param hits Counts by class: those of {@link hitsOf}, or of labels that do not exclude each other.
 *
 * @example
 * ```ts
 * const { classes, macro } = classReport(hitsOf(confusionMatrix([0, 0, 1], [0, 1, 1], 2)));
 * console.log(classes[0]?.recall, macro.f1); // 0.5, 0.667
 * ```
 */
export function classReport(hits: readonly Hits[]): ClassReport {
  const classes = hits.map(figuresOf);
  return { classes, macro: meanOf(classes, () => 1), weighted: meanOf(classes, ({ support }) => support) };
}

/** Share of the pictures of which the class that was said is right; null without pictures. */
export function accuracyOf(matrix: ConfusionMatrix): number | null {
  const right = matrix.reduce((sum, row, label) => sum + row[label]!, 0);
  const all = matrix.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
  return shareOf(right, all);
}

/** `part / whole`; null of nothing. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function meanOf(classes: readonly ClassFigures[], weightOf: (figures: ClassFigures) => number): MeanFigures {
  const mean = (of: (figures: ClassFigures) => number | null): number | null => {
    const known = classes.filter((figures) => of(figures) !== null);
    const weight = known.reduce((sum, figures) => sum + weightOf(figures), 0);
    const sum = known.reduce((total, figures) => total + weightOf(figures) * of(figures)!, 0);
    if (weight > 0) return sum / weight;
    // As scikit-learn does where nothing has any weight: all have the same.
    return shareOf(
      known.reduce((total, figures) => total + of(figures)!, 0),
      known.length,
    );
  };
  return {
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
  };
}
