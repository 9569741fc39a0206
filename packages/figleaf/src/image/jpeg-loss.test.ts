/** Tests of what pictures lose in a JPEG, against the real ones of sharp, which has libjpeg-turbo. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import { formulaPixels } from '../../test/formula-pixels.ts';
import { throughJpeg } from './jpeg-loss.ts';
import type { Pixels } from './pixels.ts';

/** There and back through a file. */
async function throughFile({ width, height, data }: Pixels, quality: number): Promise<Pixels> {
  const raw = { width, height, channels: 3 } as const;
  const file = await sharp(data, { raw }).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
  return { width, height, data: new Uint8Array(await sharp(file).raw().toBuffer()) };
}

/** How many samples differ. */
function countApart(a: Pixels, b: Pixels): number {
  expect([a.width, a.height, a.data.length]).toEqual([b.width, b.height, b.data.length]);
  return a.data.reduce((sum, level, index) => sum + (level === b.data[index] ? 0 : 1), 0);
}

const ramps = (width: number, height: number): Pixels => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const [x, y] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
    return [x, (x + y) >> 1, 255 - y][index % 3]! & 255;
  }),
});

describe('throughJpeg', () => {
  it.each([
    [75, 256, 256],
    [75, 37, 29],
    [50, 50, 50],
    [20, 61, 64],
    [95, 16, 33],
    [100, 24, 24],
    [1, 40, 8],
    [75, 5, 49],
  ])('is libjpeg to the last bit: quality %i, %i x %i', async (quality, width, height) => {
    for (const pixels of [formulaPixels(width, height), ramps(width, height)]) {
      const worn = throughJpeg(pixels, quality);
      expect(countApart(worn, await throughFile(pixels, quality))).toBe(0);
      expect(countApart(worn, pixels)).toBeGreaterThan(0);
    }
  });

  it.skipIf(!hasData)('is libjpeg to the last bit on a photo', async () => {
    const photo = sharp(dataPath('people', 'skimage', 'astronaut.png'))
      .removeAlpha()
      .resize(256, 256);
    const pixels = { width: 256, height: 256, data: new Uint8Array(await photo.raw().toBuffer()) };
    expect(countApart(throughJpeg(pixels, 75), await throughFile(pixels, 75))).toBe(0);
  });

  it('takes pictures of a pixel, and leaves alone what it was given', () => {
    const dot = { width: 1, height: 1, data: new Uint8Array([128, 128, 128]) };
    expect(throughJpeg(dot, 75)).toEqual(dot);
    const pixels = formulaPixels(20, 20);
    throughJpeg(pixels, 50);
    expect(pixels).toEqual(formulaPixels(20, 20));
  });
});
