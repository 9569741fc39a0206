/** `figleaf censor` as a user runs it: what it covers and writes, what it leaves alone, how it ends and goes on. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { encodeBmp } from '../../../tools/bmp.ts';
import { recordSchema } from '../src/scan/schema.ts';
import {
  SHADE,
  THING,
  thingAnimation,
  thingModel,
  thingPicture,
  thingPixels,
  writeThings,
} from './bright-things.ts';
import { type Ended, type Started, startIn } from './command.ts';
import { filesIn } from './files-in.ts';
import { hasNudenet } from './nudenet-320n.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-censor-'));
  await writeFile(join(folder, 'bright.onnx'), thingModel());
  await writeThings(folder, { 'photos/black.png': 'nothing', 'photos/trip/thing.png': 'thing' });
  await writeFile(join(folder, 'photos', 'notes.txt'), 'no picture');
});

afterEach(() => rm(folder, { recursive: true }));

/** Where a second thing is. */
const OTHER = { x: 10, y: 110, width: 30, height: 30 };

const BLACK = join('photos', 'black.png');
const PICTURE = join('photos', 'trip', 'thing.png');

const start = (...args: string[]): Started =>
  startIn(folder, ['censor', '--model', 'bright.onnx', '--workers', '1', ...args]);
const run = (...args: string[]): Promise<Ended> => start(...args).ended;

const read = (name: string): Promise<Buffer> => readFile(join(folder, name));
const filesOf = (name: string): Promise<string[]> => filesIn(join(folder, name));

/** The red of a pixel in the middle of the thing, and of one outside: 250 and 0 where nothing is covered. */
async function middleAndCorner(name: string, page = 0): Promise<[number, number]> {
  const { data, info } = await sharp(join(folder, name), { page })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number => data[(y * info.width + x) * info.channels]!;
  return [at(THING.x + 40, THING.y + 25), at(5, 5)];
}

