/** What the hardening tests share: good files of each format, and a child process that decodes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { dataPath, hasData } from '../../../test/data.ts';
import { encodeBmp } from '../../../tools/bmp.ts';

/** What `decode-many.mjs` prints. */
export interface Outcome {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly peakBytes: number;
  /** Whatever must not happen, in words. */
  readonly strange: readonly string[];
}

const CHILD = fileURLToPath(new URL('decode-many.mjs', import.meta.url));

/** Decodes files, or mutations of them, in a process of its own. Rejects when that crashes. */
export async function decodeMany(
  files: readonly string[],
  mutations: { readonly mutations?: number; readonly seed?: number } = {},
): Promise<Outcome> {
  const argument = JSON.stringify({ files, ...mutations });
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, argument], { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as Outcome;
}

/** Every file of the shared `malformed` folder, in a fixed order. */
export async function malformedFiles(): Promise<string[]> {
  const entries = await readdir(dataPath('malformed'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

/** One small good file of each format, several of some; HEIC where the shared data are there. */
export async function goodFiles(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-good-'));
  const base = sharp(blobs(), { raw: { width: 120, height: 90, channels: 3 } });
  const frames = sharp(blobs(), { raw: { width: 120, height: 90, channels: 3, pageHeight: 30 } });
  const encoded: Record<string, Uint8Array> = {
    'baseline.jpg': await base.clone().jpeg().toBuffer(),
    'progressive.jpg': await base
      .clone()
      .jpeg({ progressive: true })
      .withExif({ IFD0: { Artist: 'a' } })
      .toBuffer(),
    'cmyk.jpg': await base.clone().toColourspace('cmyk').jpeg().toBuffer(),
    'plain.png': await base.clone().png().toBuffer(),
    'interlaced.png': await base.clone().png({ progressive: true }).toBuffer(),
    'palette.png': await base.clone().png({ palette: true }).toBuffer(),
    'lossy.webp': await base.clone().webp().toBuffer(),
    'lossless.webp': await base.clone().webp({ lossless: true }).toBuffer(),
    'animated.webp': await frames.clone().webp().toBuffer(),
    'animated.gif': await frames.clone().gif().toBuffer(),
    'plain.avif': await base.clone().avif({ effort: 0 }).toBuffer(),
    'lzw.tiff': await base.clone().tiff({ compression: 'lzw' }).toBuffer(),
    'jpeg.tiff': await base.clone().tiff({ compression: 'jpeg', tile: true }).toBuffer(),
    'plain.bmp': encodeBmp(blobs(), 120, 90),
  };
  const files: string[] = [];
  for (const [name, bytes] of Object.entries(encoded)) {
    files.push(join(folder, name));
    await writeFile(join(folder, name), bytes);
  }
  return [...files, ...heicFiles()];
}

/** HEIC cannot be written here; these of the shared data decode. */
function heicFiles(): string[] {
  if (!hasData) return [];
  const names = ['colors-no-alpha.heic', 'colors-no-alpha-thumbnail.heic', 'colors-with-alpha.heic'];
  return names.map((name) => dataPath('malformed', 'heif-avif', name)).filter((file) => existsSync(file));
}

/** 120 x 90 pixels with edges and slopes. */
export function blobs(): Uint8Array {
  return Uint8Array.from({ length: 120 * 90 * 3 }, (_, index) => {
    const [x, y] = [Math.floor(index / 3) % 120, Math.floor(index / 360)];
    const wave = 128 + 100 * Math.sin((x + (index % 3) * 20) / 9) * Math.cos(y / 7);
    return (x - 60) ** 2 + (y - 45) ** 2 < 900 ? 255 - wave : wave;
  });
}
