/** Learning rates over time: plain functions of the step (or the epoch, as one likes), and one that watches the loss. */
import { OnnxError } from '../errors.ts';

/** The learning rate at a step, counted from 0; what a step is, the caller decides. */
export type Schedule = (step: number) => number;

/**
 * Always the same.
 *
 * @example
 * ```ts
 * constantRate(0.01)(1000); // 0.01
 * ```
 */
export function constantRate(rate: number): Schedule {
  return () => rate;
}

/** A rate that falls by a factor. */
export interface DecayOptions {
  /** The rate at first. */
  readonly rate: number;
  /** What it is multiplied by. */
  readonly factor: number;
  /** After how many steps, again and again. */
  readonly every: number;
}

/**
 * `rate * factor ^ floor(step / every)`. Xception was trained with 0.045, times 0.94 every second epoch.
 *
 * @example
 * ```ts
 * const rateOfEpoch = stepDecay({ rate: 0.045, factor: 0.94, every: 2 });
 * ```
 */
export function stepDecay({ rate, factor, every }: DecayOptions): Schedule {
  checkLength(every);
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * `rate * factor ^ (step / every)`.
 *
 * @example
 * ```ts
 * const rateOfStep = exponentialDecay({ rate: 0.01, factor: 0.5, every: 1000 });
 * ```
 */
export function exponentialDecay({ rate, factor, every }: DecayOptions): Schedule {
  checkLength(every);
  return (step) => rate * factor ** (step / every);
}

/** A rate that falls along half a cosine. */
export interface CosineOptions {
  /** The rate at first. */
  readonly rate: number;
  /** After how many steps the end is reached. */
  readonly steps: number;
  /** The rate from then on; default 0. */
  readonly end?: number;
}

/**
 * From `rate` to `end` along half a cosine: `end + (rate - end) * (1 + cos(pi * step / steps)) / 2`.
 * Loshchilov and Hutter, "SGDR" (2017), without restarts.
 *
 * @example
 * ```ts
 * const rateOfStep = cosineDecay({ rate: 0.1, steps: 5000 });
 * ```
 */
export function cosineDecay({ rate, steps, end = 0 }: CosineOptions): Schedule {
  checkLength(steps);
  return (step) => end + ((rate - end) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
}

/**
 * A schedule that rises in a line during its first steps: at step `i` of these it has `(i + 1) / (steps + 1)` of the
 * rate at which
 * `then` begins, which is asked about the steps after them, from 0.
 *
 * @example
 * ```ts
 * const rateOfStep = warmUp(500, cosineDecay({ rate: 0.1, steps: 5000 }));
 * ```
 */
export function warmUp(steps: number, then: Schedule): Schedule {
  return (step) => (step < steps ? (then(0) * (step + 1)) / (steps + 1) : then(step - steps));
}

/** When and how far the rate falls; Keras's defaults. */
export interface PlateauOptions {
  /** What the rate is multiplied by; default 0.1. */
  readonly factor?: number;
  /** How many epochs without a better loss are borne; default 10. */
  readonly patience?: number;
  /** By how much a loss must be lower to be better; default 1e-4. */
  readonly minDelta?: number;
  /** How many epochs after a fall are not counted; default 0. */
  readonly cooldown?: number;
  /** Where it ends; default 0. */
  readonly minRate?: number;
}

/** What {@link reduceOnPlateau} remembers: plain data, for a checkpoint. */
export interface PlateauState {
  readonly rate: number;
  /** The lowest loss so far; `null` before the first. */
  readonly best: number | null;
  /** Epochs without a better one. */
  readonly wait: number;
  /** Epochs that are not counted yet. */
  readonly cooldown: number;
}

/**
 * What is remembered before the first epoch.
 *
 * @param rate The rate at first.
 */
export function plateauStart(rate: number): PlateauState {
  return { rate, best: null, wait: 0, cooldown: 0 };
}

/**
 * The state after an epoch, with the rate for the next: lower where the loss has stopped falling. Counts as Keras's
 * `ReduceLROnPlateau` does. A loss that is no number is not better.
 *
 * @param loss The epoch's, such as that of the validation.
 *
 * @example
 * ```ts
 * let plateau = plateauStart(0.01);
 * plateau = reduceOnPlateau(plateau, validationLoss, { patience: 3 });
 * const rate = plateau.rate;
 * ```
 */
export function reduceOnPlateau(
  state: PlateauState,
  loss: number,
  { factor = 0.1, patience = 10, minDelta = 1e-4, cooldown = 0, minRate = 0 }: PlateauOptions = {},
): PlateauState {
  const left = Math.max(0, state.cooldown - 1);
  const { rate, best } = state;
  const startsOver = state.cooldown > 0;
  if (!Number.isNaN(loss) && (best === null || loss < best - minDelta)) {
    return { rate, best: loss, wait: 0, cooldown: left };
  }
  if (left > 0) return { rate, best, wait: 0, cooldown: left };
  const wait = startsOver ? 1 : state.wait + 1;
  if (wait < patience || rate <= minRate) return { rate, best, wait, cooldown: 0 };
  return { rate: Math.max(rate * factor, minRate), best, wait: 0, cooldown };
}

function checkLength(steps: number): void {
  if (steps > 0) return;
  throw new OnnxError('option-invalid', `a schedule lasts more than 0 steps, not ${steps}`);
}
