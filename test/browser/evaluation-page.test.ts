/** The page of an evaluation in headless Chromium, opened from a file as its readers do. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { evaluate } from '@figleaf/lab';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from './chromium.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const HOSTILE = '<img src=x onerror=alert(1)>';
const CLASSES = [HOSTILE, 'safe', 'unsafe', 'a-class-whose-name-is-long'];
const EACH = 4;

describe.skipIf(!hasChromium)('the page of an evaluation in Chromium', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-evaluation-page-'));
    await mkdir(join(folder, 'data'));
    const names = CLASSES.flatMap((name, label) =>
      Array.from({ length: EACH }, (_, index) => ({
        name: `${label}-${index}.png`,
        class: name,
        source: `s${index}`,
      })),
    );
    const picture = await sharp({ create: { width: 30, height: 20, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    for (const { name } of names) await writeFile(join(folder, 'data', name), picture);
    await writeFile(join(folder, 'data', 'a.jsonl'), names.map((line) => JSON.stringify(line)).join('\n'));
    const predictions = await Promise.all(
      [1, 2, 3].map(async (model) => {
        const rows = names.map(({ name }, index) => {
          const classes = CLASSES.map((_, label) => 1 + (((index + 1) * (label + model) * 7) % 5));
          const sum = classes.reduce((a, b) => a + b);
          return JSON.stringify({
            name,
            classes: Object.fromEntries(CLASSES.map((one, label) => [one, classes[label]! / sum])),
          });
        });
        const path = join(folder, `${model}.jsonl`);
        await writeFile(path, rows.join('\n'));
        return path;
      }),
    );
    await evaluate({
      data: [join(folder, 'data', 'a.jsonl')],
      predictions,
      out: join(folder, 'report'),
      resamples: 100,
      prevalence: 0.001,
      wish: { of: 'recall', value: 0.9 },
      workers: 1,
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)(
    'gives axe nothing to object to, loads nothing, and scrolls in one direction: %s, %i pixels wide',
    async (colorScheme, width) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
      });
      await page.goto(pathToFileURL(join(folder, 'report', 'index.html')).href);
      expect(await page.title()).toBe('Evaluation of 3 models');
      await page.evaluate(await readFile(AXE, 'utf8'));
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.locator('th', { hasText: HOSTILE }).count()).toBeGreaterThan(0);
      expect(await page.locator('.mistake img').count()).toBeGreaterThan(4);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );
});
