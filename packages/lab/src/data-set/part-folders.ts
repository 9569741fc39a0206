/** Whether folders in a folder are of parts or of classes, which may be called alike. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FigleafError } from 'figleaf';
import type { Part } from './data-set.ts';

/** By the names that they go by, in lower case. */
const PARTS: ReadonlyMap<string, Part> = new Map([
  ['train', 'train'],
  ['validation', 'validation'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['test', 'test'],
]);

/** What pictures are called. */
export const PICTURE = /\.(jpe?g|png|webp|gif|avif|hei[cf]|tiff?|bmp)$/i;

/** What lies in a folder and is not hidden: names, sorted. */
export interface Shown {
  /** Folders, and links to such. */
  readonly folders: readonly string[];
  /** Files that are called like pictures. */
  readonly pictures: readonly string[];
}

/** A folder of a part. */
export interface PartFolder {
  readonly name: string;
  readonly part: Part;
}

/**
 * Looks into a folder.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`.
 */
export async function shownIn(folder: string): Promise<Shown> {
  const shown = (await entriesOf(folder)).filter(({ name }) => !name.startsWith('.'));
  const isFolder = await Promise.all(
    shown.map(async (entry) =>
      entry.isSymbolicLink()
        ? ((await stat(join(folder, entry.name)).catch(() => null))?.isDirectory() ?? false)
        : entry.isDirectory(),
    ),
  );
  const folders = shown.filter((_, index) => isFolder[index]).map(({ name }) => name);
  const files = shown.filter((_, index) => !isFolder[index]).map(({ name }) => name);
  return { folders: folders.sort(), pictures: files.filter((name) => PICTURE.test(name)).sort() };
}

/**
 * The folders of parts among these; null where all of them are of classes, also one that is called `train`. They are of parts where
 * all are called so, and where `train` has folders and no pictures beside them.
 *
 * @param names All folders in `root` that are shown.
 * @throws {FigleafError} `input-unreadable`.
 */
export async function partFoldersOf(root: string, names: readonly string[]): Promise<PartFolder[] | null> {
  const parts = names.flatMap((name): PartFolder[] => {
    const part = PARTS.get(name.toLowerCase());
    return part ? [{ name, part }] : [];
  });
  if (parts.length === names.length) return parts.length > 0 ? parts : null;
  for (const { name, part } of parts) {
    if (part !== 'train') continue;
    const { folders, pictures } = await shownIn(join(root, name));
    if (folders.length > 0 && pictures.length === 0) return parts;
  }
  return null;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadableFolder(folder, error);
  }
}

/** What is said of a folder that cannot be read. */
function unreadableFolder(folder: string, cause: unknown): FigleafError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT')
    return new FigleafError('input-not-found', `there is no folder '${folder}'`, { cause });
  if (code === 'ENOTDIR') return new FigleafError('input-not-found', `'${folder}' is no folder`, { cause });
  return new FigleafError('input-unreadable', `cannot read the folder '${folder}'`, { cause });
}
