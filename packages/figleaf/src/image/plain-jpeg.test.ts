/** Tests of what makes a JPEG plain, on files that sharp writes. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { isPlainJpeg } from './plain-jpeg.ts';

const picture = (): Sharp =>
  sharp({ create: { width: 24, height: 16, channels: 3, background: { r: 200, g: 80, b: 30 } } });
const plain = (await picture().jpeg().toBuffer()) as Uint8Array;

describe('isPlainJpeg', () => {
  it.each([
    ['in three colours', picture().jpeg()],
    ['progressive', picture().jpeg({ progressive: true })],
    ['grey', picture().toColourspace('b-w').jpeg()],
    [
      'said to be upright',
      picture()
        .withExif({ IFD0: { Orientation: '1' } })
        .jpeg(),
    ],
  ])('takes one that is %s', async (_, made) => {
    expect(isPlainJpeg(await made.toBuffer())).toBe(true);
  });

  it.each([
    ['turned', picture().withMetadata({ orientation: 6 }).jpeg()],
    ['of another space', picture().withIccProfile('p3').jpeg()],
    ['in four colours', picture().toColourspace('cmyk').jpeg()],
    ['no JPEG', picture().png()],
  ])('refuses one that is %s', async (_, made) => {
    expect(isPlainJpeg(await made.toBuffer())).toBe(false);
  });

  it('takes none that ends within its header, wherever', () => {
    const header = plain.findIndex((byte, at) => byte === 0xff && plain[at + 1] === 0xda);
    for (let length = 0; length < header; length++)
      expect(isPlainJpeg(plain.subarray(0, length))).toBe(false);
  });
});
