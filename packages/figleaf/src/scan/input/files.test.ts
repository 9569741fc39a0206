/** Finding files: folders, patterns, and what is no picture. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countFiles, type FindOptions, type FoundFile, findFiles, type NamedPath } from './files.node.ts';

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
  await writeFile(join(root, 'texts', 'notes.md'), 'not a picture either');
  await writeFile(join(root, 'texts', 'empty'), '');
  await symlink(join(root, 'album'), join(root, 'album', 'inner', 'loop')).catch(() => undefined);
});

afterAll(() => rm(root, { recursive: true }));

interface Finding {
  readonly items: FoundFile[];
  readonly skipped: string[];
  readonly duplicates: string[];
  readonly folderLinks: string[];
}

async function find(...named: NamedPath[]): Promise<Finding> {
  return findBut([], ...named);
}

async function findBut(except: string[], ...named: NamedPath[]): Promise<Finding> {
  const finding: Finding = { items: [], skipped: [], duplicates: [], folderLinks: [] };
  const options: FindOptions = {
    except,
    onSkip: (name) => finding.skipped.push(name),
    onDuplicate: (name) => finding.duplicates.push(name),
    onFolderLink: (name) => finding.folderLinks.push(name),
  };
  for await (const item of findFiles(named, options)) finding.items.push(item);
  return finding;
}

const namesOf = ({ items }: Finding): string[] => items.map(({ name }) => name);

async function bytesOf(input: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
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

  it('passes on what is called a picture and is none, for its record to say so', async () => {
    const folder = join(root, 'claims');
    await mkdir(folder);
    for (const name of ['a.JPG', 'b.heic', 'c.jpg.txt', 'jpg', '._a.jpg'])
      await writeFile(join(folder, name), 'a text');
    await writeFile(join(folder, 'd.png'), '');
    const found = await find(folder);
    expect(namesOf(found)).toEqual(['a.JPG', 'b.heic', 'd.png'].map((name) => join(folder, name)));
    expect(found.skipped).toEqual(['._a.jpg', 'c.jpg.txt', 'jpg'].map((name) => join(folder, name)));
  });

  it('resolves patterns', async () => {
    const { items } = await find(join(root, 'album', '**', '*.png'));
    expect(items.map(({ name }) => name)).toEqual([
      join(root, 'album', 'b.png'),
      join(root, 'album', 'inner', 'c.png'),
    ]);
  });

  it('passes on whatever file is named, even one that is not there', async () => {
    const named = [join(root, 'texts', 'notes.md'), join(root, 'nowhere.png')];
    expect((await find(...named)).items).toEqual(
      named.map((name) => ({ name, input: name, folder: dirname(name) })),
    );
  });

  it.each(['empty', 'texts'])('says that the folder "%s" has no pictures', async (folder) => {
    const { items } = await find(join(root, folder));
    expect(items).toMatchObject([{ name: join(root, folder), problem: { code: 'input-not-found' } }]);
  });

  it('passes a file on once, however often and by whatever path it is named', async () => {
    const album = join(root, 'album');
    await symlink(album, join(root, 'link'));
    const found = await find(
      join(album, 'b.png'),
      album,
      relative(process.cwd(), join(album, 'b.png')),
      join(root, 'link'),
      join(album, 'inner', '*.png'),
    );
    expect(namesOf(found)).toEqual([
      join(album, 'b.png'),
      join(album, 'a.wrong-name'),
      join(album, 'inner', 'c.png'),
      join(album, 'inner', 'nothing.jpg'),
    ]);
    // Of the link all five, the text among them.
    expect(found.duplicates).toHaveLength(8);
    await rm(join(root, 'link'));
  });

  it('says where a file was found, so that its place in there can be kept', async () => {
    const { items } = await find(
      join(root, 'album', 'inner'),
      join(root, 'album', 'b.png'),
      join(root, 'al*', '*name'),
    );
    expect(items.map(({ name, folder }) => relative(folder, name))).toEqual([
      'c.png',
      'nothing.jpg',
      'b.png',
      join('album', 'a.wrong-name'),
    ]);
  });

  it('takes the bytes of a path as they are, and no pattern for it', async () => {
    const pattern = join(root, 'album', '*.png');
    expect(namesOf(await find(Buffer.from(pattern)))).toEqual([pattern]);
    expect(namesOf(await find(Buffer.from(join(root, 'album', 'inner'))))).toHaveLength(2);
  });

  it('keeps out of folders that are excepted, unless they are named', async () => {
    const album = join(root, 'album');
    const inner = join(album, 'inner');
    expect(namesOf(await findBut([inner], album))).toEqual([
      join(album, 'a.wrong-name'),
      join(album, 'b.png'),
    ]);
    expect(namesOf(await findBut([inner], join(album, '**', '*.png')))).toEqual([join(album, 'b.png')]);
    expect(namesOf(await findBut([inner], inner))).toHaveLength(2);
    expect(await countFiles([album], { except: [inner] })).toBe(3);
  });

  it('finds links to files, and those by the name of a picture that lead nowhere or to themselves', async () => {
    const folder = join(root, 'links');
    await mkdir(folder);
    await symlink(join(root, 'album', 'b.png'), join(folder, 'file.png'));
    await symlink(join(root, 'nowhere'), join(folder, 'nowhere.png'));
    await symlink(join(folder, 'itself.png'), join(folder, 'itself.png'));
    await symlink(join(root, 'nowhere'), join(folder, 'nowhere.so'));
    await symlink(join(root, 'album'), join(folder, 'folder'));
    const found = await find(folder);
    expect(namesOf(found)).toEqual(
      ['file.png', 'itself.png', 'nowhere.png'].map((name) => join(folder, name)),
    );
    expect(found.skipped).toEqual([join(folder, 'nowhere.so')]);
    expect(found.folderLinks).toEqual([join(folder, 'folder')]);
    expect(await countFiles([folder])).toBe(4);
  });

  it.skipIf(process.platform === 'win32')(
    'looks into no pipe, whatever it is called, but counts it',
    async () => {
      const folder = join(root, 'pipes');
      await mkdir(folder);
      await writeFile(join(folder, 'a.png'), PNG);
      execFileSync('mkfifo', [join(folder, 'pipe.png')]);
      await symlink(join(folder, 'pipe.png'), join(folder, 'link'));
      const found = await find(folder);
      expect(namesOf(found)).toEqual([join(folder, 'a.png')]);
      expect(found.skipped.sort()).toEqual([join(folder, 'link'), join(folder, 'pipe.png')]);
      expect(await countFiles([folder])).toBe(3);
    },
  );

  it('passes on a file that vanishes after it was found, for its record to say so', async () => {
    const folder = join(root, 'vanishing');
    await mkdir(folder);
    for (const name of ['a.png', 'b.png']) await writeFile(join(folder, name), PNG);
    const files = findFiles([folder]);
    await files.next();
    await rm(join(folder, 'b.png'));
    expect(await files.next()).toMatchObject({ value: { name: join(folder, 'b.png') } });
    expect(await files.next()).toMatchObject({ done: true });
  });

  // Windows and macOS have no such names.
  it.runIf(process.platform === 'linux')('finds and reads files whose names are no UTF-8', async () => {
    const folder = join(root, 'bytes');
    const name = (...bytes: number[]) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)]);
    await mkdir(name(0xe9), { recursive: true });
    await writeFile(name(0xe9, 0x2f, 0xff), PNG);
    await writeFile(join(folder, '\\xe9'), PNG);
    const { items } = await find(folder);
    expect(items.map((item) => relative(folder, item.name))).toEqual(['\\x5cxe9', '\\xe9/\\xff']);
    expect(items[0]).toMatchObject({ input: join(folder, '\\xe9') });
    expect(await bytesOf(items[1] && 'input' in items[1] && items[1].input)).toEqual(Buffer.from(PNG));
    expect(namesOf(await find(name(0xe9)))).toEqual([join(folder, '\\xe9', '\\xff')]);
    // By the names that records have for them; where there is a file of that very name, it is meant.
    for (const { name: recorded } of items) {
      expect(namesOf(await find(recorded))).toEqual([recorded]);
      expect(namesOf(await find(Buffer.from(recorded)))).toEqual([recorded]);
    }
    expect(namesOf(await find(join(folder, '\\xe9')))).toEqual([join(folder, '\\x5cxe9')]);
  });

  it('says which folder cannot be read, and goes on', async () => {
    const folder = join(root, 'half');
    for (const inner of ['a', 'b']) await mkdir(join(folder, inner), { recursive: true });
    await writeFile(join(folder, 'first.png'), PNG);
    await writeFile(join(folder, 'b', 'last.png'), PNG);
    const files = findFiles([folder]);
    await files.next();
    await rm(join(folder, 'a'), { recursive: true });
    const rest: FoundFile[] = [];
    for await (const file of files) rest.push(file);
    expect(rest).toMatchObject([
      { name: join(folder, 'a'), problem: { code: 'input-unreadable' } },
      { name: join(folder, 'b', 'last.png') },
    ]);
  });

  it('counts what it will look at', async () => {
    expect(await countFiles([join(root, 'album'), join(root, 'nowhere.png')])).toBe(6);
  });
});
