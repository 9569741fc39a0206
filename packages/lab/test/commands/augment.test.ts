/** `figleaf augment` as a user runs it: a sheet, copies, wrong use. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { drawColours } from '../drawn.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-augment-'));
  await drawColours(join(folder, 'data'), 2);
  await mkdir(join(folder, 'odd'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'odd/broken.png'), 'no picture');
  await sharp({ create: { width: 30, height: 40, channels: 3, background: 'teal' } })
    .jpeg()
    .toFile(join(folder, 'odd/teal.jpg'));
  await writeFile(join(folder, 'mixup.json'), '{"operations": [{"type": "mixup", "probability": 1}]}');
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => startIn(folder, ['augment', ...args]).ended;

describe('figleaf augment preview', () => {
  it('draws a sheet, and goes over it only when asked', async () => {
    const { code, stderr } = await run('preview', 'data', '--out', 'sheet.png');
    expect(code, stderr).toBe(0);
    const { width, height } = await sharp(join(folder, 'sheet.png')).metadata();
    expect(stderr).toContain(`${width} x ${height} pixels: sheet.png`);
    expect(width).toBe(48 + 7 * 204 - 12);
    const again = await run('preview', 'data', '--out', 'sheet.png', '--augment', 'mixup.json');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('sheet.png') });
    const forced = await run('preview', 'data', '--out', 'sheet.png', '--augment', 'mixup.json', '--force');
    expect(forced.code, forced.stderr).toBe(0);
    expect((await sharp(join(folder, 'sheet.png')).metadata()).height).toBeLessThan(height / 2);
  });

  it('leaves out what is broken, and says so', async () => {
    const { code, stderr } = await run('preview', 'odd', '--out', 'odd.jpg');
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/left out: odd.broken\.png: /);
  });
});

describe('figleaf augment', () => {
  it('writes copies, the same for the same seed', async () => {
    const { code, stderr } = await run('data', '--out', 'copies', '--count', '8');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('8 copies of 6 pictures: copies');
    const names = (await readdir(join(folder, 'copies'), { recursive: true })).filter((name) =>
      name.endsWith('.png'),
    );
    expect(names).toHaveLength(8);
    expect(names.filter((name) => /^(blue|green|red).[01]-1\.png$/.test(name))).toHaveLength(6);
    await run('data', '--out', 'again', '--count', '8');
    for (const name of names) {
      const [one, other] = await Promise.all(
        ['copies', 'again'].map((out) => readFile(join(folder, out, name))),
      );
      expect(one!.equals(other!), name).toBe(true);
    }
  });

  it('goes on without what is broken', async () => {
    const { code, stderr } = await run('odd', '--out', 'odd-copies', '--count', '4');
    expect(code, stderr).toBe(4);
    expect(stderr).toContain('2 copies of 2 pictures');
    expect((await readdir(join(folder, 'odd-copies'))).sort()).toEqual(['teal-1.jpg', 'teal-2.jpg']);
    expect((await sharp(join(folder, 'odd-copies/teal-1.jpg')).metadata()).height).toBe(40);
  });

  it.skipIf(process.platform === 'win32')('cuts names that are too long with what a copy adds', async () => {
    const picture = sharp({ create: { width: 30, height: 40, channels: 3, background: 'teal' } });
    const bytes = await picture.png().toBuffer();
    // 255 bytes each, of which the first 240 are the same; and one that just fits.
    const long = ['a', 'b'].map((letter) => `${'é'.repeat(120)}${letter.repeat(11)}.png`);
    const fits = `${'x'.repeat(234)}.png`;
    await mkdir(join(folder, 'long'));
    for (const name of [...long, fits]) await writeFile(join(folder, 'long', name), bytes);
    const { code, stderr } = await run('long', '--out', 'long-copies', '--count', '6');
    expect(code, stderr).toBe(0);
    const names = await readdir(join(folder, 'long-copies'));
    expect(names).toHaveLength(6);
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
    expect(names.filter((name) => /^x{234}-[12]\.png$/.test(name))).toHaveLength(2);
    expect(names.filter((name) => /^é{112}~[0-9a-f]{8}-[12]\.png$/.test(name))).toHaveLength(4);
  });

  it.each([
    [['data'], /give a folder of pictures, and a folder for their copies: --out/],
    [['data', '--out', 'data/more'], /lies in 'data'/],
    [['odd', '--out', 'data'], /holds something already/],
    [['nowhere', '--out', 'x'], /there is no folder 'nowhere'/],
    [['odd/teal.jpg', '--out', 'x'], /'odd\/teal\.jpg' is no folder.*\(option-invalid\)/],
    [['empty', '--out', 'x'], /no pictures in 'empty'/],
    [['data', '--out', 'y', '--augment', 'mixup.json'], /mixup gives a picture two answers/],
    [['data', '--out', 'z', '--augment', 'nudenet'], /no augmentation 'nudenet'/],
    [['preview', 'data', '--out', 'sheet.gif'], /does not end in a format that can be written/],
    [['preview', 'nowhere.jpg', '--out', 'n.png'], /nowhere\.jpg/],
  ])('says what is wrong: %j', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(await readdir(folder)).not.toContain('y');
  });
});
