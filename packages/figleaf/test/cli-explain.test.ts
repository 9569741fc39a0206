/** `figleaf explain` as a user runs it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { type Ended, startIn } from './command.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-cli-explain-'));
  const picture = sharp({ create: { width: 320, height: 200, channels: 3, background: '#7aa55d' } });
  await picture.withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, 'turned.jpg'));
  await writeFile(join(folder, 'notes.txt'), 'no picture');
});

afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]): Promise<Ended> => startIn(folder, ['explain', ...args]).ended;

describe('figleaf explain', () => {
  it('says what the classifier sees, and draws the upright picture with a legend', async () => {
    const { code, stdout } = await run('turned.jpg', '--out', 'heat.png');
    expect(stdout).toMatch(/^activation-map: (\w+ [\d.]+ %(, )?){5}\n/);
    expect(stdout).toMatch(/region/);
    expect(code).toBe(0);
    const metadata = await sharp(join(folder, 'heat.png')).metadata();
    expect(metadata).toMatchObject({ format: 'png', width: 400, height: 640 + 26 });
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    [16, 12, 400, 300 + 26],
    [900, 20, 900, 20 + 52],
    [8, 500, 8, 500],
  ])('draws a picture of %i x %i with a legend, or says why not', async (width, height, across, down) => {
    const plain = sharp({ create: { width, height, channels: 3, background: '#7aa55d' } });
    await plain.png().toFile(join(folder, 'odd.png'));
    const { code, stderr } = await run('odd.png', '--out', 'drawn.png', '--force');
    expect(code).toBe(0);
    const metadata = await sharp(join(folder, 'drawn.png')).metadata();
    expect(metadata).toMatchObject({ width: across, height: down });
    expect(/too narrow for a legend/.test(stderr)).toBe(down === height);
  });

  it.each([
    ['heat.jpg', 'jpeg'],
    ['heat.WEBP', 'webp'],
  ])('writes %s in the format of its ending', async (to, format) => {
    expect(await run('turned.jpg', '--out', to)).toMatchObject({ code: 0 });
    expect((await sharp(join(folder, to)).metadata()).format).toBe(format);
  });

  it('takes a picture on standard input', async () => {
    const { child, ended } = startIn(folder, ['explain', '-', '--json']);
    child.stdin!.end(await readFile(join(folder, 'turned.jpg')));
    const { code, stdout } = await ended;
    expect(JSON.parse(stdout)).toMatchObject({ input: '-', image: { width: 200, height: 320 } });
    expect(code).toBe(0);
  });

  it('names a place of at least one pixel within the smallest of pictures', async () => {
    const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#7aa55d' } });
    await dot.png().toFile(join(folder, 'dot.png'));
    const { stdout } = await run('dot.png');
    expect(stdout).toMatch(/ 0, 0, 1 x 1$/m);
    expect(stdout).not.toMatch(/0 x 0/);
  });

  it('replaces nothing unasked', async () => {
    await writeFile(join(folder, 'mine.png'), 'mine');
    const refused = await run('turned.jpg', '--out', 'mine.png');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/output-exists/) });
    expect(await readFile(join(folder, 'mine.png'), 'utf8')).toBe('mine');
    expect((await run('turned.jpg', '--out', 'mine.png', '--force')).code).toBe(0);
    expect((await sharp(join(folder, 'mine.png')).metadata()).width).toBe(400);
    expect(await run('turned.jpg', '--out', 'turned.jpg', '--force')).toMatchObject({ code: 1 });
  });

  it('gives classes, regions and heat with --json, as fine as asked', async () => {
    const { code, stdout } = await run('turned.jpg', '--json', '--size', '96');
    const { classes, regions, heat, models, image } = JSON.parse(stdout) as Record<string, object>;
    expect(Object.keys(classes!)).toEqual(['drawing', 'hentai', 'neutral', 'porn', 'sexy']);
    expect(Array.isArray(regions)).toBe(true);
    expect(heat).toMatchObject({ width: 2, height: 3, data: { length: 6 } });
    expect(models).toEqual(['activation-map']);
    expect(image).toMatchObject({ width: 200, height: 320, format: 'jpeg' });
    expect(code).toBe(0);
  });

  it.skipIf(!hasData)('names hot regions, the hottest first', async () => {
    const { stdout } = await run(dataPath('people', 'dlib-faces', '2009_004587.jpg'));
    const heats = [...stdout.matchAll(/^(unsafe|suggestive) +([\d.]+) % +\d+, \d+, \d+ x \d+$/gm)].map(
      ([, , heat]) => Number(heat),
    );
    expect(heats.length).toBeGreaterThan(0);
    expect(heats).toEqual(heats.toSorted((a, b) => b - a));
  });

  it.each([
    [4, ['notes.txt'], /not-an-image/],
    [4, ['nothing.jpg'], /input-not-found/],
    [1, ['turned.jpg', '--size', '100'], /option-invalid/],
    [1, ['turned.jpg', '--out', 'none/heat.png'], /output-unwritable/],
    [1, ['turned.jpg', '--out', 'heat.gif'], /\.jpg, \.jpeg, \.png, \.webp \(option-invalid\)/],
    [1, ['turned.jpg', '--out', 'heat'], /option-invalid/],
    [1, ['.'], /of one picture.*\(option-invalid\)/],
    [1, ['*.jpg'], /of one picture.*\(option-invalid\)/],
  ])('ends with %i for %j', async (code, args, why) => {
    expect(await run(...args)).toMatchObject({ code, stderr: expect.stringMatching(why) });
  });

  it('says that the map shows one of three', async () => {
    expect((await run('--help')).stdout).toMatch(
      /three networks\. The map shows one of them, mobilenet_v2_mid/,
    );
  });
});
