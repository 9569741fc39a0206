/** `figleaf data prepare` as a user runs it: tables and reports, exit codes, wrong use, kills. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest, toHex } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { scene, writeFiles } from '../scenes.ts';
import { killPreparations } from './prepare-kills.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lab-'));
  const pictures = Array.from({ length: 60 }, (_, index) => [
    `web/${index % 2 ? 'cat' : 'dog'}/${index}.jpg`,
    scene(index, 400, 500).jpeg(),
  ]);
  await writeFiles(folder, {
    ...Object.fromEntries(pictures),
    'web/dog/again.png': scene(2, 200, 250).png(),
    'web/cat/dog.jpg': scene(4, 100, 125).jpeg(),
    'shop/1.jpg': scene(100, 90, 90).jpeg(),
    'map.json': '{"shop": "cat"}',
    'few.json': '{"cat": "cat"}',
    'broken/a/1.jpg': scene(101, 90, 90).jpeg(),
    'broken/a/2.jpg': 'no picture',
    'bad.txt': 'no hash\n',
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Nothing is denied to whoever runs it: root, or anyone where files have no such modes. */
const mayReadAll = process.platform === 'win32' || process.getuid?.() === 0;

const prepareIn = (out: string, ...more: readonly string[]) => ['data', 'prepare', '--out', out, ...more];
const both = ['--source', 'web=web', '--source', 'shop=shop', '--map', 'shop=map.json'];
/** The lines of a manifest by the names of the originals. */
async function linesOf(out: string): Promise<Map<string, Record<string, unknown>>> {
  const lines = (await read(`${out}/manifest.jsonl`)).trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.original, line]));
}
const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('figleaf data prepare', () => {
  it('prints what it took from where, and what is to be looked at', async () => {
    const { code, stdout, stderr } = await startIn(folder, prepareIn('whole/set', ...both)).ended;
    expect(stdout).toBe(
      `${[
        'source  class  found  broken  duplicates  conflicts  kept  train  validation  test',
        'web     cat       31       0           0          1    30     22           2     6',
        'web     dog       31       0           1          1    29     21           2     6',
        'web     (all)     62       0           1          2    59     43           4    12',
        'shop    cat        1       0           0          0     1      0           1     0',
        '(all)             63       0           1          2    60     43           5    12',
      ].join('\n')}\n`,
    );
    expect(stderr).toMatch(/1 duplicate left out, 0 of them to the last pixel/);
    expect(stderr).toMatch(/1 label conflict, left out: .* the first: \S+ and \S+\n/);
    expect(stderr).toMatch(/all of these are in whole.set.report\.json/);
    expect(stderr).toMatch(/figleaf train whole.set.manifest\.jsonl/);
    expect(code).toBe(0);
  });

  it('tells a command line that can be used, whatever the folder is called', async () => {
    for (const [out, word] of [
      ['my set', /figleaf train ['"]my set.manifest\.jsonl['"] --model/],
      ['-set', /figleaf train \.\/-set.manifest\.jsonl --model/],
    ] as const) {
      const args = ['data', 'prepare', `--out=${out}`, '-s', 'shop=shop', '--validation-share', '0'];
      expect((await startIn(folder, [...args, '--test-share', '0']).ended).stderr).toMatch(word);
    }
  });

  it('warns where nothing is left to train with, and does not say to do so', async () => {
    const args = ['-s', 'shop=shop', '--test-share', '0.9'];
    const { code, stderr } = await startIn(folder, prepareIn('untrained', ...args)).ended;
    expect(stderr).toMatch(/no picture is left for training/);
    expect(stderr).not.toMatch(/figleaf train/);
    expect(code).toBe(0);
  });

  it('prints the report as JSON, and nothing else with --quiet', async () => {
    const { stdout, stderr } = await startIn(folder, prepareIn('whole/set', ...both, '--json', '-q')).ended;
    expect(JSON.parse(stdout)).toEqual(JSON.parse(await read('whole/set/report.json')));
    expect(stderr).toBe('');
  });

  it('ends the same, byte for byte, when it was killed at random moments', async () => {
    const out = 'killed/set';
    const args = prepareIn(out, ...both, '--workers', '1');
    // A quick machine may be done before its moment has come; then it begins anew.
    for (let kills = 0, seed = 2; kills < 3; seed++) {
      await rm(join(folder, out), { recursive: true, force: true });
      kills += (await killPreparations({ folder, out, args, seed, kills: 3 - kills, milliseconds: 500 }))
        .kills;
      for (const name of ['manifest.jsonl', 'report.json'])
        expect(await read(`${out}/${name}`)).toBe(await read(`whole/set/${name}`));
    }
    const listed = (await read(`${out}/manifest.jsonl`)).trim().split('\n');
    const files = await readdir(join(folder, out), { recursive: true });
    expect(files.filter((name) => /\.jpg$/.test(name) && !name.startsWith('.'))).toHaveLength(listed.length);
    for (const line of listed) {
      const { name, sha256 } = JSON.parse(line);
      expect(toHex(await digest('sha256', await readFile(join(folder, out, name))))).toBe(sha256);
    }
  });

  it('takes --height, --max-per-source and --link', async () => {
    await writeFiles(folder, { 'mixed/a/low.jpg': scene(110, 50, 40).jpeg() });
    await writeFiles(folder, {
      'mixed/a/high.jpg': scene(111, 50, 90).jpeg(),
      'mixed/a/more.jpg': scene(112, 50, 40).jpeg(),
    });
    const args = ['-s', 'mixed=mixed', '--height', '45'];
    expect((await startIn(folder, prepareIn('low', ...args, '--link')).ended).code).toBe(0);
    const lines = await linesOf('low');
    expect(lines.get('a/high.jpg')).toMatchObject({ width: 25, height: 45 });
    expect(lines.get('a/low.jpg')).toMatchObject({ width: 50, height: 40 });
    const inodeOf = async (name: string): Promise<bigint> =>
      (await stat(join(folder, name), { bigint: true })).ino;
    expect(await inodeOf(`low/${lines.get('a/low.jpg')!.name}`)).toBe(await inodeOf('mixed/a/low.jpg'));
    const { stdout } = await startIn(folder, prepareIn('low', ...args, '--max-per-source', '2')).ended;
    expect(stdout).toMatch(/found +taken .*\nmixed +a +3 +2 +0 /);
    expect((await linesOf('low')).size).toBe(2);
    expect((await stat(join(folder, 'mixed/a/low.jpg'))).nlink).toBe(1);
  });

  it('takes --keep-parts', async () => {
    const names = ['train/a/1', 'train/a/2', 'train/a/3', 'val/a/4', 'test/a/5', 'test/a/6', 'test/a/7'];
    const pictures = names.map((name, index) => [`parts/${name}.jpg`, scene(120 + index, 50, 40).jpeg()]);
    await writeFiles(folder, Object.fromEntries(pictures));
    expect((await startIn(folder, prepareIn('parted', '-s', 'p=parts', '--keep-parts')).ended).code).toBe(0);
    const lines = await linesOf('parted');
    expect(lines.size).toBe(names.length);
    for (const [original, { part }] of lines)
      expect(original.replace(/^val\//, 'validation/').split('/')[0]).toBe(part);
  });

  it('ends with 4 where files cannot be read', async () => {
    // No system takes such a name, whoever asks.
    const lost = `${'x'.repeat(300)}.jpg`;
    const lines = ['shop/1.jpg', lost].map((name) => JSON.stringify({ name, class: 'a' }));
    await writeFiles(folder, { 'lost.jsonl': lines.join('\n') });
    const { code, stderr } = await startIn(folder, prepareIn('found', '-s', 'lost=lost.jsonl')).ended;
    expect(stderr).toMatch(/1 file could not be read, the first: lost\/x+\.jpg \(input-unreadable\)/);
    expect(code).toBe(4);
    expect([...(await linesOf('found')).keys()]).toEqual(['shop/1.jpg']);
  });

  it('reports files and folders that it may not read, and reads them where it may', async () => {
    await writeFiles(folder, {
      'denied/a/1.jpg': scene(130, 50, 40).jpeg(),
      'denied/a/2.jpg': scene(131, 50, 40).jpeg(),
      'denied/b/3.jpg': scene(132, 50, 40).jpeg(),
    });
    const closed = ['denied/a/2.jpg', 'denied/b'].map((name) => join(folder, name));
    for (const path of closed) await chmod(path, 0);
    try {
      const { code } = await startIn(folder, prepareIn('open', '-s', 'denied=denied')).ended;
      const { broken } = JSON.parse(await read('open/report.json'));
      const told = broken.map((one: Record<string, string>) => [one.path, one.code]);
      const expected = ['b', 'a/2.jpg'].map((path) => [path, 'input-unreadable']);
      expect(told).toEqual(mayReadAll ? [] : expected);
      expect(code).toBe(mayReadAll ? 0 : 4);
      expect((await linesOf('open')).size).toBe(mayReadAll ? 3 : 1);
    } finally {
      for (const path of closed) await chmod(path, 0o755);
    }
  });

  it('ends with 4 where files are broken', async () => {
    const { code, stderr } = await startIn(folder, prepareIn('some', '-s', 'broken=broken')).ended;
    expect(stderr).toMatch(/1 file could not be read, the first: broken\/a\/2\.jpg \(not-an-image\)/);
    expect(stderr).toMatch(/the class 'a' has 1 picture left/);
    expect(code).toBe(4);
  });

  it.skipIf(process.platform === 'win32')('says what is broken and in no row of the table', async () => {
    await writeFiles(folder, { 'looped/a/1.jpg': 'no picture', 'looped/a/2.jpg': scene(140, 50, 40).jpeg() });
    await symlink('.', join(folder, 'looped', 'self'));
    const { stdout, stderr } = await startIn(folder, prepareIn('rows', '-s', 'looped=looped')).ended;
    expect(stdout).toMatch(/^looped +a +2 +1 /m);
    expect(stderr).toMatch(
      /2 files could not be read, the first: looped\/self .*; 1 of them in no row: folders, or/,
    );
  });

  it('ends with 5 where a block list matches, and says by what alone', async () => {
    const hash = toHex(await digest('sha256', await readFile(join(folder, 'web/cat/1.jpg'))));
    await writeFiles(folder, { 'list.txt': `sha256:${hash}\n` });
    const args = prepareIn('clean', '-s', 'web=web', '--block-list', 'list.txt');
    const { code, stdout, stderr } = await startIn(folder, args).ended;
    expect(stderr).toContain(`on the block list: sha256 ${hash}`);
    expect(stderr).toContain("1 picture matched the block list: found, but in no column from 'broken' on");
    expect(stdout + stderr).not.toMatch(/1\.jpg/);
    expect(await read('clean/manifest.jsonl')).not.toMatch(/cat\/1\.jpg/);
    expect(code).toBe(5);
  });

  it.each([
    [['-s', 'web'], /--source takes NAME=PATH.*\(option-invalid\)/],
    [['-s', 'web=nowhere'], /no folder '.*nowhere'.*\(input-not-found\)/],
    [['-s', `web=${'x'.repeat(300)}`], /cannot read the folder 'x+'.*\(input-unreadable\)/],
    [['-s', 'web=web', '--height', '0'], /--height/],
    [['-s', 'web=web', '--max-per-source', 'many'], /--max-per-source/],
    [['-s', 'web=web', '--map', 'few.json'], /says nothing of 'dog'.*\(label-unknown\)/],
    [['-s', 'web=web', '--map', 'few.json', '--map', 'map.json'], /two label maps are for all/],
    [['-s', 'web=web', '--map', 'web=few.json', '--map', 'web=map.json'], /'web' has two label maps/],
    [['-s', 'web=web', '--block-list', 'bad.txt'], /line 1.*\(block-list-invalid\)/],
    [[], /--source/],
  ])('says what is wrong: %j', async (args, message) => {
    const { code, stderr } = await startIn(folder, prepareIn('x', ...args)).ended;
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(await readdir(folder)).not.toContain('x');
  });
});
