/** The HTML report driven in headless Chromium, opened from a file as its readers do. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReport } from '../../packages/figleaf/src/scan/report.node.ts';
import type { ScanRecord } from '../../packages/figleaf/src/scan/schema.ts';
import { hasChromium, launchChromium } from './chromium.ts';

const HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)>.jpg';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** From opening the file until a key is obeyed, in milliseconds. It takes about one second; two busy cores may take longer. */
const OPENS_WITHIN = 5_000;

function record(
  input: string,
  verdict: ScanRecord['verdict'],
  unsafe: number,
  rule = 'scores.unsafe',
): ScanRecord {
  return {
    input,
    kind: 'image',
    width: 640,
    height: 480,
    verdict,
    reason: verdict === 'allow' ? null : { rule, score: unsafe },
    scores: { safe: 1 - unsafe, unsafe, suggestive: 0 },
    classes: { neutral: 1 - unsafe, porn: unsafe },
    models: ['mobilenet_v2'],
  };
}

const RECORDS: readonly ScanRecord[] = [
  record('disk/calm.jpg', 'allow', 0.02),
  record(`disk/${HOSTILE}`, 'review', 0.7),
  record('disk/worst.jpg', 'block', 0.97),
  {
    ...record('disk/bad.jpg', 'block', 0.9, 'boxes.unsafe'),
    detections: [
      {
        label: '<img src=x onerror=alert(1)>',
        category: 'unsafe',
        score: 0.9,
        box: { x: 64, y: 48, width: 128, height: 96 },
      },
      { label: 'FEET', category: 'safe', score: 0.5, box: { x: 320, y: 240, width: 64, height: 48 } },
    ],
  },
  record('other/known.jpg', 'block', 1, 'block-list'),
  {
    ...record('other/torn.jpg', null, 0),
    reason: null,
    scores: null,
    classes: {},
    error: { code: 'image-corrupt', message: "cannot decode 'other/torn.jpg': copy it again" },
  },
];

