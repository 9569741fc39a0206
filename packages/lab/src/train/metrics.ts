/** What is told of each epoch. */

/**
 * One epoch. Losses are means over the pictures, penalties included; accuracies are shares of right answers, 0 to 1. Of a picture that
 * may be of several classes an answer is right where all of it is.
 */
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
  /** Only where a picture may be of several classes; see {@link Measured}. */
  readonly validationF1?: number | null;
  /** The one of the epoch's last step. */
  readonly learningRate: number;
  /** Training alone, without validation; of a resumed epoch, what was done since. */
  readonly imagesPerSecond: number;
}

/**
 * Whether a model is better than that of an epoch: more answers on validation are right, or as many at a lower loss. The loss alone
 * would keep a model from early on: it rises again with a few mistakes that are made ever more surely, while answers still get better.
 */
export function isBetter(
  { accuracy, loss }: { readonly accuracy: number; readonly loss: number },
  { validationAccuracy, validationLoss }: Pick<EpochRecord, 'validationAccuracy' | 'validationLoss'>,
): boolean {
  if (validationAccuracy === null || validationLoss === null) return true;
  return accuracy > validationAccuracy || (accuracy === validationAccuracy && loss < validationLoss);
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

/** Classes over the pictures so far, each by itself: said, there, and both. */
export interface Hits {
  readonly said: number;
  readonly there: number;
  readonly both: number;
}

export const NO_HITS: Hits = { said: 0, there: 0, both: 0 };

/** The counts with one batch more; a class is said where its logit is above 0, a probability of 0.5. */
export function addHits(hits: Hits, logits: Float32Array, answers: Float32Array): Hits {
  let { said, there, both } = hits;
  for (const [index, answer] of answers.entries()) {
    const isSaid = logits[index]! > 0;
    if (isSaid) said++;
    if (answer === 1) there++;
    if (isSaid && answer === 1) both++;
  }
  return { said, there, both };
}

/** `2 * both / (said + there)`; null of nothing. */
export function f1Of({ said, there, both }: Hits): number | null {
  return said + there === 0 ? null : (2 * both) / (said + there);
}
