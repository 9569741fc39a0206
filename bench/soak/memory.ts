/** What a soak says of memory: samples of the resident set, and how far it grows after the warm-up. */
import { median } from '../benchmark.ts';

/** Bytes. */
export const MB = 1e6;

/** The samples of a part of the run, given as shares of it. */
export function between(samples: readonly number[], from: number, to: number): readonly number[] {
  return samples.slice(Math.round(from * samples.length), Math.round(to * samples.length));
}

/** How many megabytes the median of the last tenth is above that of the tenth after the warm-up. */
export function growthMb(samples: readonly number[]): number {
  return (median(between(samples, 0.9, 1)) - median(between(samples, 0.1, 0.2))) / MB;
}

/** The largest sample in megabytes. */
export function peakMb(samples: readonly number[]): number {
  return Math.max(...samples) / MB;
}
