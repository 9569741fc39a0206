/** Pictures to learn from, another time other ones: augmented in threads of their own while the step before runs. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { type Augmenter, type AugmenterOptions, openAugmenter } from '../augment/augmenter.ts';
import type { Sample } from '../data-set/data-set.ts';
import { feedsOf, type Pictures } from './pictures.ts';
import type { Fed } from './protocol.ts';
import type { InputSource } from './trainer.ts';

/** Gives pictures out augmented, where they are learned from. */
export class AugmentedPictures implements InputSource {
  readonly #pictures: Pictures;
  readonly #preprocessing: Preprocessing;
  readonly #augmenter: Augmenter;

  constructor(pictures: Pictures, preprocessing: Preprocessing, options: AugmenterOptions) {
    this.#pictures = pictures;
    this.#preprocessing = preprocessing;
    this.#augmenter = openAugmenter(options);
  }

  async feeds(samples: readonly Sample[], epoch: number | null): Promise<Record<string, Fed>> {
    if (epoch === null) return this.#pictures.feeds(samples, epoch);
    const { width, height, channels } = this.#preprocessing;
    const pictures = await Promise.all(
      samples.map(async (sample) => {
        const data = await this.#pictures.pixels(sample);
        return { name: sample.name, width, height, channels, data };
      }),
    );
    return feedsOf(await this.#augmenter.augment(pictures, epoch), this.#preprocessing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#augmenter[Symbol.asyncDispose]();
  }
}
