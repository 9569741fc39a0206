/** Finding files: folders, patterns, and what is no picture. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countFiles, findFiles } from './files.node.ts';
import type { ScanItem } from './scan.ts';

// A PNG's signature and the start of its header are all that finding looks at.
const PNG = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);

let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'figleaf-files-'));
  await mkdir(join(root, 'album', 'inner'), { recursive: true });
  await mkdir(join(root, 'texts'));
  await mkdir(join(root, 'empty'));
  await writeFile(join(root, 'album', 'b.png'), PNG);
  await writeFile(join(root, 'album', 'a.wrong-name'), PNG);
  await writeFile(join(root, 'album', 'notes.txt'), 'not a picture');
  await writeFile(join(root, 'album', 'inner', 'c.png'), PNG);
  await writeFile(join(root, 'album', 'inner', 'nothing.jpg'), '');
  await writeFile(join(root, 'texts', 'notes.jpg'), 'not a picture either');
  await symlink(join(root, 'album'), join(root, 'album', 'inner', 'loop')).catch(() => undefined);
});

afterAll(() => rm(root, { recursive: true }));

async function find(...named: string[]): Promise<{ items: ScanItem[]; skipped: string[] }> {
  const skipped: string[] = [];
  const items: ScanItem[] = [];
  for await (const item of findFiles(named, { onSkip: (path) => skipped.push(path) })) items.push(item);
  return { items, skipped };
}

describe('findFiles', () => {
  it('walks folders in order, by content and not by name, and ends though a link loops', async () => {
    const { items, skipped } = await find(join(root, 'album'));
    expect(items.map(({ name }) => name)).toEqual(
      [['a.wrong-name'], ['b.png'], ['inner', 'c.png'], ['inner', 'nothing.jpg']].map((parts) =>
        join(root, 'album', ...parts),
      ),
    );
    expect(skipped).toEqual([join(root, 'album', 'notes.txt')]);
  });

  it('resolves patterns', async () => {
    const { items } = await find(join(root, 'album', '**', '*.png'));
    expect(items.map(({ name }) => name)).toEqual([
      join(root, 'album', 'b.png'),
      join(root, 'album', 'inner', 'c.png'),
    ]);
  });

  it('passes on whatever file is named, even one that is not there', async () => {
    const named = [join(root, 'texts', 'notes.jpg'), join(root, 'nowhere.png')];
    expect((await find(...named)).items).toEqual(named.map((name) => ({ name, input: name })));
  });

  it.each(['empty', 'texts'])('says that the folder "%s" has no pictures', async (folder) => {
    const { items } = await find(join(root, folder));
    expect(items).toMatchObject([{ name: join(root, folder), problem: { code: 'input-not-found' } }]);
  });

  it('counts what it will look at', async () => {
    expect(await countFiles([join(root, 'album'), join(root, 'nowhere.png')])).toBe(6);
  });
});
