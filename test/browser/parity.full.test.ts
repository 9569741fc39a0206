/** The same files judged in Node and in headless Chromium. */
// Where probabilities differ, the browser's decoder is the cause: given the pixels that Node decoded, Chromium answers what
// Node answers.

import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Classifier, decodeImage, loadClassifier, type Pixels } from 'figleaf';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../data.ts';
import { hasChromium, launchChromium } from './chromium.ts';
import type { Difference } from './page/main.ts';
import { type Served, Site, TestPage } from './site.ts';

/** Most that a probability may differ, most that it should, and most that it does when the pixels are the same. */
const BOUND = 0.01;
const AIM = 0.002;
const SAME_PIXELS = 1e-4;

interface Picture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Makes one of the forms in which the hundred other pictures come, each from the file of a photo. */
type Form = (file: string, index: number) => Promise<Picture>;

const named = (file: string, suffix: string): string => `${basename(file).replace(/\.\w+$/, '')}${suffix}`;

const asStored: Form = async (file) => ({ name: basename(file), bytes: await readFile(file) });

const turned: Form = async (file, index) => {
  const orientation = 2 + (index % 7);
  const bytes = await sharp(file).withMetadata({ orientation }).jpeg({ quality: 92 }).toBuffer();
  return { name: named(file, `-exif${orientation}.jpg`), bytes };
};

const png: Form = async (file) => ({ name: named(file, '.png'), bytes: await sharp(file).png().toBuffer() });

const webp: Form = async (file) => ({
  name: named(file, '.webp'),
  bytes: await sharp(file).webp({ quality: 85 }).toBuffer(),
});

/** Forms in turn over 100 photos: 40 as they are, 20 turned by EXIF, 20 PNG, 20 WebP. */
const FORMS: readonly Form[] = [asStored, turned, asStored, png, webp];

async function people(): Promise<Picture[]> {
  const folders = [dataPath('people', 'dlib-faces'), dataPath('people', 'skimage')];
  const lists = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => `${folder}/${name}`)),
  );
  // truncated.jpg is unreadable, and says so in either place.
  const files = lists.flat().filter((file) => /\.(jpg|png)$/.test(file) && !file.endsWith('truncated.jpg'));
  return Promise.all(files.sort().map((file, index) => asStored(file, index)));
}

async function others(): Promise<Picture[]> {
  const root = dataPath('clothing-small', 'test');
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
  const chosen = files.filter((_, index) => index % 3 === 0).slice(0, 100);
  const pictures: Picture[] = [];
  for (const [index, name] of chosen.entries()) {
    pictures.push(await FORMS[index % FORMS.length]!(`${root}/${name}`, index));
  }
  return pictures;
}

/** What was found of one picture with one model. */
interface Finding {
  readonly name: string;
  /** Largest difference of a probability between Node and Chromium, each with its own decoder. */
  readonly own: number;
  /** The same where Chromium got Node's pixels. */
  readonly samePixels: number;
  readonly decode: Difference;
}

function furthest(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): number {
  return Math.max(...Object.entries(a).map(([label, p]) => Math.abs(p - (b[label] ?? Number.NaN))));
}

function report(model: string, findings: readonly Finding[]): void {
  const worst = findings.toSorted((a, b) => b.own - a.own);
  const over = findings.filter(({ own }) => own > AIM);
  const exact = findings.filter(({ decode }) => decode.max === 0).length;
  console.log(
    `${model}: ${findings.length} pictures, ${over.length} differ by more than ${AIM}, worst ${worst[0]!.own.toExponential(2)}; ` +
      `with Node's pixels worst ${Math.max(...findings.map(({ samePixels }) => samePixels)).toExponential(2)}; ` +
      `${exact} decode to the very same pixels`,
  );
  for (const { name, own, samePixels, decode } of worst.slice(0, 5)) {
    console.log(
      `  ${name}: ${own.toExponential(2)}, with Node's pixels ${samePixels.toExponential(2)}; ` +
        `decodes differ by ${decode.mean.toFixed(3)} on average, ${decode.max} at most`,
    );
  }
}

describe.skipIf(!hasChromium || !hasData)('Node and Chromium', () => {
  let site: Site;
  let served: Served;
  let browser: Browser;
  let test: TestPage;

  beforeAll(async () => {
    site = await Site.staged();
    [served, browser] = await Promise.all([site.serve('build'), launchChromium()]);
    test = await TestPage.open(browser, served.url);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  async function examine(classifier: Classifier, model: string, { name, bytes }: Picture): Promise<Finding> {
    const { frames } = await decodeImage(bytes);
    const pixels: Pixels = frames[0]!;
    test.files.set(name, bytes);
    test.files.set(`${name}.raw`, pixels.data);
    const { classes } = await classifier.classify(bytes);
    const there = await test.page.evaluate(
      async ({ url, raw, width, height, model }) => ({
        own: await window.figleaf.judge(url, 'file', model),
        samePixels: await window.figleaf.judgePixels(raw, width, height, model),
        decode: await window.figleaf.compare(url, raw, width, height),
      }),
      {
        url: `/files/${encodeURIComponent(name)}`,
        raw: `/files/${encodeURIComponent(name)}.raw`,
        width: pixels.width,
        height: pixels.height,
        model,
      },
    );
    test.files.clear();
    expect(there.own.error, name).toBeUndefined();
    expect(there.decode.sameSize, name).toBe(true);
    return {
      name,
      own: furthest(classes, there.own.result!.classes),
      samePixels: furthest(classes, there.samePixels.result!.classes),
      decode: there.decode,
    };
  }

  async function examineAll(model: string, pictures: readonly Picture[]): Promise<readonly Finding[]> {
    await using classifier = await loadClassifier(model);
    const findings: Finding[] = [];
    for (const picture of pictures) findings.push(await examine(classifier, model, picture));
    report(model, findings);
    return findings;
  }

  function expectParity(findings: readonly Finding[]): void {
    for (const { name, own, samePixels } of findings) {
      expect(own, name).toBeLessThanOrEqual(BOUND);
      expect(samePixels, name).toBeLessThanOrEqual(SAME_PIXELS);
    }
  }

  it('agree on all readable pictures of people and a hundred others', async () => {
    const pictures = [...(await people()), ...(await others())];
    expect(pictures.length).toBeGreaterThanOrEqual(115);
    expectParity(await examineAll('mobilenet_v2', pictures));
  });

  it.each(['mobilenet_v2_mid', 'inception_v3'])('agree on people with %s', async (model) => {
    expectParity(await examineAll(model, await people()));
  });
});
