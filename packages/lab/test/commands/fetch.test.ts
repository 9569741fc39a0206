/** `figleaf data prepare --fetch` as a user runs it. What it fetches is tested in `fetch/`: from this machine a command fetches nothing. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
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
