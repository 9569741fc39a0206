/** Pictures at one size: mirrored and smaller ones have the hashes that belong to them. */
import { expect, it } from 'vitest';
import type { Pixels } from '../image/pixels.ts';
import { resampleToLevels } from '../image/resample.ts';
import { hammingDistance } from './bits.ts';
import { atOneSize } from './one-size.ts';
import { pdq, pdqRotations } from './pdq.ts';

/** Waves of many directions and lengths, down to a few pixels. */
function waves(width: number, height: number, seed: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let level = 128;
      for (let wave = 1; wave <= 12; wave++) {
        const turn = seed * 7 + wave * 2.4;
        const along = x * Math.cos(turn) + y * Math.sin(turn);
        level += 30 * Math.sin((along * wave * wave) / 90 + turn);
      }
      data.fill(Math.min(255, Math.max(0, level)), (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, data };
}

function mirrored({ width, height, data }: Pixels): Pixels {
  const turned = new Uint8Array(data.length);
  for (let at = 0; at < width * height; at++) {
    const from = at - (at % width) + (width - 1 - (at % width));
    turned.set(data.subarray(from * 3, from * 3 + 3), at * 3);
  }
  return { width, height, data: turned };
}

it.each([1, 2, 3, 4, 5])('has the mirrored hash where the picture %i is mirrored', (seed) => {
  const picture = waves(401, 299, seed);
  const { hash } = pdq(atOneSize(mirrored(picture)));
  const distances = pdqRotations(atOneSize(picture)).map((each) => hammingDistance(each.hash, hash));
  expect(Math.min(...distances)).toBeLessThanOrEqual(2);
});

it.each([1, 2, 3, 4, 5])('has nearly the same hash for a third of the picture %i', (seed) => {
  const picture = waves(402, 300, seed);
  const third = { width: 134, height: 100, data: resampleToLevels(picture, 134, 100) };
  expect(hammingDistance(pdq(atOneSize(picture)).hash, pdq(atOneSize(third)).hash)).toBeLessThanOrEqual(8);
});
