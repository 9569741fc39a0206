/** Mixup: which pictures of a batch are mixed with which, and how much of each is left. */
import { RandomStream } from '@figleaf/onnx/nn';
import { powerOf } from './maths.ts';
import type { Mixup, Whole } from './operation.ts';

/** What a picture is mixed with. */
export interface Mix {
  /** Place of the other in the batch. */
  readonly other: number;
  /** How much of the picture itself is left, 0 to 1. */
  readonly share: number;
}

/**
 * Draws for each picture of a batch.
 *
 * @param names Of the pictures.
 * @returns Null for a picture that stays as it is.
 */
export function drawMixes(
  { probability, alpha }: Whole<Mixup>,
  names: readonly string[],
  seed: number,
  epoch: number,
): (Mix | null)[] {
  return names.map((name, index) => {
    const random = new RandomStream(seed, `mixup/${name}`, epoch);
    if (names.length < 2 || random.uniform() >= probability) return null;
    const place = Math.floor(random.uniform() * (names.length - 1));
    return { other: place < index ? place : place + 1, share: drawShare(alpha, random) };
  });
}

/**
 * From the beta distribution of `alpha` and `alpha`, up to 1: powers of two even numbers, of those pairs that do not sum to more than 1.
 * Jöhnk (1964).
 */
export function drawShare(alpha: number, random: RandomStream): number {
  for (;;) {
    const [x, y] = [powerOf(aboveZero(random), 1 / alpha), powerOf(aboveZero(random), 1 / alpha)];
    const sum = x + y;
    if (sum > 0 && sum <= 1) return x / sum;
  }
}

const aboveZero = (random: RandomStream): number => 1 - random.uniform();

/**
 * Mixes what belongs to the pictures of a batch, in place: pixels or answers.
 *
 * @param data `[pictures, ...]`.
 */
export function mix(data: Float32Array, mixes: readonly (Mix | null)[]): void {
  const before = data.slice();
  const size = data.length / mixes.length;
  for (const [index, found] of mixes.entries()) {
    if (!found) continue;
    const { other, share } = found;
    for (let at = 0; at < size; at++) {
      data[index * size + at] = before[index * size + at]! * share + before[other * size + at]! * (1 - share);
    }
  }
}
