/** Renders `examples/drawings/*.svg` to pictures in the formats that people have. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { encodeBmp } from './bmp.ts';
import { whenChanged } from './stamp.ts';

// Not among the pictures, where the command would count it as a file that is no picture.
const STAMP = fileURLToPath(new URL('../.cache/examples.stamp', import.meta.url));
const DRAWINGS = fileURLToPath(new URL('../examples/drawings/', import.meta.url));

/** The drawing as sharp reads it. As a buffer: by path an SVG may read its neighbours. */
async function draw(name: string): Promise<Sharp> {
  return sharp(await readFile(join(DRAWINGS, `${name}.svg`)));
}

async function opaque(name: string): Promise<Sharp> {
  return (await draw(name)).flatten({ background: 'white' });
}

async function bmp(picture: Sharp): Promise<Uint8Array> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return encodeBmp(data, info.width, info.height);
}

/** A photo as a phone held upright stores it: lying on its side, with the EXIF note to turn it. */
async function turned(picture: Sharp): Promise<Buffer> {
  const sideways = await picture.rotate(-90).png().toBuffer();
  return sharp(sideways).jpeg({ quality: 88 }).withMetadata({ orientation: 6 }).toBuffer();
}

async function animated(names: readonly string[]): Promise<Buffer> {
  const frames = await Promise.all(names.map(async (name) => (await opaque(name)).png().toBuffer()));
  return sharp(frames, { join: { animated: true } })
    .gif({ delay: frames.map(() => 500), loop: 0 })
    .toBuffer();
}

/** Every example: the file's name and how its bytes come about. */
const PICTURES: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  'banana.webp': async () => (await opaque('banana')).webp({ quality: 86 }).toBuffer(),
  'cat.png': async () => (await opaque('cat')).png().toBuffer(),
  'hand.avif': async () => (await opaque('hand')).avif({ quality: 60, effort: 3 }).toBuffer(),
  'leaf.gif': () => animated(['leaf-1', 'leaf-2', 'leaf-3']),
  'lighthouse.jpg': async () => turned(await opaque('lighthouse')),
  'portrait.bmp': async () => bmp(await opaque('portrait')),
  // The one with transparency: it is judged on white.
  'shapes.png': async () => (await draw('shapes')).png().toBuffer(),
  'statue.tiff': async () => (await opaque('statue')).tiff({ compression: 'lzw' }).toBuffer(),
  'sunset.jpg': async () => (await opaque('sunset')).jpeg({ quality: 90 }).toBuffer(),
};

/**
 * Renders the examples into `outDir` unless they are up to date.
 *
 * @returns Whether anything was rendered.
 */
export async function renderExamples(outDir: string): Promise<boolean> {
  await Promise.all([outDir, dirname(STAMP)].map((folder) => mkdir(folder, { recursive: true })));
  const complete = Object.keys(PICTURES).every((name) => existsSync(join(outDir, name)));
  if (!complete) await rm(STAMP, { force: true });
  return whenChanged(STAMP, [DRAWINGS, fileURLToPath(import.meta.url)], async () => {
    for (const [name, render] of Object.entries(PICTURES)) {
      const file = join(outDir, name);
      // Written beside and renamed: whoever reads meanwhile never sees half a picture.
      await writeFile(`${file}.tmp`, await render());
      await rename(`${file}.tmp`, file);
    }
  });
}
