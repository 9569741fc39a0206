/** Folders are made with all above them, and what cannot be made ends with an error. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeFolder } from './make-folder.node.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

const at = (...parts: string[]): string => join(folder, ...parts);

it('makes what is lacking, and leaves what is there', async () => {
  await makeFolder(at('a', 'b', 'c'));
  await writeFile(at('a', 'b', 'kept.txt'), '');
  await Promise.all([
    makeFolder(at('a', 'b')),
    makeFolder(at('a', 'b', 'd', 'e')),
    makeFolder(at('a', 'b', 'd', 'f')),
  ]);
  expect((await readdir(at('a', 'b'))).sort()).toEqual(['c', 'd', 'kept.txt']);
  expect((await readdir(at('a', 'b', 'd'))).sort()).toEqual(['e', 'f']);
});

it('makes many that others are making at the same time', async () => {
  const rounds = Array.from({ length: 100 }, (_, round) => String(round));
  for (const round of rounds) {
    const folders = ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/b/e', 'f/g'].map((path) => at(round, path));
    await Promise.all(folders.map(makeFolder));
    for (const path of folders) expect((await stat(path)).isDirectory()).toBe(true);
  }
});

it.runIf(process.platform === 'linux')('makes those whose names are no UTF-8', async () => {
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('caf\xe9/\xff', 'latin1')]);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it('fails where a file is in the way', async () => {
  await writeFile(at('file'), '');
  await expect(makeFolder(at('file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(at('file', 'below'))).rejects.toMatchObject({ code: /ENOTDIR|ENOENT/ });
});

it.runIf(process.platform === 'linux')('ends where a folder that is there says it is not', async () => {
  await expect(makeFolder('/proc/figleaf/models')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('ends where not even the root is there, as on a drive that is none', async () => {
  const lacking = () => Promise.reject(Object.assign(new Error('not there'), { code: 'ENOENT' }));
  vi.resetModules();
  vi.doMock('node:fs/promises', () => ({ mkdir: lacking, stat: lacking }));
  try {
    const { makeFolder: make } = await import('./make-folder.node.ts');
    await expect(make(join(sep, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    vi.doUnmock('node:fs/promises');
    vi.resetModules();
  }
});
