/** Augmentation in threads of its own, many pictures at a time. */
import { availableParallelism } from 'node:os';
import { AugmentThreads } from './augment-threads.ts';
import { drawSteps } from './draw.ts';
import { type CheckedAugmentation, checkAugmentation } from './fields.ts';
import type { Augmentation } from './operation.ts';

/** How to augment. */
export interface AugmenterOptions {
  readonly augmentation: Augmentation;
  /** A whole number that all follows from. Default 1. */
  readonly seed?: number;
  /** Default one a core, but no more than 8. */
  readonly threads?: number;
}

/** A picture with its name, which what is done to it follows from. */
export interface NamedPicture {
  readonly name: string;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `[height, width, 3]`, 0 to 255; left as it is. */
  readonly data: Uint8Array;
  /** The order of its channels. Default `RGB`. */
  readonly channels?: 'RGB' | 'BGR';
}

/** More threads than these are not needed to keep a step of training fed. */
const MOST_THREADS = 8;

/** Augments pictures. Dispose of it when done. */
export class Augmenter implements AsyncDisposable {
  readonly #augmentation: CheckedAugmentation;
  readonly #seed: number;
  readonly #threads: AugmentThreads;

  /** Use {@link openAugmenter}. */
  constructor({ augmentation, seed = 1, threads = availableParallelism() }: AugmenterOptions) {
    this.#augmentation = checkAugmentation(augmentation);
    this.#seed = seed;
    this.#threads = new AugmentThreads(Math.min(threads, MOST_THREADS));
  }

  /**
   * Augments pictures; each as it would be alone.
   *
   * @param epoch How often they have been seen, from 0: each gives others.
   * @returns For each picture its new data, of the same shape; the old where nothing is done to it.
   * @throws {FigleafError} `worker-crashed`.
   */
  async augment(pictures: readonly NamedPicture[], epoch: number): Promise<Uint8Array[]> {
    const jobs = pictures.map(({ name, width, height, data, channels = 'RGB' }) => ({
      ...{ width, height, data, channels },
      steps: drawSteps(this.#augmentation, { width, height }, { seed: this.#seed, epoch, name }),
    }));
    const busy = jobs.flatMap((job, index) => (job.steps.length > 0 ? [{ job, index }] : []));
    const augmented = await this.#threads.apply(busy.map(({ job }) => job));
    const results = pictures.map(({ data }) => data);
    for (const [place, { index }] of busy.entries()) results[index] = augmented[place]!;
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}

/**
 * Starts threads that augment, as training does. What is done to a picture follows from seed, epoch and name alone, on every platform.
 *
 * @throws {FigleafError} `augmentation-invalid`.
 *
 * @example
 * ```ts
 * await using augmenter = openAugmenter({ augmentation: AUGMENTATIONS['nudenet-2019'] });
 * const [augmented] = await augmenter.augment([{ name: 'hat.jpg', width: 256, height: 256, data }], 0);
 * ```
 */
export function openAugmenter(options: AugmenterOptions): Augmenter {
  return new Augmenter(options);
}