describe.skipIf(!hasChromium)('the report in Chromium', () => {
  let browser: Browser;
  let folder: string;
  let few: string;
  let thumbnail: Buffer;
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-report-'));
    const drawn = { create: { width: 160, height: 120, channels: 3, background: '#57a' } } as const;
    [thumbnail, browser] = await Promise.all([sharp(drawn).webp().toBuffer(), launchChromium()]);
    few = await write('few.html', RECORDS);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(name: string, records: Iterable<ScanRecord>, picture = thumbnail): Promise<string> {
    const path = join(folder, name);
    const report = await openReport(path, { title: 'Scan of a disk', profile: 'fast', policy: 'default' });
    for (const one of records) report.add(one, report.wants(one) ? picture : null);
    await report.close();
    return path;
  }

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) requests.push(request.url());
    });
    await page.goto(pathToFileURL(path).href);
    await page.locator('#status:not(:empty)').waitFor();
    return page;
  }

  const names = (page: Page): Promise<string[]> => page.locator('.card .name').allTextContents();
  const pressed = (page: Page): Promise<string[]> =>
    page.locator('.card:has([aria-pressed="true"]) .name').allTextContents();
  const press = async (page: Page, ...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };

  it('shows the most severe first, all blurred, and of a known picture none', async () => {
    const page = await open(few);
    expect(await names(page)).toEqual([
      'known.jpg',
      'worst.jpg',
      'bad.jpg',
      expect.stringContaining('.jpg'),
      'torn.jpg',
      'calm.jpg',
    ]);
    expect(await pressed(page)).toEqual([]);
    const images = page.locator('.preview img');
    expect(await images.count()).toBe(4);
    expect(await images.first().evaluate((image) => getComputedStyle(image).filter)).toContain('blur(18px)');
    expect(await page.locator('.card').nth(0).textContent()).toContain('Never shown: on a block list');
    expect(await page.locator('.card').nth(4).textContent()).toContain(
      "cannot decode 'torn.jpg': copy it again",
    );
    await page.close();
  });

  it('shows a name with markup in it as text', async () => {
    const page = await open(few);
    await page.locator('.icon.details').nth(3).click();
    expect(await page.locator('.path').textContent()).toBe(`disk/${HOSTILE}`);
    expect(await page.title()).toBe('Scan of a disk');
    expect(await page.locator('script').count()).toBe(2);
    await page.close();
  });

  it('lists the parts that were found, whatever a detector calls them', async () => {
    const page = await open(few);
    expect(await page.locator('.card').nth(2).locator('.reason').textContent()).toBe(
      '<img src=x onerror=alert(1)> 90.0 %',
    );
    await page.locator('.icon.details').nth(2).click();
    const parts = page.locator('#details .scores').first();
    expect(await parts.locator('dt').allTextContents()).toEqual(['<img src=x onerror=alert(1)>', 'FEET']);
    expect(await parts.locator('b').allTextContents()).toEqual(['90.0 %', '50.0 %']);
    expect(await page.locator('#details img').count()).toBe(0);
    await page.close();
  });

  it('draws boxes over a picture that is revealed, where the picture has them', async () => {
    const page = await open(few);
    const boxes = page.locator('.card').nth(2).locator('.boxes rect');
    expect(await boxes.count()).toBe(2);
    expect(await boxes.first().isVisible()).toBe(false);
    await page.locator('.preview').nth(2).click();
    expect(await boxes.first().isVisible()).toBe(true);
    const [preview, box] = [
      await page.locator('.preview').nth(2).boundingBox(),
      await boxes.first().boundingBox(),
    ];
    // The picture is 640 x 480 and shown whole, in the middle.
    const scale = Math.min(preview!.width / 640, preview!.height / 480);
    const left = preview!.x + (preview!.width - 640 * scale) / 2;
    const top = preview!.y + (preview!.height - 480 * scale) / 2;
    expect(Math.abs(box!.x - (left + 64 * scale))).toBeLessThan(2);
    expect(Math.abs(box!.y - (top + 48 * scale))).toBeLessThan(2);
    expect(Math.abs(box!.width - 128 * scale)).toBeLessThan(3);
    await page.close();
  });

  it('filters by verdict, text and score, and sorts', async () => {
    const page = await open(few);
    await page.getByRole('button', { name: 'Blocked' }).click();
    expect(await names(page)).toEqual(['known.jpg', 'worst.jpg', 'bad.jpg']);
    expect(await page.locator('#status').textContent()).toBe('3 of 6 records');
    await page.getByLabel('Search paths').fill('DISK');
    expect(await names(page)).toEqual(['worst.jpg', 'bad.jpg']);
    await page.getByLabel('Unsafe from').fill('95');
    expect(await names(page)).toEqual(['worst.jpg']);
    await page.getByLabel('Search paths').fill('nothing');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByLabel('Sort by').selectOption('order');
    expect(await names(page)).toEqual(RECORDS.map(({ input }) => input.split('/').at(-1)));
    await page.close();
  });

  it('reveals and blurs again, by mouse', async () => {
    const page = await open(few);
    await page.locator('.preview').nth(1).click();
    await page.locator('.preview').nth(2).click();
    expect(await pressed(page)).toEqual(['worst.jpg', 'bad.jpg']);
    const image = page.locator('.preview img').first();
    expect(await image.evaluate((shown) => getComputedStyle(shown).filter)).toBe('none');
    await page.locator('.preview').nth(1).click();
    expect(await pressed(page)).toEqual(['bad.jpg']);
    await page.getByRole('button', { name: 'Blur all' }).click();
    expect(await pressed(page)).toEqual([]);
    await page.close();
  });

  it('does everything by keyboard', async () => {
    const page = await open(few, { viewport: { width: 1280, height: 800 } });
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement!.getAttribute('aria-label'));
    await press(page, 'j', 'j', 'Enter', 'ArrowRight', 'Space');
    expect(await pressed(page)).toEqual(['worst.jpg', 'bad.jpg']);
    expect(await focused()).toBe('bad.jpg, Block, <img src=x onerror=alert(1)> 90.0 %');
    await press(page, 'Enter', 'k', 'b', 'End');
    expect(await pressed(page)).toEqual([]);
    expect(await focused()).toContain('calm.jpg');
    await press(page, 'ArrowUp');
    expect(await focused()).toContain('known.jpg');
    await press(page, '1');
    expect(await names(page)).toHaveLength(3);
    await press(page, '4');
    expect(await names(page)).toHaveLength(4);
    await press(page, '0', '/');
    await page.keyboard.type('worst 1b');
    expect(await page.getByLabel('Search paths').inputValue()).toBe('worst 1b');
    await press(page, 'Backspace', 'Backspace', 'Enter', 'i');
    expect(await page.locator('#details').textContent()).toContain('disk/worst.jpg');
    await press(page, 'Escape', '?');
    expect(await page.locator('dialog[open] h2').textContent()).toBe('Keys');
    await page.close();
  });

  it('copies a path', async () => {
    const page = await open(few);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the path of worst.jpg' }).click();
    await page.getByText('Path copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('disk/worst.jpg');
    await page.getByRole('button', { name: 'Details of bad.jpg' }).click();
    await page.getByRole('button', { name: 'Copy the path', exact: true }).click();
    await page.getByRole('button', { name: 'Path copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('disk/bad.jpg');
    await page.close();
  });

  it.each(['light', 'dark'] as const)('gives axe nothing to object to: %s', async (colorScheme) => {
    const page = await open(few, { colorScheme });
    const axe = await readFile(AXE, 'utf8');
    const objections = async (): Promise<string[]> => {
      await page.evaluate(axe);
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    };
    expect(await objections()).toEqual([]);
    await press(page, '1', 'j', 'j', 'Enter', 'i');
    expect(await objections()).toEqual([]);
    await press(page, 'Escape', '?');
    expect(await objections()).toEqual([]);
    await page.close();
  });

  it('opens with 10,000 entries in less than 30 MB within seconds, and scrolls to the last', async () => {
    const noise = Buffer.concat([thumbnail, Buffer.alloc(2_200 - thumbnail.length)]);
    const path = await write('many.html', manyRecords(10_500), noise);
    expect((await stat(path)).size).toBeLessThan(30_000_000);
    const start = performance.now();
    const page = await open(path, { viewport: { width: 1280, height: 800 } });
    await press(page, 'j', 'Enter');
    expect(await pressed(page)).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(OPENS_WITHIN);
    expect(await page.locator('#unlisted').textContent()).toContain('500 more are counted but not listed');
    await press(page, 'End');
    const last = page.locator('.card[aria-posinset="10000"]');
    await expect.poll(() => last.isVisible()).toBe(true);
    expect(await page.locator('.card').count()).toBeLessThan(60);
    await page.getByLabel('Search paths').fill('picture-77.jpg');
    expect(await names(page)).toEqual(['picture-77.jpg']);
    await page.close();
  }, 60_000);

  it('asks the network for nothing and complains of nothing', () => {
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

function* manyRecords(count: number): Generator<ScanRecord> {
  for (let i = 0; i < count; i++) {
    const unsafe = (count - i) / count;
    yield record(
      `archive/picture-${i}.jpg`,
      unsafe > 0.9 ? 'block' : unsafe > 0.5 ? 'review' : 'allow',
      unsafe,
    );
  }
}
