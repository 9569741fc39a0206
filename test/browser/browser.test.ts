/** Figleaf in headless Chromium, from a Vite project without configuration: served by its dev server, and built. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@figleaf/lab';
import { loadClassifier } from 'figleaf';
import type { Browser } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawColours } from '../../packages/lab/test/drawn.ts';
import { TINY } from '../../packages/lab/test/tiny.ts';
import { dataPath, hasData } from '../data.ts';
import { hasChromium, launchChromium } from './chromium.ts';
import type { InputKind, Judged } from './page/main.ts';
import { type Mode, type Served, Site, TestPage } from './site.ts';

const WIDTH = 160;
const HEIGHT = 120;

/** A drawn picture, without a colour profile and without alpha, so that all ways of decoding it agree. */
function drawn(): Sharp {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const x = i % WIDTH;
    const y = Math.floor(i / WIDTH);
    data.set([(x * 255) / WIDTH, (y * 255) / HEIGHT, (3 * x + 2 * y) & 255], i * 3);
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

const FORMATS: Readonly<Record<string, () => Promise<Buffer>>> = {
  jpeg: () => drawn().jpeg({ quality: 95 }).toBuffer(),
  png: () => drawn().png().toBuffer(),
  webp: () => drawn().webp({ lossless: true }).toBuffer(),
  avif: () => drawn().avif({ quality: 90 }).toBuffer(),
  gif: () => drawn().gif().toBuffer(),
  tiff: () => drawn().tiff().toBuffer(),
};

const KINDS: readonly InputKind[] = [
  'file',
  'blob',
  'bytes',
  'stream',
  'image-data',
  'bitmap',
  'img',
  'canvas',
  'offscreen-canvas',
];

describe.skipIf(!hasChromium).each<Mode>(['dev', 'build'])('in Chromium, vite %s', (mode) => {
  let site: Site;
  let served: Served;
  let browser: Browser;
  let test: TestPage;

  beforeAll(async () => {
    site = await Site.staged();
    [served, browser] = await Promise.all([site.serve(mode), launchChromium()]);
    test = await TestPage.open(browser, served.url);
    for (const [format, make] of Object.entries(FORMATS)) test.files.set(`picture.${format}`, make);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const judge = (name: string, kind: InputKind = 'file'): Promise<Judged> =>
    test.page.evaluate(([url, as]) => window.figleaf.judge(url, as), [`/files/${name}`, kind] as const);

  it('has nothing to warn of while building', () => {
    expect(served.log).not.toMatch(/doesn't exist at build time|externalized|warn/i);
  });

  it.each(Object.keys(FORMATS).filter((format) => format !== 'tiff'))('judges %s', async (format) => {
    const { result, error } = await judge(`picture.${format}`);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ image: { width: WIDTH, height: HEIGHT, format, truncated: false } });
    const { safe, unsafe, suggestive } = result!.scores!;
    expect(safe + unsafe + suggestive!).toBeCloseTo(1, 4);
  });

  it.skipIf(!hasData)('judges HEIC', async () => {
    test.files.set('phone.heic', () => readFile(dataPath('malformed', 'heif-avif', 'example.heic')));
    const { result, error } = await judge('phone.heic');
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ image: { width: 1280, height: 854, format: 'heic' } });
  });

  it('turns a JPEG upright', async () => {
    test.files.set('turned.jpg', await drawn().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    const info = await test.page.evaluate(() => window.figleaf.inspect('/files/turned.jpg'));
    expect(info).toMatchObject({ width: HEIGHT, height: WIDTH, format: 'jpeg' });
  });

  it.each(KINDS)('takes a picture as %s', async (kind) => {
    const [{ result: expected }, { result, error }] = [
      await judge('picture.png'),
      await judge('picture.png', kind),
    ];
    expect(error).toBeUndefined();
    for (const [label, p] of Object.entries(expected!.classes))
      expect(result!.classes[label]).toBeCloseTo(p, 4);
  });

  it('says what is wrong with a bad input', async () => {
    test.files.set('text', new TextEncoder().encode('This is no picture at all, but a line of text.'));
    test.files.set('empty', new Uint8Array());
    test.files.set('broken.png', (await FORMATS.png!()).subarray(0, 60));
    expect((await judge('text')).error).toMatchObject({ code: 'not-an-image' });
    expect((await judge('empty')).error?.code).toMatch(/^(input|not)-/);
    expect((await judge('broken.png')).error?.code).toMatch(/^image-/);
  });

  it('judges by the ensemble', async () => {
    const { result } = await test.page.evaluate(() =>
      window.figleaf.judge('/files/picture.jpeg', 'file', { profile: 'accurate' }),
    );
    expect(result?.models).toEqual(['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3']);
  });

  it('judges by a model that was trained, as Node does', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figleaf-trained-'));
    try {
      const [data, out] = [join(folder, 'data'), join(folder, 'run')];
      await drawColours(data, 12);
      const { file } = await train({ data, model: TINY, epochs: 2, batchSize: 8, threads: 1, out });
      test.files.set('trained.onnx', await readFile(file));
      await using classifier = await loadClassifier(file, { workers: 1 });
      const expected = await classifier.classify(await FORMATS.png!());
      const { result, error } = await test.page.evaluate(() =>
        window.figleaf.judge('/files/picture.png', 'bytes', '/files/trained.onnx'),
      );
      expect(error).toBeUndefined();
      expect(Object.keys(result!.classes)).toEqual(['blue', 'green', 'red']);
      for (const [label, p] of Object.entries(expected.classes))
        expect(result!.classes[label]).toBeCloseTo(p, 4);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends its workers, and complained of nothing', async () => {
    expect(await test.page.evaluate(() => window.figleaf.close())).toBe('disposed');
    await expect.poll(() => test.page.workers().length).toBe(0);
    expect(test.complaints).toEqual([]);
  });
});
