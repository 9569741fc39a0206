/** Child process of `bench augment`: the built package `@figleaf/lab` on pixels in memory. */
import { readFile } from 'node:fs/promises';
import { AUGMENTATIONS, openAugmenter } from '@figleaf/lab';
import { serve } from '../classify/serve.mjs';

/** As many pictures as a step of training takes. */
const BATCH = 32;
const THREADS = 2;

const augmenter = openAugmenter({ augmentation: AUGMENTATIONS['nudenet-2019'], threads: THREADS });
let pictures = [];

serve({
  async load({ path, side }) {
    const all = new Uint8Array(await readFile(path));
    const size = side * side * 3;
    pictures = Array.from({ length: all.length / size }, (_, index) => ({
      ...{ name: `${index}.jpg`, width: side, height: side },
      data: all.slice(index * size, (index + 1) * size),
    }));
    return pictures.length;
  },

  async run({ round }) {
    const began = performance.now();
    for (let from = 0; from < pictures.length; from += BATCH) {
      await augmenter.augment(pictures.slice(from, from + BATCH), round);
    }
    return { pictures: pictures.length, seconds: (performance.now() - began) / 1000 };
  },
});
