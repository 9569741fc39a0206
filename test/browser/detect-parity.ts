/** The parity tests of detectors: the same file looked at in Node and in headless Chromium. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Detection, type Detector, decodeImage, findModel, loadDetector, locateModel } from 'figleaf';
import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type Served, Site, TestPage } from './site.ts';

/** Most that a side of a box may differ, in pixels, and a score. */
const BOUND = { side: 1, score: 0.02 };
/** The same where Chromium gets the pixels that Node decoded: browsers decode JPEG a little differently. */
const SAME_PIXELS = { side: 0.01, score: 1e-3 };

/** Chromium with the test page, and detectors in Node. */
export class DetectParity implements AsyncDisposable {
  readonly #site: Site;
  readonly #served: Served;
  readonly #browser: Browser;
  readonly #test: TestPage;
  readonly #detectors = new Map<string, Detector>();

  private constructor(site: Site, served: Served, browser: Browser, test: TestPage) {
    this.#site = site;
    this.#served = served;
    this.#browser = browser;
    this.#test = test;
  }

  static async open(): Promise<DetectParity> {
    const site = await Site.staged();
    const [served, browser] = await Promise.all([site.serve('build'), launchChromium()]);
    return new DetectParity(site, served, browser, await TestPage.open(browser, served.url));
  }

  /**
   * Expects the same of both. A bundled model goes by its id; of a pulled one the page is given the file and what the catalogue knows.
   *
   * @returns How much was found.
   */
  async expectSame(id: string, path: string): Promise<number> {
    const here = (await (await this.#detectorOf(id)).detect(path)).detections;
    const pixels = (await decodeImage(path)).frames[0]!;
    const { width, height } = pixels;
    const name = basename(path);
    this.#test.files.set(name, () => readFile(path)).set(`${name}.raw`, pixels.data);
    this.#test.files.set(`${id}.onnx`, async () => readFile(await locateModel(id)));
    const { metadata, bundled } = findModel(id);
    const there = await this.#test.page.evaluate(
      async ({ model, description, url, raw, size }) => ({
        own: await window.figleaf.detect(model, description, url),
        samePixels: await window.figleaf.detect(model, description, raw, size),
      }),
      {
        model: bundled ? id : new URL(`/files/${id}.onnx`, this.#served.url).href,
        description: bundled ? {} : metadata,
        url: `/files/${encodeURIComponent(name)}`,
        raw: `/files/${encodeURIComponent(name)}.raw`,
        size: { width, height },
      },
    );
    expectClose(there.samePixels, here, SAME_PIXELS, `${name}, the same pixels`);
    expectClose(there.own, here, BOUND, name);
    return here.length;
  }

  async #detectorOf(id: string): Promise<Detector> {
    const detector = this.#detectors.get(id) ?? (await loadDetector(id, { workers: 1 }));
    this.#detectors.set(id, detector);
    return detector;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const detector of this.#detectors.values()) await detector.close();
    await this.#test[Symbol.asyncDispose]();
    await this.#browser.close();
    await this.#served[Symbol.asyncDispose]();
    await this.#site[Symbol.asyncDispose]();
  }
}

function expectClose(
  there: readonly Detection[],
  here: readonly Detection[],
  { side, score }: typeof BOUND,
  name: string,
): void {
  expect(
    there.map(({ label, category }) => [label, category]),
    name,
  ).toEqual(here.map(({ label, category }) => [label, category]));
  for (const [index, { box, score: said }] of here.entries()) {
    const other = there[index]!;
    expect(Math.abs(other.score - said), name).toBeLessThanOrEqual(score);
    for (const at of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(other.box[at] - box[at]), `${name}: ${at}`).toBeLessThanOrEqual(side);
  }
}