describe('figleaf censor writes', () => {
  it('a covered copy beside the picture, and leaves the original', async () => {
    const before = await read(PICTURE);
    const { code, stdout, stderr } = await run(PICTURE);
    const copy = join('photos', 'trip', 'thing.censored.png');
    expect(stdout).toBe(`covered  picture\n      1  ${PICTURE} -> ${copy}\n`);
    expect(stderr).toMatch(/^1 picture written, looked at by bright \(\w+\), in [\d.]+ s\n$/);
    expect(code).toBe(0);
    expect(await middleAndCorner(copy)).toEqual([0, 0]);
    expect(await read(PICTURE)).toEqual(before);
  });

  it('a whole folder as it lies, what had nothing to cover too, and no other files', async () => {
    const { code, stdout, stderr } = await run('photos', '--out', 'public');
    expect(await filesOf('public')).toEqual(['black.png', join('trip', 'thing.png')]);
    expect(stdout).toContain(`nothing  ${BLACK} -> ${join('public', 'black.png')}\n`);
    expect(stderr).toMatch(
      /^2 pictures written, .*; 1 has nothing covered: look at it before you publish; 1 other file passed over\n$/,
    );
    expect(code).toBe(0);
  });

  it('all of a picture with --invert where nothing was found to leave bare, and says so', async () => {
    const { stdout, stderr } = await run('photos', '--out', 'public', '--invert', '--colour', '#ff0000');
    expect(stdout).toContain(`   bare  picture\nnothing  ${BLACK} -> `);
    expect(stderr).toMatch(
      /^2 pictures written, .*; 1 is covered wholly: nothing was found to leave bare; 1 other/,
    );
    expect(await middleAndCorner(join('public', 'black.png'))).toEqual([255, 255]);
  });

  it('two pictures of one name apart, and two that would get one name', async () => {
    await writeThings(folder, { 'more/black.png': 'thing' });
    const { data, width, height } = thingPixels();
    await writeFile(join(folder, 'more', 'black'), encodeBmp(data, width, height));
    await writeFile(join(folder, 'more', 'a.bmp'), encodeBmp(data, width, height));
    await writeFile(join(folder, 'more', 'a.bmp.png'), await thingPicture().png().toBuffer());
    const { code, stdout } = await run('photos', 'more', '--out', 'public', '--force');
    expect(await filesOf('public')).toEqual([
      join('more', 'a.bmp.png'),
      join('more', 'black.png'),
      join('photos', 'black.png'),
      join('photos', 'trip', 'thing.png'),
    ]);
    expect(stdout).toMatch(/^output-exists {2}more.a\.bmp\.png {2}.*copy of another picture too/m);
    expect(stdout).toMatch(/^output-exists {2}more.black\.png /m);
    expect(code).toBe(4);
  });

  it('records with --json', async () => {
    const { stdout, stderr } = await run('photos', '--json', '--quiet', '--out', 'public');
    const [black, found] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(black).toMatchObject({
      input: BLACK,
      output: join('public', 'black.png'),
      regions: 0,
      losses: [],
    });
    expect(found).toMatchObject({ input: PICTURE, regions: 1, models: ['bright'] });
    expect(recordSchema.parse(found).detections).toMatchObject([{ label: 'PART_EXPOSED' }]);
    expect(stderr).toBe('');
  });

  it('no metadata, and what of it was asked for', async () => {
    const exif = {
      IFD0: { Artist: 'SECRET-ARTIST' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
    };
    const photo = await thingPicture()
      .withExif(exif)
      .withXmp('<x:SECRET-XMP xmlns:x="x"/>')
      .jpeg()
      .toBuffer();
    expect(photo.includes('SECRET-ARTIST') && photo.includes('SECRET-XMP')).toBe(true);
    await writeFile(join(folder, 'a.jpg'), photo);
    await run('a.jpg', '--out', 'bare');
    const bare = await read(join('bare', 'a.jpg'));
    expect((await sharp(bare).metadata()).exif).toBeUndefined();
    expect(bare.includes('SECRET')).toBe(false);
    await run('a.jpg', '--out', 'kept', '--keep-exif');
    const kept = await read(join('kept', 'a.jpg'));
    expect(kept.includes('SECRET-ARTIST')).toBe(true);
    expect(kept.includes('SECRET-XMP')).toBe(false);
  });

  it('every frame of an animation covered where anything was in one of them', async () => {
    await writeFile(join(folder, 'a.gif'), await thingAnimation([null, THING, null, OTHER, null]));
    const { stdout } = await run('a.gif', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ frames: 5, regions: 2, output: 'a.censored.gif' });
    const colour = ['--colour', '#ff0000', '--force'];
    await run('a.gif', ...colour);
    // All frames look the same now, and an encoder may store one for several.
    const { pages = 1 } = await sharp(join(folder, 'a.censored.gif')).metadata();
    for (let page = 0; page < pages; page++)
      expect(await middleAndCorner('a.censored.gif', page)).toEqual([255, 0]);
    await run('a.gif', '--invert', ...colour);
    // Bare only where it was found.
    expect(await middleAndCorner('a.censored.gif', 0)).toEqual([255, 255]);
    expect(await middleAndCorner('a.censored.gif', 1)).toEqual([SHADE, 255]);
  });

  it.runIf(process.platform === 'linux')('names that are no text', async () => {
    const named = (place: string, name: string): Buffer =>
      Buffer.concat([Buffer.from(`${folder}/${place}/`), Buffer.from(name, 'latin1')]);
    await mkdir(named('photos', 'caf\xe9'));
    await writeFile(named('photos', 'caf\xe9/\xff\n.png'), await thingPicture().png().toBuffer());
    const { code, stdout } = await run('photos', '--out', 'public');
    expect(stdout).toContain('photos/caf\\xe9/\\xff\uFFFD.png -> public/caf\\xe9/\\xff\uFFFD.png\n');
    expect((await stat(named('public', 'caf\xe9/\xff\n.png'))).size).toBeGreaterThan(0);
    expect((await run('photos')).code).toBe(0);
    expect((await stat(named('photos', 'caf\xe9/\xff\n.censored.png'))).size).toBeGreaterThan(0);
    expect(code).toBe(0);
  });
});

