/** Folders of pictures as a data set: classes, parts, and what is wrong with folders. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSet } from '../../src/data-set/data-set.ts';
import { findInFolders, readFolders } from '../../src/data-set/folders.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-data-'));
});
const started = process.cwd();
afterEach(async () => {
  process.chdir(started);
  await rm(folder, { recursive: true });
});

async function put(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }
}

/** Nothing is denied to whoever runs it: root, or anyone where files have no such modes. */
const mayReadAll = process.platform === 'win32' || process.getuid?.() === 0;

const many = (where: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${where}/${index}.png`);
const partsOf = ({ samples }: DataSet): Record<string, string> =>
  Object.fromEntries(samples.map(({ name, part }) => [name, part]));
const countOf = ({ samples }: DataSet, label: number, part: string): number =>
  samples.filter((sample) => sample.labels[0] === label && sample.part === part).length;

describe('folders of classes', () => {
  it('are parted by the seed, each class by the same shares', async () => {
    await put(...many('B', 50), ...many('a', 20));
    const data = await readFolders(folder, { seed: 1 });
    expect(data.classes).toEqual(['a', 'b']);
    expect([0, 1].map((label) => countOf(data, label, 'test'))).toEqual([4, 10]);
    expect([0, 1].map((label) => countOf(data, label, 'validation'))).toEqual([2, 4]);
    expect(partsOf(await readFolders(folder, { seed: 1 }))).toEqual(partsOf(data));
    expect(partsOf(await readFolders(folder, { seed: 2 }))).not.toEqual(partsOf(data));
  });

  it('give every file to one part, whatever the shares', async () => {
    await put(...many('a', 7), ...many('b/deeper', 11));
    const share = fc.double({ min: 0, max: 0.99, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.integer(), share, share, async (seed, testShare, validationShare) => {
        const data = await readFolders(folder, { seed, testShare, validationShare });
        expect(new Set(data.samples.map(({ name }) => name)).size).toBe(18);
        expect(countOf(data, 1, 'test')).toBe(Math.round(11 * testShare));
      }),
      { numRuns: 15 },
    );
  });

  it('below train and test are kept apart, and validation is drawn from train', async () => {
    await put(...many('train/a', 10), ...many('train/b', 10), ...many('test/a', 3), ...many('test/b', 3));
    const data = await readFolders(folder, { seed: 1 });
    const parts = partsOf(data);
    expect([0, 1].map((label) => countOf(data, label, 'test'))).toEqual([3, 3]);
    expect([0, 1].map((label) => countOf(data, label, 'validation'))).toEqual([1, 1]);
    expect(
      Object.entries(parts)
        .filter(([, part]) => part === 'test')
        .every(([name]) => name.startsWith('test/')),
    ).toBe(true);
  });
});

describe('pictures', () => {
  it.each(['.', './', './/', 'deep/..', 'deep/../'])(
    "are called by their paths from the folder, which is '%s' here",
    async (path) => {
      await put('deep/x/1.png', 'data/hat/1.png', 'data/at/1.png', 'data/t/1.png', 'data/deep/1.png');
      process.chdir(join(folder, 'data'));
      const { samples } = await readFolders(path, { seed: 1 });
      expect(samples.map(({ name }) => name).sort()).toEqual([
        'at/1.png',
        'deep/1.png',
        'hat/1.png',
        't/1.png',
      ]);
    },
  );

  it('are called so whatever the way to the folder', async () => {
    await put('data/hat/1.png', 'data/t/deep/1.png', 'beside/1.png');
    process.chdir(join(folder, 'beside'));
    for (const path of [
      '../data',
      '../data/',
      '..//data/.',
      join(folder, 'data'),
      relative('.', join(folder, 'data')),
    ]) {
      const { samples } = await readFolders(path, { seed: 1 });
      expect(samples.map(({ name }) => name).sort(), path).toEqual(['hat/1.png', 't/deep/1.png']);
    }
    process.chdir(join(folder, 'data', 'hat'));
    const { samples } = await readFolders('..', { seed: 1 });
    expect(samples.map(({ name }) => name).sort()).toEqual(['hat/1.png', 't/deep/1.png']);
  });

  it.skipIf(process.platform === 'win32')('never share a name', async () => {
    await put('a/b/1.png', 'a/b\\1.png', 'c/1.png');
    const { samples } = await readFolders(folder, { seed: 1 });
    expect(samples.map(({ name }) => name).sort()).toEqual(['a/b/1.png', 'a/b\\1.png', 'c/1.png']);
  });
});

describe('what lies in folders', () => {
  it('is left out where it is hidden, at any depth', async () => {
    await put(
      ...many('a', 2),
      ...many('b', 2),
      'a/.checkpoints/0.png',
      'a/deep/.cache/x/0.png',
      '.git/1.png',
    );
    const data = await readFolders(folder, { seed: 1 });
    expect(data.classes).toEqual(['a', 'b']);
    expect(data.samples.map(({ name }) => name).sort()).toEqual(['a/0.png', 'a/1.png', 'b/0.png', 'b/1.png']);
  });

  it('is passed over where it is no picture by name and first bytes', async () => {
    await put(...many('a', 2), ...many('b', 2), 'a/notes.txt', 'b/deeper/Thumbs.db', 'b/.hidden.txt');
    const video = Buffer.from('000000186674797069736f6d0000020069736f6d6d703431', 'hex');
    await writeFile(join(folder, 'a', 'clip.mp4'), video);
    await writeFile(join(folder, 'a', 'unnamed'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    const { found, unread, passedOver } = await findInFolders(folder);
    expect(found.map(({ name }) => name)).toEqual(['a/0.png', 'a/1.png', 'a/unnamed', 'b/0.png', 'b/1.png']);
    expect(unread).toEqual([]);
    expect(passedOver).toBe(3);
  });

  it('is named where a folder in a class cannot be read, and a class of which nothing can is asked for', async () => {
    await put(...many('a', 2), ...many('b', 2), 'b/deeper/1.png');
    const closed = join(folder, 'b', 'deeper');
    await chmod(closed, 0);
    const { unread, samples } = await readFolders(folder, { seed: 1 });
    await chmod(closed, 0o755);
    expect(samples).toHaveLength(mayReadAll ? 5 : 4);
    const message = expect.stringContaining(closed);
    expect(unread).toEqual(mayReadAll ? [] : [{ name: 'b/deeper', code: 'input-unreadable', message }]);
    if (mayReadAll) return;
    await chmod(join(folder, 'b'), 0);
    const failure = await readFolders(folder, { seed: 1 }).catch((error: unknown) => error);
    await chmod(join(folder, 'b'), 0o755);
    expect(failure).toMatchObject({
      code: 'input-unreadable',
      message: expect.stringMatching(/'b' has no pictures/),
    });
  });

  it('may be called as anything is called in JavaScript', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    await put(...[...names, 'train'].flatMap((name) => many(`train/${name}`, 2)));
    await mkdir(join(folder, 'constructor'));
    const data = await readFolders(folder, { seed: 1 });
    expect(data.classes).toEqual(['__proto__', 'constructor', 'tostring', 'train']);
  });

  it('may be a class that is called like a part', async () => {
    await put(...many('bus', 2), ...many('car/deeper', 2), ...many('train', 2), 'train/deeper/0.png');
    const { classes, samples } = await readFolders(folder, { seed: 1 });
    expect(classes).toEqual(['bus', 'car', 'train']);
    expect(samples).toHaveLength(7);
  });

  it.each([
    ['what lies beside them', ['train/a/1.png', 'train/b/1.png', 'drawings/1.png']],
    [
      'pictures beside classes',
      ['train/a/1.png', 'train/b/1.png', 'train/1.png', 'test/a/2.png', 'test/b/2.png'],
    ],
  ])('are parts, whatever else there is: %s', async (_, names) => {
    await put(...names);
    expect((await readFolders(folder, { seed: 1 })).classes).toEqual(['a', 'b']);
  });

  it.skipIf(process.platform === 'win32')('counts as what a link leads to', async () => {
    await put(...many('a', 2), ...many('store/b', 2), 'notes.txt');
    const data = join(folder, 'data');
    await mkdir(join(data, 'c'), { recursive: true });
    await symlink(join(folder, 'a'), join(data, 'a'));
    await symlink(join(folder, 'notes.txt'), join(data, 'notes'));
    await symlink(join(folder, 'store', 'b', '1.png'), join(data, 'c', 'one.png'));
    await symlink(join(folder, 'nowhere.png'), join(data, 'c', 'lost.png'));
    const { classes, samples } = await readFolders(data, { seed: 1 });
    expect(classes).toEqual(['a', 'c']);
    expect(samples.map(({ name }) => name).sort()).toEqual(['a/0.png', 'a/1.png', 'c/lost.png', 'c/one.png']);
  });
});

describe.skipIf(process.platform === 'win32')('links where classes are', () => {
  it.each([
    ['the folder itself', '.'],
    ['a folder above it', '../..'],
    ['a class', 'a'],
    ['something in a class', 'b/deeper'],
  ])('are no classes where they lead back: %s', async (_, target) => {
    await put('data/a/1.png', 'data/b/deeper/1.png');
    await symlink(target, join(folder, 'data', 'self'));
    const { classes, samples, unread } = await readFolders(join(folder, 'data'), { seed: 1 });
    expect(classes).toEqual(['a', 'b']);
    expect(samples).toHaveLength(2);
    expect(unread).toEqual([
      { name: 'self', code: 'input-unreadable', message: expect.stringContaining('leads back') },
    ]);
  });

  it('are no classes in the folder of a part either, where they lead to one of a class', async () => {
    await put(...many('train/a', 3), ...many('train/b', 3), 'test/a/1.png', 'test/b/1.png');
    await symlink('../train/a', join(folder, 'test', 'c'));
    await symlink('.', join(folder, 'train', 'self'));
    const { classes, unread } = await readFolders(folder, { seed: 1 });
    expect(classes).toEqual(['a', 'b']);
    expect(unread?.map(({ name }) => name).sort()).toEqual(['test/c', 'train/self']);
  });

  it('are classes where they lead to what is not looked at otherwise', async () => {
    await put('train/b/1.png', 'store/a/1.png');
    await symlink('../store/a', join(folder, 'train', 'a'));
    const { classes, unread } = await readFolders(folder, { seed: 1 });
    expect(classes).toEqual(['a', 'b']);
    expect(unread).toEqual([]);
  });
});

describe('folders that cannot be trained with', () => {
  it.each([
    ['one class', ['a/1.png'], /only the class 'a'/],
    ['none', ['1.png'], /has no class/],
    ['an empty class', ['a/1.png', 'b/.hidden'], /'b' .* is empty/],
    ['a class without pictures', ['a/1.png', 'b/notes.txt'], /'b' .* has files, but no pictures/],
    [
      'a class that the test lacks',
      ['train/a/1.png', 'train/b/1.png', 'test/a/1.png'],
      /'b' has no pictures in 'test'/,
    ],
  ])('are named: %s', async (_, names, message) => {
    await put(...names);
    const failure = await readFolders(folder, { seed: 1 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'data-set-invalid', message: expect.stringMatching(message) });
  });

  it('are not there', async () => {
    await expect(readFolders(join(folder, 'nowhere'), { seed: 1 })).rejects.toMatchObject({
      code: 'input-not-found',
    });
  });
});
