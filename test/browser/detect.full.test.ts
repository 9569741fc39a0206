/** Node and Chromium give the same boxes for all pictures of people. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNudenet } from '../../packages/figleaf/test/nudenet-320n.ts';
import { dataPath, hasData } from '../data.ts';
import { hasChromium } from './chromium.ts';
import { DetectParity } from './detect-parity.ts';

async function people(): Promise<string[]> {
  const folders = [dataPath('people', 'dlib-faces'), dataPath('people', 'skimage')];
  const lists = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  // truncated.jpg is unreadable in either place.
  return lists
    .flat()
    .filter((file) => /\.(jpg|png)$/.test(file) && !file.endsWith('truncated.jpg'))
    .sort();
}

describe.skipIf(!hasChromium || !hasData)('a detector in Node and in Chromium, on all people', () => {
  let parity: DetectParity;
  beforeAll(async () => {
    parity = await DetectParity.open();
  }, 120_000);
  afterAll(() => parity?.[Symbol.asyncDispose]());

  const ids = ['activation-map', ...(hasNudenet ? ['nudenet-320n'] : [])];

  it.each(ids)(
    'gives the same by %s',
    async (id) => {
      const pictures = await people();
      let found = 0;
      for (const path of pictures) found += await parity.expectSame(id, path);
      expect(found).toBeGreaterThanOrEqual(pictures.length / 2);
    },
    300_000,
  );
});
