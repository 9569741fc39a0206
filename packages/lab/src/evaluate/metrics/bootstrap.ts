/** The bootstrap: how much a figure would move on other pictures of the same kind. */
import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '@figleaf/onnx/nn';
import type { Interval } from './proportions.ts';

/** How to resample. */
export interface BootstrapOptions {
  /** How many pictures there are. */
  readonly pictures: number;
  /** How often they are drawn anew. */
  readonly resamples: number;
  /** A whole number; the same gives the same intervals. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onResample?: ((done: number) => void) | undefined;
}

/**
 * Draws as many pictures as there are, with replacement, again and again, and looks where the middle 95 % of each figure lie.
 *
 * @param figuresOf Figures of a resample: `weights[picture]` is how often a picture is in it. Null where a figure has no value.
 * @returns By figure; null where it had a value in fewer than half of the resamples.
 */
export async function bootstrap(
  options: BootstrapOptions,
  figuresOf: (weights: Uint32Array) => readonly (number | null)[],
): Promise<(Interval | null)[]> {
  const { pictures, resamples, seed, signal, onResample } = options;
  const random = new RandomStream(seed, 'bootstrap');
  const weights = new Uint32Array(pictures);
  const drawn: (readonly (number | null)[])[] = [];
  let rested = performance.now();
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < pictures; draw++) weights[Math.floor((random.word() / 2 ** 32) * pictures)]!++;
    drawn.push(figuresOf(weights));
    if (performance.now() - rested < 50) continue;
    onResample?.(resample + 1);
    await setImmediate();
    signal?.throwIfAborted();
    rested = performance.now();
  }
  return (drawn[0] ?? []).map((_, figure) => middleOf(drawn.map((figures) => figures[figure]!)));
}

function middleOf(values: readonly (number | null)[]): Interval | null {
  const known = Float64Array.from(values.filter((value) => value !== null)).sort();
  if (known.length < values.length / 2) return null;
  return { low: quantile(known, 0.025), high: quantile(known, 0.975) };
}

/**
 * The value below which a share of all lies, between two values by a line, as in numpy.
 *
 * @param sorted Rising, at least one.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
