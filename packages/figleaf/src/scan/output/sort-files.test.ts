/** Sorting files by verdict: nothing overwritten, nothing lost, and no harm in doing it twice. */
import {
  access,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSorter, type Sorted } from './sort-files.node.ts';

let root = '';
let photos = '';
let sorted = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'figleaf-sort-'));
  photos = join(root, 'photos');
  // Inside the scanned folder, where most harm could be done.
  sorted = join(photos, 'sorted');
  await mkdir(join(photos, 'trip'), { recursive: true });
  for (const name of ['a.jpg', 'b.jpg', join('trip', 'a.jpg')]) await writeFile(join(photos, name), name);
});

afterEach(() => rm(root, { recursive: true }));

const file = (...parts: string[]) => ({ name: join(photos, ...parts), folder: photos });

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

describe('a sorter that moves', () => {
  const open = (dryRun = false) => openSorter({ into: sorted, how: 'move', dryRun });

  it('puts files under their verdict and the path that they had, and leaves what is allowed or not judged', async () => {
    const sorter = await open();
    expect(await sorter.sort(file('trip', 'a.jpg'), 'block')).toEqual({
      from: join(photos, 'trip', 'a.jpg'),
      to: join(sorted, 'block', 'trip', 'a.jpg'),
    });
    await sorter.sort(file('b.jpg'), 'review');
    expect(await sorter.sort(file('a.jpg'), 'allow')).toBeNull();
    expect(await sorter.sort(file('a.jpg'), null)).toBeNull();
    expect(await filesIn(photos)).toEqual([
      'a.jpg',
      join('sorted', 'block', 'trip', 'a.jpg'),
      join('sorted', 'review', 'b.jpg'),
    ]);
  });

  it('gives a taken name a number', async () => {
    const sorter = await open();
    const trip = join(photos, 'trip');
    const results: (Sorted | null)[] = [];
    for (const found of [file('a.jpg'), { name: join(trip, 'a.jpg'), folder: trip }]) {
      results.push(await sorter.sort(found, 'block'));
    }
    expect(results).toMatchObject([
      { to: join(sorted, 'block', 'a.jpg') },
      { to: join(sorted, 'block', 'a (2).jpg') },
    ]);
    expect(await readFile(join(sorted, 'block', 'a.jpg'), 'utf8')).toBe('a.jpg');
    expect(await readFile(join(sorted, 'block', 'a (2).jpg'), 'utf8')).toBe(join('trip', 'a.jpg'));
  });

  it('never lets two files at a time have one name', async () => {
    const sorter = await open();
    const folders = Array.from({ length: 20 }, (_, index) => join(root, `folder ${index}`));
    for (const folder of folders) {
      await mkdir(folder);
      await writeFile(join(folder, 'same.jpg'), folder);
    }
    const found = folders.map((folder) => ({ name: join(folder, 'same.jpg'), folder }));
    await Promise.all(found.map((one) => sorter.sort(one, 'review')));
    const names = await filesIn(join(sorted, 'review'));
    const contents = await Promise.all(names.map((name) => readFile(join(sorted, 'review', name), 'utf8')));
    expect(contents.sort()).toEqual(folders.sort());
  });

  it('ends a move that was killed between its two steps', async () => {
    const sorter = await open();
    await mkdir(join(sorted, 'block'), { recursive: true });
    await link(join(photos, 'a.jpg'), join(sorted, 'block', 'a.jpg'));
    expect(await sorter.sort(file('a.jpg'), 'block')).toMatchObject({ to: join(sorted, 'block', 'a.jpg') });
    expect(await filesIn(sorted)).toEqual([join('block', 'a.jpg')]);
    await expect(access(join(photos, 'a.jpg'))).rejects.toThrow();
  });

  it('leaves alone what lies where it would move to', async () => {
    await (await open()).sort(file('a.jpg'), 'block');
    const again = await (await open()).sort(file('sorted', 'block', 'a.jpg'), 'block');
    expect(again).toMatchObject({ stays: expect.stringContaining('already') });
    expect(await filesIn(sorted)).toEqual([join('block', 'a.jpg')]);
  });

  it('leaves links where they are, and what they lead to', async () => {
    await symlink(join(photos, 'a.jpg'), join(photos, 'link.jpg'));
    expect(await (await open()).sort(file('link.jpg'), 'block')).toMatchObject({ stays: 'it is a link' });
    expect(await filesIn(photos)).toEqual(['a.jpg', 'b.jpg', 'link.jpg', join('trip', 'a.jpg')]);
  });

  it('only says what it would do in a dry run, in the very words of the real one', async () => {
    const found = [file('a.jpg'), { name: join(photos, 'trip', 'a.jpg'), folder: join(photos, 'trip') }];
    const before = await filesIn(root);
    const run = async (dryRun: boolean) => {
      const sorter = await open(dryRun);
      const results: (Sorted | null)[] = [];
      for (const one of found) results.push(await sorter.sort(one, 'block'));
      return results;
    };
    const promised = await run(true);
    expect(await filesIn(root)).toEqual(before);
    await expect(access(sorted)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(promised).toEqual(await run(false));
  });

  it('says what went wrong with one file, and goes on with the next', async () => {
    const sorter = await open();
    await writeFile(join(sorted, 'block'), 'a file where a folder should be');
    expect(await sorter.sort(file('gone.jpg'), 'review')).toMatchObject({
      problem: { code: 'input-not-found' },
    });
    expect(await sorter.sort(file('a.jpg'), 'block')).toMatchObject({
      problem: { code: 'output-unwritable' },
    });
    expect(await sorter.sort(file('a.jpg'), 'review')).toMatchObject({ to: join(sorted, 'review', 'a.jpg') });
  });

  it.runIf(process.platform === 'linux')('moves what has a name that is no UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(join(photos, 'caf')), Buffer.from([0xe9])]);
    await writeFile(name, 'coffee');
    const result = await (await open()).sort(file('caf\\xe9'), 'block');
    expect(result).toMatchObject({ to: join(sorted, 'block', 'caf\\xe9') });
    const [moved] = await readdir(Buffer.from(join(sorted, 'block')), { encoding: 'buffer' });
    expect(moved).toEqual(Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    await expect(access(name)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

// Linux has a second device at hand.
describe.runIf(process.platform === 'linux')('a sorter that moves to another device', () => {
  let shared = '';
  beforeEach(async () => {
    shared = await mkdtemp('/dev/shm/figleaf-sort-');
  });
  afterEach(() => rm(shared, { recursive: true }));

  it('takes the file there whole, with its time, and leaves nothing beside it', async () => {
    expect((await stat(shared)).dev).not.toBe((await stat(root)).dev);
    const when = new Date('2019-07-01T12:00:00Z');
    await utimes(join(photos, 'a.jpg'), when, when);
    const sorter = await openSorter({ into: shared, how: 'move' });
    await sorter.sort(file('a.jpg'), 'block');
    expect(await filesIn(shared)).toEqual([join('block', 'a.jpg')]);
    expect((await stat(join(shared, 'block', 'a.jpg'))).mtime).toEqual(when);
    expect(await filesIn(photos)).not.toContain('a.jpg');
  });
});

describe('a sorter that copies', () => {
  const open = (dryRun = false) => openSorter({ into: sorted, how: 'copy', dryRun });

  it('leaves the file, and copies once however often it is run', async () => {
    for (let run = 0; run < 2; run++) {
      const result = await (await open()).sort(file('a.jpg'), 'block');
      expect(result).toMatchObject({ to: join(sorted, 'block', 'a.jpg') });
    }
    expect(await filesIn(photos)).toContain('a.jpg');
    expect(await filesIn(sorted)).toEqual([join('block', 'a.jpg')]);
    await writeFile(join(photos, 'a.jpg'), 'A.jpg');
    expect(await (await open()).sort(file('a.jpg'), 'block')).toMatchObject({
      to: join(sorted, 'block', 'a (2).jpg'),
    });
  });

  it('copies what a link leads to', async () => {
    await symlink(join(photos, 'a.jpg'), join(photos, 'link.jpg'));
    await (await open()).sort(file('link.jpg'), 'review');
    const copy = join(sorted, 'review', 'link.jpg');
    expect(await readFile(copy, 'utf8')).toBe('a.jpg');
    await writeFile(copy, 'changed');
    expect(await readFile(join(photos, 'a.jpg'), 'utf8')).toBe('a.jpg');
  });
});

describe('openSorter', () => {
  it('says at once that the folder cannot be made', async () => {
    const into = join(photos, 'a.jpg', 'sorted');
    await expect(openSorter({ into, how: 'move' })).rejects.toMatchObject({ code: 'output-unwritable' });
  });
});
