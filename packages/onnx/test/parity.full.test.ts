/** Parity with TensorFlow.js on more than 30 real pictures for each model, and at sizes they were not made for. */
import { describe, expect, it } from 'vitest';
import { hasData } from '../../../test/data.ts';
import { expectParity, type Id, SIZES } from './parity.ts';
import { parityPictures } from './pictures.ts';

describe.skipIf(!hasData)('on real pictures', () => {
  it.each(Object.entries(SIZES) as [Id, number][])('%s at %i', async (id, size) => {
    const files = parityPictures();
    expect(files.length).toBeGreaterThanOrEqual(30);
    await expectParity(id, files, size, size);
  });

  it.each<[Id, number, number]>([
    ['mobilenet_v2', 224, 299],
    ['mobilenet_v2', 299, 299],
    ['mobilenet_v2', 257, 321],
    ['mobilenet_v2', 448, 448],
    // The graph model's own pool is of fixed size: TensorFlow.js runs it where the last map is 7 x 7.
    ['mobilenet_v2_mid', 193, 224],
    ['mobilenet_v2_mid', 201, 219],
    ['mobilenet_v2_mid', 210, 205],
    ['inception_v3', 224, 224],
    ['inception_v3', 257, 321],
    ['inception_v3', 400, 299],
  ])('%s at %i x %i', async (id, height, width) => {
    await expectParity(id, parityPictures().slice(0, 4), height, width);
  });
});
