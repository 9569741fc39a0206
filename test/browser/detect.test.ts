/** Node and Chromium give the same boxes for a few pictures; `detect.full.test.ts` has all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNudenet } from '../../packages/figleaf/test/nudenet-320n.ts';
import { dataPath, hasData } from '../data.ts';
import { hasChromium } from './chromium.ts';
import { DetectParity } from './detect-parity.ts';

describe.skipIf(!hasChromium || !hasData)('a detector in Node and in Chromium', () => {
  let parity: DetectParity;
  beforeAll(async () => {
    parity = await DetectParity.open();
  }, 120_000);
  afterAll(() => parity?.[Symbol.asyncDispose]());

  const pictures = [
    dataPath('people', 'skimage', 'chelsea.png'),
    dataPath('people', 'dlib-faces', '2009_004587.jpg'),
  ];

  it('gives the same regions by the activation map', async () => {
    for (const path of pictures) expect(await parity.expectSame('activation-map', path)).toBeGreaterThan(0);
  });

  it.skipIf(!hasNudenet)('gives the same boxes by nudenet-320n', async () => {
    let found = 0;
    for (const path of pictures) found += await parity.expectSame('nudenet-320n', path);
    expect(found).toBeGreaterThan(0);
  });
});
