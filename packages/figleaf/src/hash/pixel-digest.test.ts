/** The same pixels have the same digest, and a single level makes another. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHex } from './bits.ts';
import { pixelDigest } from './pixel-digest.ts';

const picture = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) => {
    const size = width * height * 3;
    return fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((data) => ({ width, height, data: new Uint8Array(data) }));
  });

const hexOf = async (pixels: Parameters<typeof pixelDigest>[0]): Promise<string> =>
  toHex(await pixelDigest(pixels));

it('is that of the pixels, wherever they lie in memory', async () => {
  await fc.assert(
    fc.asyncProperty(picture, fc.integer({ min: 0, max: 7 }), async (pixels, offset) => {
      const memory = new Uint8Array(offset + pixels.data.length);
      memory.set(pixels.data, offset);
      expect(await hexOf({ ...pixels, data: memory.subarray(offset) })).toBe(await hexOf(pixels));
    }),
  );
});

it('tells apart what differs in one level, in two, or in its shape', async () => {
  const place = fc.nat();
  const change = fc.integer({ min: 1, max: 255 });
  await fc.assert(
    fc.asyncProperty(picture, place, change, place, change, async (pixels, one, by, other, byToo) => {
      const { width, height, data } = pixels;
      const changed = data.slice();
      changed[one % data.length]! ^= by;
      const before = await hexOf(pixels);
      expect(await hexOf({ ...pixels, data: changed })).not.toBe(before);
      if (one % data.length !== other % data.length) changed[other % data.length]! ^= byToo;
      expect(await hexOf({ ...pixels, data: changed })).not.toBe(before);
      if (width !== height) expect(await hexOf({ width: height, height: width, data })).not.toBe(before);
    }),
  );
});

it('has no two that are the same among pictures that differ by the top bits of two words', async () => {
  const digests = new Set<string>();
  for (let first = 0; first < 192; first++) {
    for (let second = 0; second < first; second++) {
      const data = new Uint8Array(192);
      data[first] = 128;
      data[second] = 128;
      digests.add(await hexOf({ width: 8, height: 8, data }));
    }
  }
  expect(digests.size).toBe((192 * 191) / 2);
});
