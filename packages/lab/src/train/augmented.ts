/** Pictures to learn from, another time other ones: augmented in threads of their own while the step before runs. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { AugmentThreads } from '../augment/augment-threads.ts';
import { drawSteps } from '../augment/draw.ts';
import type { CheckedAugmentation } from '../augment/fields.ts';
import type { Sample } from '../data-set/data-set.ts';
import { feedsOf, type Pictures } from './pictures.ts';
import type { Fed } from './protocol.ts';
import type { InputSource } from './trainer.ts';

/** How to augment. */
export interface AugmentedOptions {
  readonly augmentation: CheckedAugmentation;
  readonly seed: number;
  /** Threads that compute. */
  readonly threads: number;
  readonly preprocessing: Preprocessing;
}

/** More threads than these are not needed to keep a step fed. */
const MOST_THREADS = 8;

/** Gives pictures out augmented, where they are learned from. */
export class AugmentedPictures implements InputSource {
  readonly #pictures: Pictures;
  readonly #options: AugmentedOptions;
  readonly #threads: AugmentThreads;

  constructor(pictures: Pictures, options: AugmentedOptions) {
    this.#pictures = pictures;
    this.#options = options;
    this.#threads = new AugmentThreads(Math.min(options.threads, MOST_THREADS));
  }

  async feeds(samples: readonly Sample[], epoch: number | null): Promise<Record<string, Fed>> {
    if (epoch === null) return this.#pictures.feeds(samples, epoch);
    const { augmentation, seed, preprocessing } = this.#options;
    const { width, height, channels } = preprocessing;
    const jobs = await Promise.all(
      samples.map(async (sample) => ({
        ...{ width, height, channels, data: await this.#pictures.pixels(sample) },
        steps: drawSteps(augmentation, preprocessing, { seed, epoch, name: sample.name }),
      })),
    );
    const results = jobs.map(({ data }) => data);
    const busy = jobs.flatMap((job, index) => (job.steps.length > 0 ? [{ job, index }] : []));
    const augmented = await this.#threads.apply(busy.map(({ job }) => job));
    for (const [place, { index }] of busy.entries()) results[index] = augmented[place]!;
    return feedsOf(results, preprocessing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }
}
