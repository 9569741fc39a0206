/** `figleaf detect` as a user runs it: what it prints and draws, and how it ends. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { recordSchema, type ScanRecord } from '../src/scan/schema.ts';
import { SHADE, THING, thingAnimation, thingModel, thingPicture, writeThings } from './bright-things.ts';
import { type Ended, type Started, startIn } from './command.ts';
import { filesIn } from './files-in.ts';
import { hasNudenet } from './nudenet-320n.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-detect-'));
  await writeFile(join(folder, 'bright.onnx'), thingModel());
  await writeThings(folder, { 'photos/black.png': 'nothing', 'photos/trip/thing.png': 'thing' });
  await writeFile(join(folder, 'photos', 'notes.txt'), 'no picture');
});

afterEach(() => rm(folder, { recursive: true }));

const BLACK = join('photos', 'black.png');
const PICTURE = join('photos', 'trip', 'thing.png');

const start = (...args: string[]): Started =>
  startIn(folder, ['detect', '--model', 'bright.onnx', '--workers', '1', ...args]);
const run = (...args: string[]): Promise<Ended> => start(...args).ended;

const recordsOf = (jsonLines: string): ScanRecord[] =>
  jsonLines
    .split('\n')
    .slice(0, -1)
    .map((line) => recordSchema.parse(JSON.parse(line)));

/** Small pictures are drawn on enlarged, and the test's are 200 pixels wide. */
const TIMES = 2;

/** A pixel of a drawn picture in the folder. */
async function pixelOf(name: string, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(join(folder, name)).raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3)];
}

const distanceFromOrange = ([red, green, blue]: number[]): number =>
  Math.abs(red! - 255) + Math.abs(green! - 96) + Math.abs(blue! - 64);

describe('figleaf detect prints', () => {
  it('a table for people, with a summary beside it', async () => {
    const { code, stdout, stderr } = await run('photos');
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^ +score +label +family +x +y +width +height$/);
    expect(rows).toEqual([
      `${BLACK}  200 x 150, nothing found`,
      `${PICTURE}  200 x 150`,
      expect.stringMatching(/^ {2}98\.0 % {2}PART_EXPOSED +unsafe +6\d +4\d +7\d +4\d$/),
    ]);
    expect(stderr).toMatch(
      /^2 pictures looked at by bright \(\w+\) in [\d.]+ s: something found in 1; 1 other file passed over\n$/,
    );
    expect(code).toBe(0);
  });

  it('records that follow the schema with --json, and nothing else with --quiet', async () => {
    const { stdout, stderr } = await run('photos', '--json', '--quiet');
    const [black, found] = recordsOf(stdout);
    expect(black).toMatchObject({ input: BLACK, detections: [], models: ['bright'] });
    expect(found).toEqual({
      input: PICTURE,
      ...{ kind: 'image', width: 200, height: 150, verdict: null, reason: null, scores: null, classes: {} },
      detections: [
        {
          label: 'PART_EXPOSED',
          category: 'unsafe',
          score: expect.closeTo(SHADE / 255, 2),
          box: expect.anything(),
        },
      ],
      models: ['bright'],
    });
    const { box } = found!.detections![0]!;
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(box[side] - THING[side])).toBeLessThan(3);
    expect(stderr).toBe('');
  });

  it('how many frames of an animation were looked at', async () => {
    await writeFile(join(folder, 'a.gif'), await thingAnimation([null, THING, null]));
    expect((await run('a.gif')).stdout).toContain('a.gif  200 x 150, 3 frames looked at\n');
    expect(recordsOf((await run('a.gif', '--json')).stdout)).toMatchObject([{ frames: 3 }]);
  });

  it('what is in a picture on standard input', async () => {
    const { child, ended } = start('-', '--json');
    child.stdin!.end(await thingPicture().webp().toBuffer());
    const { code, stdout } = await ended;
    expect(recordsOf(stdout)).toMatchObject([{ input: '-', detections: [{ label: 'PART_EXPOSED' }] }]);
    expect(code).toBe(0);
  });

  it('a line for what cannot be read, goes on, and ends with 4', async () => {
    await writeFile(join(folder, 'photos', 'broken.png'), Buffer.from('89504e470d0a1a0a00', 'hex'));
    const { code, stdout, stderr } = await run('photos', 'nowhere.png');
    expect(stdout).toMatch(/^image-truncated {2}photos.broken\.png {2}./m);
    expect(stdout).toMatch(/^input-not-found {2}nowhere\.png {2}./m);
    expect(stdout).toMatch(/^ .*PART_EXPOSED/m);
    expect(stderr).toMatch(/^2 pictures .*; 2 could not be read or drawn; 1 other file passed over\n$/);
    expect(code).toBe(4);
  });

  it('each picture once, however often it is named', async () => {
    const { stdout, stderr } = await run('photos/*.png', BLACK, '--json');
    expect(recordsOf(stdout)).toMatchObject([{ input: BLACK }]);
    expect(stderr).toMatch(/; 1 named again\n$/);
  });

  it('only what is sure enough', async () => {
    const { stdout } = await run(PICTURE, '--min-score', '0.99');
    expect(stdout).toContain('nothing found');
  });
});

