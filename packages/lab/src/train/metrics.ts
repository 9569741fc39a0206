/** What is told of each epoch. */

/** One epoch. Losses are means over the pictures, penalties included; accuracies are shares, 0 to 1. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Steps since the beginning. */
  readonly step: number;
  /** Of the training pictures, while the model changed. */
  readonly loss: number;
  readonly accuracy: number;
  /** Null where no picture is for validation. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** The one of the epoch's last step. */
  readonly learningRate: number;
  /** Training alone, without validation; of a resumed epoch, what was done since. */
  readonly imagesPerSecond: number;
}

/** Sums over the pictures so far. */
export interface Sums {
  readonly loss: number;
  readonly correct: number;
  readonly pictures: number;
}

export const NO_SUMS: Sums = { loss: 0, correct: 0, pictures: 0 };

/** The sums with one batch more. */
export function addBatch(
  sums: Sums,
  { loss, correct }: { readonly loss: number; readonly correct: number },
  pictures: number,
): Sums {
  return {
    loss: sums.loss + loss * pictures,
    correct: sums.correct + correct,
    pictures: sums.pictures + pictures,
  };
}
