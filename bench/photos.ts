/** The JPEG files that benchmarks read: real photos of about 0.2 megapixels, and larger ones made from them. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions } from 'sharp';
import { dataPath, hasData } from '../test/data.ts';

/** The sizes that are measured; the middle one is a screenshot's, the last a phone's. */
export const SIZES = ['0.2mp', '2mp', '12mp'] as const;
export type Size = (typeof SIZES)[number];

/** Twice the standard deviation of the grain. */
const GRAIN = 8;

const CACHE = fileURLToPath(new URL('../.cache/bench/photos-2/', import.meta.url));

interface Mosaic {
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

// Each tile is a photo of about 400 x 533 enlarged by 1.5 or 1.9: soft edges and grain as a camera's file has them,
// at about a quarter of a byte per pixel, which is near what phones write.
const MOSAICS: Readonly<Record<Exclude<Size, '0.2mp'>, Mosaic>> = {
  '2mp': { columns: 2, tileWidth: 612, tileHeight: 816 },
  '12mp': { columns: 4, tileWidth: 750, tileHeight: 1000 },
};

/**
 * Files under a folder of the shared data, in a fixed order: by name, not by folder, since the names of most are random, so
 * that their classes mix.
 */
export async function sharedFiles(folder: string, pattern = /\.(jpe?g|png)$/i): Promise<string[]> {
  if (!hasData) throw new Error('this benchmark reads the shared photos; set FIGLEAF_DATA to their folder');
  const entries = await readdir(dataPath(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map(({ name, parentPath }) => ({ name, path: join(parentPath, name) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.path, b.path))
    .map(({ path }) => path);
}

/** By code units, which no locale changes. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Real photos of 0.17 to 0.25 megapixels, in a fixed order. */
async function sourcePhotos(): Promise<string[]> {
  const files = await sharedFiles('clothing-small/test');
  const fitting: string[] = [];
  for (const file of files) {
    const { width, height } = await sharp(file).metadata();
    if (width * height > 170_000 && width * height < 250_000) fitting.push(file);
  }
  return fitting;
}

/**
 * Grain of about 4 grey levels, the same on every run: a linear congruential generator, three draws added. It is the same in
 * all channels, since cameras smooth the noise of colours away.
 */
function addGrain(data: Buffer, seed: number): void {
  let state = seed >>> 0;
  for (let pixel = 0; pixel < data.length; pixel += 3) {
    let sum = 0;
    for (let draw = 0; draw < 3; draw++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
    }
    const grain = sum * GRAIN;
    for (let at = pixel; at < pixel + 3; at++) {
      data[at] = Math.max(0, Math.min(255, Math.round((data[at] ?? 0) + grain)));
    }
  }
}

async function makeMosaic(
  sources: readonly string[],
  { columns, tileWidth, tileHeight }: Mosaic,
  number: number,
): Promise<Buffer> {
  const tiles: OverlayOptions[] = [];
  for (let index = 0; index < columns * columns; index++) {
    const source = sources[(number * 7 + index) % sources.length];
    const input = await sharp(source)
      .resize(tileWidth, tileHeight, { fit: 'cover', kernel: 'lanczos3' })
      .png({ compressionLevel: 0 })
      .toBuffer();
    tiles.push({
      input,
      left: (index % columns) * tileWidth,
      top: Math.floor(index / columns) * tileHeight,
    });
  }
  const width = columns * tileWidth;
  const height = columns * tileHeight;
  const canvas = sharp({ create: { width, height, channels: 3, background: 'white' } });
  const pixels = await canvas.composite(tiles).removeAlpha().raw().toBuffer();
  addGrain(pixels, number + 1);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** The first `count` files of a size, made where they are not there yet. */
export async function benchmarkPhotos(size: Size, count: number): Promise<string[]> {
  const sources = await sourcePhotos();
  if (size === '0.2mp') return sources.slice(0, count);
  const folder = join(CACHE, size);
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let number = 0; number < count; number++) {
    const file = join(folder, `${String(number).padStart(2, '0')}.jpg`);
    if (!existsSync(file)) {
      await writeFile(`${file}.tmp`, await makeMosaic(sources, MOSAICS[size], number));
      await rename(`${file}.tmp`, file);
    }
    files.push(file);
  }
  return files;
}
