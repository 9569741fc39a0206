/** From class probabilities to `safe`, `unsafe`, `suggestive`, and averages over models. */
import type { Category } from '@figleaf/onnx/metadata';
import { FigleafError } from '../errors.ts';

/** Class name (lower case) to probability, 0 to 1. */
export type ClassProbabilities = Readonly<Record<string, number>>;

/** The three families that a verdict is made of; they sum to 1. */
export interface Scores {
  /** Probability of neither of the others, 0 to 1. */
  readonly safe: number;
  /** Probability of explicit content (porn, hentai), 0 to 1. */
  readonly unsafe: number;
  /** Probability of suggestive content (sexy), 0 to 1; null where the model does not know that family. */
  readonly suggestive: number | null;
}

/** Families of the class names in common use, for model files that do not say it themselves. */
const WELL_KNOWN: Readonly<Record<string, Category>> = {
  drawing: 'safe',
  drawings: 'safe',
  neutral: 'safe',
  normal: 'safe',
  safe: 'safe',
  sfw: 'safe',
  sexy: 'suggestive',
  suggestive: 'suggestive',
  hentai: 'unsafe',
  porn: 'unsafe',
  nsfw: 'unsafe',
  nude: 'unsafe',
  unsafe: 'unsafe',
};

/**
 * The family of each label, by the model's own word or else by well-known names.
 *
 * @param labels Names of classes.
 * @param taxonomy The model's own word; default none.
 * @returns null unless every label has a family and both `safe` and `unsafe` occur: scores of part of the classes would
 * not sum to 1.
 * @example
 * ```ts
 * taxonomyOf(['sfw', 'nsfw']); // { sfw: 'safe', nsfw: 'unsafe' }
 * ```
 */
export function taxonomyOf(
  labels: readonly string[],
  taxonomy: Readonly<Record<string, Category>> = {},
): Readonly<Record<string, Category>> | null {
  const families = new Map<string, Category>();
  for (const label of labels) {
    const family = own(taxonomy, label) ?? own(WELL_KNOWN, label.toLowerCase());
    if (!family) return null;
    families.set(label, family);
  }
  const present = new Set(families.values());
  return present.has('safe') && present.has('unsafe') ? Object.fromEntries(families) : null;
}

/** Labels may be called `constructor`, which every object answers to. */
function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Sums the probabilities of each family. */
export function toScores(classes: ClassProbabilities, taxonomy: Readonly<Record<string, Category>>): Scores {
  const sums = { safe: 0, suggestive: 0, unsafe: 0 };
  for (const [label, family] of Object.entries(taxonomy)) sums[family] += classes[label] ?? 0;
  const knowsSuggestive = Object.values(taxonomy).includes('suggestive');
  return { safe: sums.safe, unsafe: sums.unsafe, suggestive: knowsSuggestive ? sums.suggestive : null };
}

/** Logits to probabilities: `exp(x - max) / sum`. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const max = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - max));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Less than float32 probabilities tell apart; the logarithm of 0 would let one model overrule all others. */
const LEAST_PROBABILITY = 1e-7;

/**
 * Probabilities at a temperature: `softmax(log(p) / T)`; of labels that do not exclude each other `sigmoid(logit(p) / T)`. Above 1 they
 * become less sure. Which is the highest stays as it was. At 1 they stay as they are, but for what float32 cannot tell from 0.
 *
 * @param probabilities Of one picture, 0 to 1.
 * @param temperature Above 0.
 * @param isIndependent Whether each label is by itself. Default false.
 * @example
 * ```ts
 * atTemperature([0.9, 0.1], 2); // [0.75, 0.25]
 * ```
 */
export function atTemperature(
  probabilities: ArrayLike<number>,
  temperature: number,
  isIndependent = false,
): number[] {
  const cooled = (p: number): number => Math.log(Math.max(p, LEAST_PROBABILITY)) / temperature;
  const values = Array.from(probabilities);
  if (isIndependent) return values.map((p) => softmax([cooled(p), cooled(1 - p)])[0]!);
  return softmax(values.map(cooled));
}

/**
 * The weighted mean of several models' answers to one picture.
 *
 * @param answers At least one, all with the same classes.
 * @param weights One positive number per answer; default all equal.
 */
export function meanOf(
  answers: readonly ClassProbabilities[],
  weights?: readonly number[],
): ClassProbabilities {
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : answers.length;
  const mean = new Map<string, number>();
  answers.forEach((answer, index) => {
    const share = (weights?.[index] ?? 1) / total;
    for (const [label, p] of Object.entries(answer)) mean.set(label, (mean.get(label) ?? 0) + share * p);
  });
  return Object.fromEntries(mean);
}

/**
 * Several models' answers to one picture, averaged as logits (their normalised geometric mean).
 *
 * @param answers At least one, all with the same classes.
 * @param weights One positive number per answer; default all equal.
 */
export function meanOfLogits(
  answers: readonly ClassProbabilities[],
  weights: readonly number[] = answers.map(() => 1),
): ClassProbabilities {
  if (answers.length === 1) return answers[0]!;
  const labels = Object.keys(answers[0]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const logits = labels.map((label) =>
    answers.reduce((sum, answer, index) => {
      const logit = Math.log(Math.max(answer[label] ?? 0, LEAST_PROBABILITY));
      return sum + (weights[index]! / total) * logit;
    }, 0),
  );
  const values = softmax(logits);
  return Object.fromEntries(labels.map((label, index) => [label, values[index]!]));
}

/** Throws `option-invalid` unless there is one positive, finite weight per model. */
export function checkWeights(weights: readonly number[], models: readonly string[]): void {
  if (weights.length !== models.length) {
    throw new FigleafError(
      'option-invalid',
      `${weights.length} weights for ${models.length} models; give one weight per model`,
    );
  }
  const wrong = weights.find((weight) => !(Number.isFinite(weight) && weight > 0));
  if (wrong !== undefined) {
    throw new FigleafError('option-invalid', `the weight ${wrong} is not a positive number`);
  }
}
