/** Covering in headless Chromium: the same pixels as in Node, and files in the formats that browsers write. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type Censor,
  type CensoredImage,
  type CoverOptions,
  chooseRegions,
  cover,
  decodeImage,
} from 'figleaf';
import type { Browser, Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from './chromium.ts';

const INDEX = fileURLToPath(new URL('../../packages/figleaf/dist/web/index.js', import.meta.url));

const PAGE = `<!doctype html><title>test</title>
<script type="module">
  import { censorImage } from './index.js';
  globalThis.censorImage = censorImage;
</script>`;

const WIDTH = 120;
const HEIGHT = 90;

function drawn(): Sharp {
  const data = Uint8Array.from(
    { length: WIDTH * HEIGHT * 3 },
    (_, index) => (index * 7 + (index >> 9)) & 255,
  );
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

const found = {
  label: 'PART',
  category: 'unsafe' as const,
  score: 0.9,
  box: { x: 20.5, y: 10, width: 50, height: 40 },
};

type Result = Omit<CensoredImage, 'bytes'> & { readonly bytes: number[] };

describe.skipIf(!hasChromium)('censorImage in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const script = await readFile(INDEX);
    server = createServer((request, response) => {
      const isScript = request.url === '/index.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const censor = (bytes: Uint8Array, options: CoverOptions): Promise<Result> =>
    page.evaluate(
      async ({ file, detections, how }) => {
        const { censorImage } = globalThis as unknown as Pick<Censor, 'censorImage'>;
        const { bytes: covered, ...rest } = await censorImage(new Uint8Array(file), detections, how);
        return { ...rest, bytes: [...covered] };
      },
      { file: [...bytes], detections: [found], how: options },
    );

  it.each([
    { style: 'box', colour: '#f80' },
    { style: 'pixelate', seed: 3 },
    { style: 'blur', shape: 'ellipse', softEdge: 0.3, seed: 3 },
    { style: 'blur', invert: true, seed: 3 },
  ] as CoverOptions[])('covers as Node does: %j', async (options) => {
    const bytes = await drawn().png().toBuffer();
    const { bytes: covered, ...rest } = await censor(bytes, options);
    expect(rest).toMatchObject({ format: 'png', width: WIDTH, height: HEIGHT, regions: 1 });
    const [before, after] = await Promise.all(
      [bytes, Uint8Array.from(covered)].map(async (file) => (await decodeImage(file)).frames[0]!),
    );
    expect(Buffer.compare(after!.data, cover(before!, chooseRegions([found]), options).data)).toBe(0);
  });

  it('turns a photo upright and leaves its metadata behind', async () => {
    const bytes = await drawn()
      .withExif({ IFD0: { Artist: 'SECRET' } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 85 })
      .toBuffer();
    const { bytes: covered, format, width, height } = await censor(bytes, {});
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: HEIGHT, height: WIDTH });
    const metadata = await sharp(Uint8Array.from(covered)).metadata();
    expect(metadata.exif).toBeUndefined();
    expect(metadata).toMatchObject({ width: HEIGHT, height: WIDTH });
  });

  it('keeps WebP, and writes others as PNG and says so', async () => {
    const webp = await censor(await drawn().webp({ lossless: true }).toBuffer(), {});
    expect(webp).toMatchObject({ format: 'webp', losses: ['alpha'] });
    const avif = await censor(await drawn().avif().toBuffer(), {});
    expect(avif).toMatchObject({ format: 'png', losses: ['format', 'alpha'] });
  });
});
