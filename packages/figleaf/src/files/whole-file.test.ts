/** Files are written as a whole, of text and bytes alike, or what was there stays. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UNFINISHED } from './beside.node.ts';
import { writeWholeFile } from './whole-file.node.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-whole-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('writes text and bytes one after the other, over what was there', async () => {
  const path = join(folder, 'a');
  await writeWholeFile(path, ['before, and longer']);
  await writeWholeFile(path, ['é', Uint8Array.of(0, 255), 'z']);
  expect([...(await readFile(path))]).toEqual([0xc3, 0xa9, 0, 255, 0x7a]);
  expect(await readdir(folder)).toEqual(['a']);
});

it('leaves what was there when the chunks break off, and nothing of what it began', async () => {
  const path = join(folder, 'a');
  await writeWholeFile(path, ['before']);
  function* broken(): Generator<string> {
    yield 'half';
    throw new Error('no more');
  }
  await expect(writeWholeFile(path, broken())).rejects.toMatchObject({ code: 'output-unwritable' });
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await readdir(folder)).toEqual(['a']);
});

it('says what is in the way', async () => {
  await expect(writeWholeFile(join(folder, 'no', 'a'), [''])).rejects.toThrow(/its folder does not exist/);
  await mkdir(join(folder, 'taken', 'inside'), { recursive: true });
  await expect(writeWholeFile(join(folder, 'taken'), [''])).rejects.toMatchObject({
    code: 'output-unwritable',
  });
  await writeFile(join(folder, 'file'), '');
  await expect(writeWholeFile(join(folder, 'file', 'a'), [''])).rejects.toMatchObject({
    code: 'output-unwritable',
  });
  expect((await readdir(folder)).filter((name) => UNFINISHED.test(name))).toEqual([]);
});
