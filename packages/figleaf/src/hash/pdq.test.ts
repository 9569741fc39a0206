/** Tests of PDQ against hashes that others published, and of what it promises of copies and rotations. */
import { readFile } from 'node:fs/promises';
import { decodeImage } from 'figleaf';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import golden from '../../test/golden/pdq.json' with { type: 'json' };
import type { Pixels } from '../image/pixels.ts';
import { fromHex, hammingDistance, toHex } from './bits.ts';
import { pdq, pdqRotations } from './pdq.ts';

/** Light and dark rings and stripes, with nothing alike on two sides. */
function drawn(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height];
    const rings = Math.sin(30 * Math.hypot(x - 0.3, 0.6 * (y - 0.2)));
    const stripes = Math.sin(9 * x + 23 * y * y) + Math.sin(17 * x * y + 5 * x);
    data.fill(128 + 40 * (rings + stripes), i * 3, i * 3 + 3);
  }
  return { width, height, data };
}

/** A picture of the given size, each of whose pixels is another's. */
function moved(
  pixels: Pixels,
  width: number,
  height: number,
  from: (x: number, y: number) => number,
): Pixels {
  const data = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = from(x, y) * 3;
      data.set(pixels.data.subarray(at, at + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/** The picture itself in the eight positions of {@link pdqRotations}. */
function positions(pixels: Pixels): Pixels[] {
  const { width: w, height: h } = pixels;
  return [
    pixels,
    moved(pixels, h, w, (x, y) => x * w + (w - 1 - y)),
    moved(pixels, w, h, (x, y) => (h - 1 - y) * w + (w - 1 - x)),
    moved(pixels, h, w, (x, y) => (h - 1 - x) * w + y),
    moved(pixels, w, h, (x, y) => (h - 1 - y) * w + x),
    moved(pixels, w, h, (x, y) => y * w + (w - 1 - x)),
    moved(pixels, h, w, (x, y) => x * w + y),
    moved(pixels, h, w, (x, y) => (h - 1 - x) * w + (w - 1 - y)),
  ];
}

async function decoded(file: string): Promise<Pixels> {
  return (await decodeImage(file)).frames[0]!;
}

/** As another program may have stored it. */
async function stored({ width, height, data }: Pixels, change: (image: Sharp) => Sharp): Promise<Pixels> {
  const bytes = await change(sharp(data, { raw: { width, height, channels: 3 } })).toBuffer();
  return (await decodeImage(bytes)).frames[0]!;
}

describe.skipIf(!hasData)('pdq', () => {
  it.each(Object.entries(golden.hashes))('is that of other implementations for %s', async (file, hash) => {
    const found = pdq(await decoded(dataPath('pdq', ...file.split('/'))));
    // Equal where this was written; decoders may differ by a level here and there.
    expect(hammingDistance(found.hash, fromHex(hash))).toBeLessThanOrEqual(2);
    expect(found.quality).toBe(100);
  });

  it('is within 10 of the reference, as that asks of an implementation', async () => {
    const lines = (await readFile(dataPath('pdq', 'expected.csv'), 'utf8')).split(/\r?\n/);
    const rows = lines.filter((line) => /^[0-9a-f]{64},/.test(line)).map((line) => line.split(','));
    expect(rows.length).toBeGreaterThanOrEqual(10);
    for (const [hash, quality, file] of rows) {
      const found = pdq(await decoded(dataPath('pdq', ...file!.split('/'))));
      if (Number(quality) >= 80)
        expect(hammingDistance(found.hash, fromHex(hash!)), file).toBeLessThanOrEqual(10);
    }
  });

  it('knows a photo that someone turned', async () => {
    const hashes = pdqRotations(await decoded(dataPath('pdq', 'dih', 'bridge-1-original.jpg')));
    const files = Object.entries(golden.hashes).filter(([file]) => file.startsWith('dih/'));
    expect(files.length).toBe(hashes.length);
    for (const [index, [file, hash]] of files.entries())
      expect(hammingDistance(hashes[index]!.hash, fromHex(hash)), file).toBeLessThanOrEqual(10);
  });
});

describe('pdq', () => {
  const picture = drawn(400, 300);

  it('is near for copies, and far for other pictures', async () => {
    const { hash, quality } = pdq(picture);
    expect(quality).toBeGreaterThan(80);
    const copies = [
      await stored(picture, (image) => image.jpeg({ quality: 40 })),
      await stored(picture, (image) => image.resize(150, 100, { fit: 'fill' }).png()),
      await stored(picture, (image) => image.resize(1500, 1300, { fit: 'fill' }).webp()),
      await stored(picture, (image) => image.modulate({ brightness: 1.1 }).png()),
    ];
    for (const copy of copies) expect(hammingDistance(hash, pdq(copy).hash)).toBeLessThanOrEqual(31);
    for (const other of positions(picture).slice(1))
      expect(hammingDistance(hash, pdq(other).hash)).toBeGreaterThan(60);
  });

  it('has as many bits set as not', () => {
    for (const { hash } of pdqRotations(picture)) expect(hammingDistance(hash, new Uint8Array(32))).toBe(128);
  });

  it('says that there is nothing in a plain picture', () => {
    const plain = { width: 100, height: 80, data: new Uint8Array(100 * 80 * 3).fill(77) };
    expect(pdq(plain).quality).toBe(0);
  });

  it.each([
    [4, 100],
    [100, 4],
    [1, 1],
  ])('does not hash %i x %i pixels', (width, height) => {
    const { hash, quality } = pdq(drawn(width, height));
    expect([toHex(hash), quality]).toEqual(['0'.repeat(64), 0]);
  });

  it.each([
    [5, 5],
    [63, 65],
    [64, 64],
    [400_000, 5],
    [5, 70_000],
  ])('hashes %i x %i pixels', (width, height) => {
    const { hash, quality } = pdq(drawn(width, height));
    expect(hammingDistance(hash, new Uint8Array(32))).toBeGreaterThan(100);
    expect(quality).toBeGreaterThan(0);
  });
});

describe('pdqRotations', () => {
  it.each([
    [400, 300],
    [640, 640],
    [37, 91],
  ])('are the hashes of the picture in eight positions, %i x %i', (width, height) => {
    const picture = drawn(width, height);
    const hashes = pdqRotations(picture);
    expect(hashes[0]).toEqual(pdq(picture));
    const distances = positions(picture).map((position, index) =>
      hammingDistance(hashes[index]!.hash, pdq(position).hash),
    );
    // Not 0, because the filter takes one pixel more on one side than on the other.
    expect(Math.max(...distances)).toBeLessThanOrEqual(16);
  });
});
