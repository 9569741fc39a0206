/** The event loop stays free while many pictures are judged, and an abort is prompt; on the built package. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { loadClassifier } from 'figleaf';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import { encodeBmp } from '../../../../tools/bmp.ts';

const FILES = 500;
const RESOLUTION_MS = 5;

/** A BMP of one grey. */
function bmp(width: number, height: number): Uint8Array {
  return encodeBmp(new Uint8Array(width * height * 3).fill(0x90), width, height);
}

/** 500 files: photos from the shared data, and among them HEIC, BMP and 12 megapixels. */
async function makeFiles(folder: string): Promise<string[]> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const large = sharp({ create: { width: 4000, height: 3000, channels: 3, background: 'grey', noise } });
  await large.jpeg({ quality: 85 }).toFile(join(folder, 'large.jpg'));
  await writeFile(join(folder, 'large.bmp'), bmp(4000, 3000));
  await writeFile(join(folder, 'small.bmp'), bmp(640, 480));
  const photos = dataPath('clothing-small', 'validation');
  const names = await readdir(photos, { recursive: true });
  const small = names.filter((name) => name.endsWith('.jpg')).map((name) => join(photos, name));
  const special = [
    join(folder, 'large.jpg'),
    dataPath('malformed', 'heif-avif', 'colors-no-alpha-thumbnail.heic'),
    join(folder, 'small.bmp'),
    join(folder, 'large.bmp'),
  ];
  // Every fifth is one of the special ones.
  return Array.from({ length: FILES }, (_, index) =>
    index % 5 === 0 ? special[(index / 5) % special.length]! : small[index % small.length]!,
  );
}

describe.skipIf(!hasData)('while 500 files are judged', () => {
  let folder: string;
  let files: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-event-loop-'));
    files = await makeFiles(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('the 99th percentile of the event loop delay stays under 50 ms', { timeout: 300_000 }, async () => {
    await using classifier = await loadClassifier({ profile: 'fast' });
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const errors: string[] = [];
    let judged = 0;
    for await (const { input, error } of classifier.classifyAll(files)) {
      if (error) errors.push(`${input}: ${error.message}`);
      else judged += 1;
    }
    delay.disable();
    expect(errors).toEqual([]);
    expect(judged).toBe(FILES);
    const p99 = delay.percentile(99) / 1e6 - RESOLUTION_MS;
    console.log(
      `event loop delay: 99th percentile ${p99.toFixed(1)} ms, longest ${(delay.max / 1e6).toFixed(0)} ms`,
    );
    expect(p99).toBeLessThan(50);
  });

  it('an abort returns within 200 ms, at any moment', { timeout: 300_000 }, async () => {
    await using classifier = await loadClassifier({ profile: 'fast' });
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const judging = (async () => {
        for await (const _ of classifier.classifyAll(files, { signal: controller.signal }));
      })();
      const outcome = judging.then(
        () => 'finished',
        (error: unknown) => error,
      );
      await setTimeout(100 + Math.random() * 1500);
      const start = performance.now();
      controller.abort('enough');
      expect(await outcome).toBe('enough');
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});
