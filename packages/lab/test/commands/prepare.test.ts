/** `figleaf data prepare` as a user runs it: tables and reports, exit codes, wrong use, kills. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

const prepareIn = (out: string, ...more: readonly string[]) => ['data', 'prepare', '--out', out, ...more];
const both = ['--source', 'web=web', '--source', 'shop=shop', '--map', 'shop=map.json'];
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

  it('ends with 4 where files are broken', async () => {
    const { code, stderr } = await startIn(folder, prepareIn('some', '-s', 'broken=broken')).ended;
    expect(stderr).toMatch(/1 file could not be read, the first: broken\/a\/2\.jpg \(not-an-image\)/);
    expect(stderr).toMatch(/the class 'a' has 1 picture left/);
    expect(code).toBe(4);
  });

  it('ends with 5 where a block list matches, and says by what alone', async () => {
    const hash = toHex(await digest('sha256', await readFile(join(folder, 'web/cat/1.jpg'))));
    await writeFiles(folder, { 'list.txt': `sha256:${hash}\n` });
    const args = prepareIn('clean', '-s', 'web=web', '--block-list', 'list.txt');
    const { code, stdout, stderr } = await startIn(folder, args).ended;
    expect(stderr).toContain(`on the block list: sha256 ${hash}`);
    expect(stdout + stderr).not.toMatch(/1\.jpg/);
    expect(await read('clean/manifest.jsonl')).not.toMatch(/cat\/1\.jpg/);
    expect(code).toBe(5);
  });

  it.each([
    [['-s', 'web'], /--source takes NAME=PATH.*\(option-invalid\)/],
    [['-s', 'web=nowhere'], /no folder '.*nowhere'.*\(input-not-found\)/],
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