describe('figleaf detect --annotate', () => {
  it.each([
    ['out.JPG', 'jpeg'],
    ['out.webp', 'webp'],
  ])('draws one picture into %s', async (to, format) => {
    expect(await run(PICTURE, '--annotate', to)).toMatchObject({ code: 0 });
    expect((await sharp(join(folder, to)).metadata()).format).toBe(format);
    // Orange on the lower edge of the box; what is in it stays.
    const lower = TIMES * (THING.y + THING.height);
    const column = await Promise.all(
      Array.from({ length: 12 }, (_, y) => pixelOf(to, TIMES * 100, lower - 8 + y)),
    );
    expect(Math.min(...column.map(distanceFromOrange))).toBeLessThan(90);
    expect((await pixelOf(to, TIMES * 100, TIMES * 65))[0]).toBeGreaterThan(190);
    expect(await filesIn(folder)).toContain(to);
  });

  it('draws several into a folder as they lie, two of one name too, and finds them no more', async () => {
    await writeThings(folder, { 'more/black.png': 'thing', 'photos/b.gif': 'thing' });
    const args = ['photos', 'more', '--annotate', join('photos', 'drawn')];
    expect(await run(...args)).toMatchObject({ code: 0 });
    const drawn = [
      join('more', 'black.png'),
      join('photos', 'b.gif.jpg'),
      join('photos', 'black.png'),
      join('photos', 'trip', 'thing.png'),
    ];
    expect(await filesIn(join(folder, 'photos', 'drawn'))).toEqual(drawn);
    const again = await run(...args, '--force');
    expect(again.stderr).toMatch(/^4 pictures looked at/);
    expect(again.code).toBe(0);
  });

  it('draws the frame of an animation in which something is', async () => {
    await writeFile(join(folder, 'a.gif'), await thingAnimation([null, null, THING, null]));
    await run('a.gif', '--annotate', 'a.png');
    expect((await pixelOf('a.png', TIMES * 100, TIMES * 65))[0]).toBeGreaterThan(190);
  });

  it('draws a picture from standard input', async () => {
    const { child, ended } = start('-', '--annotate', 'a.png');
    child.stdin!.end(await thingPicture().png().toBuffer());
    expect(await ended).toMatchObject({ code: 0 });
    expect((await sharp(join(folder, 'a.png')).metadata()).width).toBe(TIMES * 200);
  });

  it('replaces nothing but by force', async () => {
    await writeFile(join(folder, 'mine.png'), 'mine');
    const one = await run(PICTURE, '--annotate', 'mine.png');
    expect(one.stderr).toMatch(/'mine\.png' is there already.*\(output-exists\)/);
    expect(one).toMatchObject({ code: 1, stdout: '' });
    expect(await readFile(join(folder, 'mine.png'), 'utf8')).toBe('mine');
    expect(await run(PICTURE, '--annotate', 'mine.png', '--force')).toMatchObject({ code: 0 });
    expect(await run(PICTURE, '--annotate', PICTURE, '--force')).toMatchObject({ code: 1 });

    await run('photos', '--annotate', 'drawn');
    const several = await run('photos', '--annotate', 'drawn');
    expect(several.stdout).toMatch(/^output-exists {2}photos.black\.png/m);
    expect(several.code).toBe(4);
  });

  it('says what is wrong with where it is to draw, before anything is printed', async () => {
    await mkdir(join(folder, 'empty.png'));
    for (const [args, message] of [
      [['photos', '--annotate', 'a.png'], /'a\.png' is a file, for one picture.*\(option-invalid\)/],
      [[PICTURE, BLACK, '--annotate', 'a.png'], /of several give a folder \(option-invalid\)/],
      [['photos/*.png', '--annotate', 'a.png'], /of several give a folder \(option-invalid\)/],
      ...['x.gif', 'x.avif', 'out.pgn'].map(
        (to) => [[PICTURE, '--annotate', to], /\.jpg, \.jpeg, \.png, \.webp \(option-invalid\)/] as const,
      ),
      [['photos', '--annotate', 'photos'], /'photos' is where the pictures are.*\(option-invalid\)/],
      [['-', '--annotate', 'drawn'], /has no name.*\(option-invalid\)/],
      [['photos', '--annotate', join('bright.onnx', 'a')], /cannot make the folder.*\(output-unwritable\)/],
    ] as const) {
      const { code, stdout, stderr } = await run(...args);
      expect(stderr).toMatch(message);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
    expect(await run(PICTURE, '--annotate', 'empty.png')).toMatchObject({ code: 0 });
    expect(await filesIn(join(folder, 'empty.png'))).toEqual(['thing.png']);
  });

  it.runIf(process.platform === 'linux')('takes names that are no text', async () => {
    const name = Buffer.concat([
      Buffer.from(`${folder}/photos/trip/`),
      Buffer.from('caf\xe9\n.png', 'latin1'),
    ]);
    await writeFile(name, await thingPicture().png().toBuffer());
    const { code, stdout } = await run('photos', '--annotate', 'drawn');
    expect(stdout).toContain('photos/trip/caf\\xe9\uFFFD.png  200 x 150\n');
    const drawn = Buffer.concat([
      Buffer.from(`${folder}/drawn/trip/`),
      Buffer.from('caf\xe9\n.png', 'latin1'),
    ]);
    expect((await sharp(await readFile(drawn)).metadata()).format).toBe('png');
    expect(code).toBe(0);
  });
});

describe('figleaf detect ends with 1', () => {
  it.each([
    [['--min-score', '0'], /--min-score .*Give a number over 0, up to 1/],
    [['--min-score', 'much'], /Give a number/],
    [['--size', '33'], /size is 33; give a multiple of 32.*\(option-invalid\)/],
    [['--tiles', 'many'], /Give 'auto', or a side of at least 32/],
    [['--tiles', '5'], /--tiles .*a side of at least 32/],
    [['--profile', 'fast'], /cannot be used with option/],
    [['-', '-'], /standard input can be read only once/],
  ])('and the reason for %j', async (args, message) => {
    const { code, stdout, stderr } = await run(PICTURE, ...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('and how to pull it, for a detector that was named and is not here', async () => {
    const args = ['detect', PICTURE, '--model', 'nudenet-320n'];
    const { code, stderr } = await startIn(folder, args, { FIGLEAF_MODELS: join(folder, 'none') }).ended;
    expect(stderr).toMatch(/figleaf models pull nudenet-320n.*\(model-not-pulled\)/);
    expect(code).toBe(1);
  });

  it('for a model of another task', async () => {
    const { code, stderr } = await startIn(folder, ['detect', PICTURE, '--model', 'mobilenet_v2']).ended;
    expect(stderr).toMatch(/\(model-unsupported\)/);
    expect(code).toBe(1);
  });
});

describe('figleaf detect without a pulled detector', () => {
  it('gives regions of one label, and says how to pull one', async () => {
    const env = { FIGLEAF_MODELS: join(folder, 'none') };
    const { code, stdout, stderr } = await startIn(folder, ['detect', BLACK, '--json'], env).ended;
    expect(recordsOf(stdout)).toMatchObject([{ models: ['activation-map'] }]);
    expect(stderr).toMatch(
      /^figleaf: no detector is pulled.*figleaf models pull nudenet-320n\n1 picture looked at/,
    );
    expect(code).toBe(0);
  });
});

describe.skipIf(!hasNudenet || !hasData)('figleaf detect with nudenet-320n', () => {
  it('finds a face', async () => {
    const astronaut = dataPath('people', 'skimage', 'astronaut.png');
    const { code, stdout, stderr } = await startIn(folder, ['detect', astronaut, '--json']).ended;
    expect(recordsOf(stdout)).toMatchObject([{ detections: [{ label: 'FACE_FEMALE', category: 'safe' }] }]);
    expect(stderr).toMatch(/^1 picture looked at by nudenet-320n/);
    expect(code).toBe(0);
  });
});
