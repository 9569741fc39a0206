/** The page of a training run in headless Chromium, opened from a file as its readers do. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToCurve, NO_CURVE } from '../../packages/lab/src/train/curve.ts';
import { REFRESH, type RunState, type RunView, runPage } from '../../packages/lab/src/train/run-page.ts';
import { hasChromium, launchChromium } from './chromium.ts';

const HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)>';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const EPOCHS = 40;

const TRAINING: RunState = { name: 'training', doing: 'epoch 40 of 50' };
const ENDED: RunState = { name: 'ended', test: { loss: 0.1, accuracy: 0.97 }, bestEpoch: 30 };

function viewOf(state: RunState, written: Date): RunView {
  const classes = [HOSTILE, ...Array.from({ length: 30 }, (_, index) => `class-${index}`)];
  let curve = NO_CURVE;
  for (let step = 1; step <= EPOCHS * 50; step++) {
    const loss = 2 / Math.sqrt(step) + Math.abs(Math.sin(step)) / 5;
    curve = addToCurve(curve, { step, loss, accuracy: 1 - loss / 3, learningRate: 0.01 / step });
  }
  const history = Array.from({ length: EPOCHS }, (_, index) => ({
    epoch: index + 1,
    step: (index + 1) * 50,
    loss: 1 / (index + 1),
    accuracy: 1 - 0.5 / (index + 1),
    validationLoss: 1.2 / (index + 1),
    validationAccuracy: 1 - 0.6 / (index + 1),
    learningRate: 0.01 / (index + 1),
    imagesPerSecond: 100,
  }));
  return {
    out: 'runs/some-digits',
    state,
    start: {
      classes,
      pictures: { train: 3200, validation: 40, test: 50 },
      skipped: [],
      parameters: { all: 12_345, trainable: 12_000 },
      prefix: { state: 'none', bytes: 0 },
      augmentation: null,
      resumedAt: 0,
      stepsPerEpoch: 50,
    },
    progress: {
      version: 3,
      run: {
        model: 'small-cnn',
        classes,
        picture: [3, 32, 32],
        batchSize: 64,
        seed: 1,
        source: null,
        graph: '',
        data: '',
        augmentation: null,
        plateau: null,
      },
      step: EPOCHS * 50,
      sums: { loss: 0, correct: 0, pictures: 0 },
      curve,
      history,
      bestEpoch: 30,
      plateau: { rate: 1, best: null, wait: 0, cooldown: 0 },
      rates: [],
      rate: 0.1,
      skipped: [],
    },
    epochs: 50,
    began: new Date(),
    written,
    imagesPerSecond: 100,
    secondsLeft: 60,
    timeOf: (seconds) => `${seconds} s`,
  };
}

describe.skipIf(!hasChromium)('the page of a run in Chromium', () => {
  let browser: Browser;
  let folder: string;
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-run-page-'));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  async function open(
    state: RunState,
    options: BrowserContextOptions = {},
    written = new Date(),
  ): Promise<Page> {
    const path = join(folder, 'index.html');
    await writeFile(path, runPage(viewOf(state, written)));
    const page = await browser.newPage(options);
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) requests.push(request.url());
    });
    await page.clock.install();
    await page.goto(pathToFileURL(path).href);
    return page;
  }

  it('takes what is new by itself, until the run has ended', async () => {
    const page = await open(TRAINING);
    expect(await page.title()).toBe('some-digits: epoch 40 of 50');
    await writeFile(join(folder, 'index.html'), runPage(viewOf(ENDED, new Date())));
    await page.clock.runFor(REFRESH * 1000 + 100);
    await expect.poll(() => page.title()).toBe('some-digits: ended');
    expect(await page.locator('script').count()).toBe(0);
    await page.close();
  });

  it('waits when it is told to, and remembers it', async () => {
    const page = await open(TRAINING);
    await page.getByLabel('refresh every 10 s').uncheck();
    await page.reload();
    expect(await page.getByLabel('refresh every 10 s').isChecked()).toBe(false);
    await writeFile(join(folder, 'index.html'), runPage(viewOf(ENDED, new Date())));
    await page.clock.runFor(REFRESH * 3000);
    expect(await page.title()).toBe('some-digits: epoch 40 of 50');
    await page.getByLabel('refresh every 10 s').check();
    await page.clock.runFor(REFRESH * 1000 + 100);
    await expect.poll(() => page.title()).toBe('some-digits: ended');
    await page.close();
  });

  it('says so where nothing was heard of the run for long', async () => {
    const fresh = await open(TRAINING);
    expect(await fresh.getByText('Nothing was heard').isVisible()).toBe(false);
    await fresh.close();
    const old = await open(TRAINING, {}, new Date(Date.now() - 3_600_000));
    expect(await old.getByText('Nothing was heard').isVisible()).toBe(true);
    await old.close();
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)(
    'gives axe nothing to object to, and scrolls in one direction: %s, %i pixels wide',
    async (colorScheme, width) => {
      const axe = await readFile(AXE, 'utf8');
      for (const state of [TRAINING, ENDED, { name: 'failed', message: HOSTILE } as const]) {
        const page = await open(state, { colorScheme, viewport: { width, height: 800 } });
        await page.evaluate(axe);
        const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        ).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expect(await page.locator('li', { hasText: HOSTILE }).count()).toBe(1);
        await page.close();
      }
    },
  );

  it('asks the network for nothing and complains of nothing', () => {
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
