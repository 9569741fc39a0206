/** `figleaf data stats` and `figleaf data sheet` as a user runs them. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataStats, dataStats } from '@figleaf/lab';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { drawColours } from '../drawn.ts';
import { scene, writeFiles } from '../scenes.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lab-'));
  await drawColours(join(folder, 'data'), 6);
  await writeFile(join(folder, 'data', 'red', 'broken.png'), 'no picture');
  const large = sharp({ create: { width: 40, height: 80, channels: 3, background: 'red' } });
  await large.jpeg().toFile(join(folder, 'data', 'red', 'large.jpg'));
  const lines = [
    { name: 'data/red/0.png', class: 'red', part: 'train', source: 'web' },
    { name: 'data/red/large.jpg', class: 'red', part: 'test', source: 'shop' },
    { name: 'data/blue/1.png', class: 'blue', part: 'train', source: 'web' },
  ];
  await writeFile(join(folder, 'm.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
});
afterAll(() => rm(folder, { recursive: true }));

const data = (...args: readonly string[]) => startIn(folder, ['data', ...args]).ended;

describe('figleaf data stats', () => {
  it('counts by class, size and format, and lists what is broken', async () => {
    const { code, stdout, stderr } = await data('stats', 'data');
    expect(code).toBe(4);
    const rows = stdout.split('\n').map((line) => line.trim().split(/\s{2,}/));
    expect(rows).toContainEqual(['class', 'pictures', 'broken']);
    expect(rows).toContainEqual(['red', '8', '1']);
    expect(rows).toContainEqual(['(all)', '20', '1']);
    expect(stdout).toContain('18 png, 1 jpeg');
    expect(stdout).toMatch(/width +20 in the middle, 20 to 40\n/);
    expect(stdout).toMatch(/shapes +1 upright, 0 square, 18 wide\n/);
    expect(stdout).toContain('19 below 50');
    expect(stderr).toContain('red/broken.png: not-an-image');
  });

  it('tells sources and parts of a manifest, and the same as JSON as from TypeScript', async () => {
    const { code, stdout } = await data('stats', 'm.jsonl', '--json');
    expect(code).toBe(0);
    const stats = JSON.parse(stdout) as DataStats;
    expect(
      stats.classes.map(({ source, class: name, parts }) => [source, name, parts.train, parts.test]),
    ).toEqual([
      ['shop', 'red', 0, 1],
      ['web', 'blue', 1, 0],
      ['web', 'red', 1, 0],
    ]);
    expect(stats).toEqual(await dataStats(join(folder, 'm.jsonl')));
    const table = await data('stats', 'm.jsonl');
    expect(table.stdout.split('\n')[0]!.split(/ +/)).toEqual([
      'source',
      'class',
      'pictures',
      'train',
      'test',
    ]);
  });

  it('counts a picture that breaks off as broken, as `data prepare` does', async () => {
    const cut = join(folder, 'cut');
    await drawColours(cut, 1);
    const noise = sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        background: 'grey',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    });
    const whole = await noise.jpeg().toBuffer();
    await writeFile(join(cut, 'red', 'cut.jpg'), whole.subarray(0, Math.floor(whole.length * 0.8)));
    const { broken } = await dataStats(cut);
    expect(broken).toEqual([expect.objectContaining({ name: 'red/cut.jpg', code: 'image-truncated' })]);
  });

  it.skipIf(process.platform === 'win32')('takes no link that leads back for a class', async () => {
    await drawColours(join(folder, 'linked'), 1);
    await symlink('.', join(folder, 'linked', 'self'));
    const { code, stdout, stderr } = await data('stats', 'linked');
    expect(code).toBe(4);
    expect(stdout).toMatch(/\(all\) +3\n/);
    expect(stderr).toContain('self: input-unreadable');
    const drawn = await data('sheet', 'linked', '--cell', '32', '--out', 'linked.jpg');
    expect(drawn.stderr).toContain('3 pictures of 3 classes');
    expect(drawn.stderr).toContain('1 cannot be read, the first: self');
    expect(drawn.code).toBe(4);
  });

  it('passes over what is no picture, as `data prepare` does', async () => {
    await drawColours(join(folder, 'noted'), 1);
    await writeFile(join(folder, 'noted', 'red', 'notes.txt'), 'all drawn');
    const { code, stdout, stderr } = await data('stats', 'noted');
    expect(stderr).toContain('1 file passed over: no pictures');
    expect(stdout).toMatch(/\(all\) +3\n/);
    expect(code).toBe(0);
    expect((await data('sheet', 'noted', '--cell', '32', '--out', 'noted.jpg')).code).toBe(0);
  });

  it('takes a folder of pictures for a class that is called like it', async () => {
    await writeFiles(folder, {
      'Flat/1.jpg': scene(1, 64, 64).jpeg(),
      'Flat/2.jpg': scene(2, 64, 64).jpeg(),
    });
    const { code, stdout } = await data('stats', 'Flat');
    expect(stdout).toMatch(/^flat +2\n\(all\) +2\n/m);
    expect(code).toBe(0);
    const drawn = await data('sheet', join('Flat', '.'), '--cell', '32', '--out', 'flat.jpg');
    expect(drawn).toMatchObject({ code: 0, stderr: expect.stringContaining('2 pictures of 1 class') });
  });

  it.each(['nothing', 'nothing.jsonl', 'texts'])(
    'asks for pictures where there are none: %s',
    async (path) => {
      await mkdir(join(folder, 'nothing'), { recursive: true });
      await writeFiles(folder, { 'nothing.jsonl': '\n', 'texts/notes.txt': 'no picture' });
      const message = expect.stringMatching(/no pictures in '\w+(\.jsonl)?': give .*\(data-set-invalid\)/);
      expect(await data('stats', path)).toMatchObject({ code: 1, stdout: '', stderr: message });
      const drawn = await data('sheet', path, '--out', 'none.jpg');
      expect(drawn).toMatchObject({ code: 1, stderr: message });
      expect(await readdir(folder)).not.toContain('none.jpg');
    },
  );

  it('says what is not there', async () => {
    expect(await data('stats', 'none')).toMatchObject({ code: 1, stderr: expect.stringContaining("'none'") });
    const message = expect.stringMatching(/'data.red.large\.jpg' is no folder/);
    expect(await data('stats', join('data', 'red', 'large.jpg'))).toMatchObject({ code: 1, stderr: message });
  });
});

describe('figleaf data sheet', () => {
  it('draws some of each class, the same for the same seed', async () => {
    const draw = async (name: string, ...more: readonly string[]): Promise<Buffer> => {
      const args = ['--out', name, '--per-class', '3', '--cell', '32', ...more];
      expect((await data('sheet', 'm.jsonl', ...args)).code).toBe(0);
      return readFile(join(folder, name));
    };
    const one = await draw('one.png');
    const { width, height } = await sharp(one).metadata();
    expect(width).toBeGreaterThan(2 * 32);
    expect(height).toBeGreaterThan(2 * 32);
    expect((await draw('again.png')).equals(one)).toBe(true);
  });

  it('blurs on request', async () => {
    await writeFiles(folder, {
      'scenes/a/1.png': scene(1, 64, 64).png(),
      'scenes/b/1.png': scene(2, 64, 64).png(),
    });
    const detail = async (name: string, ...more: readonly string[]): Promise<number> => {
      const { code } = await data('sheet', 'scenes', '--out', name, '--cell', '64', ...more);
      expect(code).toBe(0);
      // Within the first picture: margin, heading, and away from the edge of it.
      const inside = { left: 24 + 4, top: 24 + 36 + 4, width: 56, height: 56 };
      const pixels = await sharp(join(folder, name)).extract(inside).greyscale().raw().toBuffer();
      const steps = pixels.map((value, at) => (at % 56 === 0 ? 0 : Math.abs(value - pixels[at - 1]!)));
      return steps.reduce((sum, step) => sum + step, 0) / steps.length;
    };
    const whole = await detail('whole.png');
    const blurred = await detail('blurred.png', '--blur');
    expect(whole).toBeGreaterThan(10);
    expect(blurred).toBeLessThan(whole / 4);
    // Something is still there.
    expect(blurred).toBeGreaterThan(0);
  });

  it('leaves a place for what cannot be read, and goes over no file unasked', async () => {
    const args = ['sheet', 'data', '--cell', '32', '--out', 'all.jpg'];
    const { code, stderr } = await data(...args);
    expect(code).toBe(4);
    expect(stderr).toContain('20 pictures of 3 classes: all.jpg');
    expect(stderr).toContain('1 cannot be read, the first: red/broken.png');
    // Before it draws, which takes long where there is much.
    for (const out of ['all.jpg', join('none', 'all.jpg')]) {
      const refused = await data('sheet', 'none', '--out', out);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(out) });
    }
    for (const force of ['--force', '-f']) expect((await data(...args, force)).code).toBe(4);
    expect(await data('sheet', 'data', '--out', 'all.txt')).toMatchObject({ code: 1 });
  });
});