describe('figleaf censor covers', () => {
  const covered = async (...args: string[]): Promise<[number, number]> => {
    const { code, stderr } = await run(PICTURE, '--out', 'public', '--force', ...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return middleAndCorner(join('public', 'thing.png'));
  };

  it('in the style that is asked for', async () => {
    expect(await covered('--colour', '#00f')).toEqual([0, 0]);
    const [middle] = await covered('--style', 'pixelate', '--shape', 'ellipse');
    expect(Math.abs(middle - SHADE)).toBeLessThan(60);
    await writeFile(
      join(folder, 'smile.svg'),
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9h-9z" fill="#f00"/></svg>',
    );
    expect(await covered('--sticker', 'smile.svg', '--soft-edge', '0.2')).toEqual([255, 0]);
    expect(await covered('--expand', '2', '--colour', '#ff0000')).toEqual([255, 255]);
    expect(await covered('--invert', '--colour', '#ff0000')).toEqual([SHADE, 255]);
  });

  it('what its labels and families say', async () => {
    expect(await covered('--label', 'PART_EXPOSED=leave')).toEqual([SHADE, 0]);
    expect(await covered('--label', 'PART_EXPOSED=colour=#ff0000,ellipse,expand=0.1')).toEqual([255, 0]);
    expect(await covered('--label', 'PART_EXPOSED=min-score=0.99')).toEqual([SHADE, 0]);
    expect(await covered('--min-score', '0.99')).toEqual([SHADE, 0]);
    expect(await covered('--min-score', '0.99', '--label', 'PART_EXPOSED=min-score=0.5')).toEqual([0, 0]);
  });

  it('other families and faces where they are asked for', async () => {
    await writeFile(join(folder, 'bright.onnx'), thingModel('PART_COVERED', 'suggestive'));
    expect(await covered()).toEqual([SHADE, 0]);
    expect(await covered('--suggestive')).toEqual([0, 0]);
    await writeFile(join(folder, 'bright.onnx'), thingModel('FACE_FEMALE', 'safe'));
    expect(await covered()).toEqual([SHADE, 0]);
    expect(await covered('--faces')).toEqual([0, 0]);
    expect(await covered('--label', 'FACE_FEMALE')).toEqual([0, 0]);
  });
});

describe('figleaf censor leaves alone', () => {
  it('what is there already, but by force', async () => {
    const copy = join('photos', 'trip', 'thing.censored.png');
    await writeFile(join(folder, copy), 'mine');
    const { code, stdout } = await run('photos');
    expect(stdout).toMatch(
      /^output-exists {2}photos.trip.thing\.png {2}.*--resume passes over such, --force/m,
    );
    expect(stdout).toMatch(/^nothing {2}photos.black\.png /m);
    expect(code).toBe(4);
    expect(await readFile(join(folder, copy), 'utf8')).toBe('mine');
    expect(await run(PICTURE, '--force')).toMatchObject({ code: 0 });
    expect(await middleAndCorner(copy)).toEqual([0, 0]);
  });

  it('its own copies, and what a kill left of one', async () => {
    await run('photos');
    await writeFile(join(folder, 'photos', 'trip', 'thing.censored.png.0a1b2c3d.tmp'), await read(PICTURE));
    const all = await filesOf('photos');
    const { code, stdout, stderr } = await run('photos', '--resume');
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^0 pictures written.*; 5 passed over: there is a covered copy/);
    expect(code).toBe(0);
    expect(await filesOf('photos')).toEqual(all);
  });

  it('no picture that only looks like one of its copies', async () => {
    await writeThings(folder, { 'other/a.censored.png': 'thing' });
    await run('other');
    expect(await filesOf('other')).toEqual(['a.censored.censored.png', 'a.censored.png']);
  });
});

