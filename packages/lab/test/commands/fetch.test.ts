/** `figleaf data prepare --fetch` as a user runs it. What it fetches is tested in `fetch/`: from this machine a command fetches nothing. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { sha256 } from '../../src/sha256.ts';
import { startPictureServer } from '../fetch/picture-server.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lab-'));
});
afterAll(() => rm(folder, { recursive: true }));

const prepare = (...args: readonly string[]) =>
  startIn(folder, ['data', 'prepare', ...args, '--out', 'out']).ended;

it('fetches nothing unasked, and nothing from this machine', async () => {
  await using server = await startPictureServer({});
  await writeFile(join(folder, 'web.txt'), `${server.url}/1.jpg hat\n${server.url}/2.jpg shoe\n`);
  const unasked = await prepare('--source', 'web=web.txt');
  expect(unasked.code).toBe(1);
  expect(unasked.stderr).toContain(
    "'web.txt' is a list of URLs, and nothing is fetched unasked: add --fetch",
  );
  expect(await readdir(folder)).toEqual(['web.txt']);

  const asked = await prepare('--source', 'web=web.txt', '--fetch');
  expect(asked.code).toBe(1);
  expect(asked.stderr).toContain('0 of 2 pictures are in web.fetched');
  expect(asked.stderr).toContain('2 address-refused');
  expect(server.requests).toEqual([]);
  const log = await readFile(join(folder, 'web.fetched', 'fetched.jsonl'), 'utf8');
  expect(log).toContain('"code":"address-refused"');
});

it('says where a list is none, and where --fetch has nothing to do', async () => {
  await writeFile(join(folder, 'bad.txt'), 'https://pictures.example/1.jpg\nhat.jpg\n');
  const bad = await prepare('--source', 'web=bad.txt', '--fetch');
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain("line 2 of 'bad.txt': 'hat.jpg' is no http or https URL");
  const idle = await prepare('--source', 'web=pictures', '--fetch');
  expect(idle.code).toBe(1);
  expect(idle.stderr).toContain('--fetch is for sources that are lists of URLs');
});

it('takes what was fetched for the list as it is now, and deletes what a block list knows', async () => {
  const names = ['known', 'kept', 'unlisted'];
  const fetched = join(folder, 'old.fetched');
  await mkdir(join(fetched, 'hat'), { recursive: true });
  const lines: object[] = [];
  for (const [index, name] of names.entries()) {
    const url = `https://pictures.example/${name}.jpg`;
    const file = `hat/${sha256(url).slice(0, 20)}.png`;
    const background = { r: 90 * index, g: 40, b: 60 };
    const picture = sharp({ create: { width: 24, height: 16, channels: 3, background } });
    const bytes = await picture.png().toBuffer();
    await writeFile(join(fetched, file), bytes);
    lines.push({ url, finalUrl: url, class: 'hat', file, bytes: bytes.length, sha256: sha256(bytes) });
    if (name === 'known') await writeFile(join(folder, 'block.txt'), `sha256:${sha256(bytes)}\n`);
  }
  await writeFile(join(fetched, 'fetched.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const urls = names.slice(0, 2).map((name) => `https://pictures.example/${name}.jpg hat\n`);
  await writeFile(join(folder, 'old.txt'), urls.join(''));
  const args = ['data', 'prepare', '--source', 'old=old.txt', '--fetch', '--out', 'cleaned'];
  const first = await startIn(folder, [...args, '--block-list', 'block.txt']).ended;
  expect(first.stderr).toContain('old: 2 of 2 pictures are in old.fetched, 0 of them fetched now');
  expect(first.stderr).toContain('old: 1 picture on the block list deleted, and not fetched again');
  expect(first.code).toBe(5);
  const manifest = await readFile(join(folder, 'cleaned', 'manifest.jsonl'), 'utf8');
  expect(manifest.trim().split('\n')).toHaveLength(1);
  expect(await readdir(join(fetched, 'hat'))).toHaveLength(2);
  const log = await readFile(join(fetched, 'fetched.jsonl'), 'utf8');
  expect(log).not.toContain('known');
  // That the list still has it is no reason to end otherwise.
  const second = await startIn(folder, args).ended;
  expect(second.stderr).toContain('1 block-listed');
  expect(second.code).toBe(5);
  expect(await readFile(join(folder, 'cleaned', 'manifest.jsonl'), 'utf8')).toBe(manifest);
});

it('holds sources against each other before it fetches', async () => {
  await mkdir(join(folder, 'all', 'cat'), { recursive: true });
  await writeFile(join(folder, 'all', 'web.txt'), 'https://pictures.example/1.jpg\n');
  const { code, stderr } = await prepare('--source', 'all=all', '--source', 'web=all/web.txt', '--fetch');
  expect(code).toBe(1);
  expect(stderr).toContain("the source 'web' lies in the source 'all'");
  expect(await readdir(join(folder, 'all'))).toEqual(['cat', 'web.txt']);
});