describe('figleaf censor ends', () => {
  it('with 4 where a picture cannot be covered, with a line for it and all others done', async () => {
    await writeFile(join(folder, 'photos', 'broken.png'), Buffer.from('89504e470d0a1a0a00', 'hex'));
    await writeFile(join(folder, 'photos', 'draw.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const { code, stdout, stderr } = await run('photos', 'nowhere.png', '--out', 'public');
    expect(stdout).toMatch(/^image-truncated {2}photos.broken\.png /m);
    expect(stdout).toMatch(/^image-svg-refused {2}photos.draw\.svg /m);
    expect(stdout).toMatch(/^input-not-found {2}nowhere\.png /m);
    expect(stderr).toMatch(/^2 pictures written.*; 3 could not be covered/);
    expect(await filesOf('public')).toEqual([
      join('photos', 'black.png'),
      join('photos', 'trip', 'thing.png'),
    ]);
    expect(code).toBe(4);
  });

  it.each([
    [['--style', 'sticker'], /add --sticker FILE \(option-invalid\)/],
    [['--label', 'PART_EXPOSED=sticker'], /add --sticker FILE \(option-invalid\)/],
    [['--sticker', 'none.svg'], /cannot read the sticker 'none\.svg'.*\(option-invalid\)/],
    [['--sticker', join('photos', 'notes.txt')], /the sticker 'photos.notes\.txt': .*\(not-an-image\)/],
    [['--style', 'mosaic'], /Allowed choices are box, pixelate, blur, sticker/],
    [['--colour', 'red'], /colour is 'red'; give it as #rrggbb.*\(option-invalid\)/],
    [['--expand', '20'], / --expand is 20; give a number from 0 to 10 \(option-invalid\)/],
    [['--soft-edge', 'much'], /Give a number/],
    [['--soft-edge', '3'], / --soft-edge is 3; give a number from 0 to 1 \(option-invalid\)/],
    [['--label', 'PART_EXPOSED=soft-edge=3'], /--label PART_EXPOSED: soft-edge is 3;.*\(option-invalid\)/],
    [['-'], /on standard input has no name.*\(option-invalid\)/],
    [
      ['--label', 'PART_EXPOSD'],
      /bright has no label 'PART_EXPOSD'; did you mean 'PART_EXPOSED'.*\(option-invalid\)/,
    ],
    [['--label', 'PART_EXPOSED=blurry'], /Give LABEL, LABEL=leave, or LABEL=how/],
    [['--label', 'PART_EXPOSED=expand=11'], /expand is 11.*\(option-invalid\)/],
    [['--label', 'PART_EXPOSED', '--label', 'PART_EXPOSED=leave'], /a rule for PART_EXPOSED already/],
    [
      ['--faces'],
      /bright finds no faces; for parts and faces: {2}figleaf models pull nudenet-320n \(option-invalid\)/,
    ],
    [['--force', '--resume'], /cannot be used with option/],
    [['--out', 'photos'], /'photos' is where the pictures are.*\(option-invalid\)/],
    [['--out', join('bright.onnx', 'a')], /cannot make the folder.*\(output-unwritable\)/],
  ])('with 1 and the reason for %j, before anything is written', async (args, message) => {
    const before = await filesOf('.');
    const { code, stdout, stderr } = await run('photos', ...args);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await filesOf('.')).toEqual(before);
  });
});

// Windows has no signal that a process could answer.
describe.skipIf(process.platform === 'win32')('figleaf censor, broken off,', () => {
  const COUNT = 60;
  const names = Array.from({ length: COUNT }, (_, index) => `${String(index).padStart(3, '0')}.png`);
  beforeEach(() =>
    writeThings(folder, Object.fromEntries(names.map((name) => [join('many', name), 'thing']))),
  );

  /** Waits until so many copies are there. */
  async function untilWritten(count: number): Promise<void> {
    while ((await filesOf('public').catch(() => [])).length < count) await sleep(2);
  }

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'by %s leaves whole files alone, and is gone on with',
    async (signal) => {
      const { child, ended } = start('many', '--out', 'public');
      await untilWritten(10);
      child.kill(signal);
      const { code, stderr } = await ended;
      expect(code).toBe(signal === 'SIGINT' ? 130 : null);
      if (signal === 'SIGINT')
        expect(stderr).toMatch(/\ninterrupted; the same command with --resume goes on\n$/);
      const left = (await filesOf('public')).filter((name) => !name.endsWith('.tmp'));
      expect(left.length).toBeGreaterThanOrEqual(8);
      expect(left.length).toBeLessThan(COUNT);
      for (const name of left) expect(await middleAndCorner(join('public', name))).toEqual([0, 0]);

      const again = await run('many', '--out', 'public', '--resume');
      expect(again.code).toBe(0);
      expect(again.stderr).toContain(`${COUNT - left.length} pictures written`);
      expect((await filesOf('public')).filter((name) => !name.endsWith('.tmp'))).toEqual(names);
      for (const name of names) expect(await middleAndCorner(join('public', name))).toEqual([0, 0]);
    },
  );

  it('writes again what is an empty file', async () => {
    await mkdir(join(folder, 'public'));
    await writeFile(join(folder, 'public', names[0]!), '');
    expect(await run(join('many', names[0]!), '--out', 'public', '--resume')).toMatchObject({ code: 0 });
    expect(await middleAndCorner(join('public', names[0]!))).toEqual([0, 0]);
  });
});

describe('figleaf censor without a pulled detector', () => {
  const bare = (...args: string[]): Promise<Ended> =>
    startIn(folder, ['censor', BLACK, '--out', 'public', ...args], { FIGLEAF_MODELS: join(folder, 'none') })
      .ended;

  it('says that regions are rough, and how to pull one', async () => {
    const { code, stderr } = await bare();
    expect(stderr).toMatch(/^figleaf: no detector is pulled.*figleaf models pull nudenet-320n$/m);
    expect(await filesOf('public')).toEqual(['black.png']);
    expect(code).toBe(0);
  });

  it.each([['--faces'], ['--label', 'FEET_EXPOSED']])(
    'refuses what it could not find: %s',
    async (...args) => {
      const { code, stderr } = await bare(...args);
      expect(stderr).toMatch(/figleaf models pull nudenet-320n \(option-invalid\)/);
      expect(code).toBe(1);
    },
  );
});

describe.skipIf(!hasNudenet || !hasData)('figleaf censor with nudenet-320n', () => {
  it('covers a face', async () => {
    const astronaut = dataPath('people', 'skimage', 'astronaut.png');
    const args = ['censor', astronaut, '--out', 'public', '--faces', '--json'];
    const { code, stdout } = await startIn(folder, args).ended;
    expect(JSON.parse(stdout)).toMatchObject({ regions: 1, detections: [{ label: 'FACE_FEMALE' }] });
    const { data, info } = await sharp(join(folder, 'public', 'astronaut.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray((110 * info.width + 225) * 3, (110 * info.width + 225) * 3 + 3)]).toEqual([
      0, 0, 0,
    ]);
    expect(code).toBe(0);
  });
});
