/** Data sets as folders: a folder for each class, and above those one for each part if there are such. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { FigleafError } from 'figleaf';
import { type DataSet, invalid, type Part, type SplitOptions } from './data-set.ts';
import { divide, type Found } from './parts.ts';

/** Folders of parts, by the names that they go by, in lower case. */
export const PART_FOLDERS: ReadonlyMap<string, Part> = new Map([
  ['train', 'train'],
  ['validation', 'validation'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['test', 'test'],
]);

/**
 * Reads what lies in a folder: a folder for each class; or `train` with such folders in it, and `validation` (`val`) and
 * `test` beside it if there are. Files deeper within a class count too. What is no picture turns out when it is read.
 *
 * Parts that have no folder are drawn by the seed, from each class as large a share. What is hidden (`.git`, `.DS_Store`) is left
 * out. Links count as what they lead to, but within a class links to folders are not followed.
 *
 * @throws {FigleafError} `input-not-found` for a folder that is not there, `input-unreadable` for one that cannot be read,
 * `data-set-invalid` for fewer than two
 * classes, a class without files, or one that only some of the parts know; `option-invalid` for an impossible share.
 *
 * @example
 * ```ts
 * const data = await readFolders('sign-digits/Dataset', { seed: 1 });
 * console.log(data.classes, data.samples.length);
 * ```
 */
export async function readFolders(folder: string, options: SplitOptions): Promise<DataSet> {
  const found = await findInFolders(folder);
  const classes = classesOf(found, folder);
  return { classes, multiLabel: false, samples: divide(found, classes, options) };
}

/**
 * What lies in a folder, however many classes that are. Without `train` folders are those of parts where all of them are called so.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`, and `data-set-invalid` for a class without files.
 */
export async function findInFolders(folder: string): Promise<Found[]> {
  const names = await foldersIn(folder);
  const parts = names.filter((name) => PART_FOLDERS.has(name.toLowerCase()));
  const isParted =
    parts.some((name) => PART_FOLDERS.get(name.toLowerCase()) === 'train') || parts.length === names.length;
  return isParted
    ? (await Promise.all(parts.map((name) => filesOf(folder, name)))).flat()
    : filesOf(folder, null);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder, false);
  const shown = entries.filter(({ name }) => !name.startsWith('.'));
  const isFolder = await Promise.all(shown.map(async (entry) => (await kindOf(entry)) === 'folder'));
  return shown
    .filter((_, index) => isFolder[index])
    .map(({ name }) => name)
    .sort();
}

async function entriesOf(folder: string, recursive: boolean): Promise<Dirent[]> {
  try {
    return await readdir(folder, { recursive, withFileTypes: true });
  } catch (error) {
    throw /^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')
      ? new FigleafError('input-not-found', `there is no folder '${folder}'`, { cause: error })
      : new FigleafError('input-unreadable', `cannot read the folder '${folder}'`, { cause: error });
  }
}

/** Of a link that leads nowhere it turns out when it is read. */
async function kindOf(entry: Dirent): Promise<'file' | 'folder' | 'other'> {
  const link = entry.isSymbolicLink();
  const target = link ? await stat(join(entry.parentPath, entry.name)).catch(() => null) : entry;
  if (!target || target.isFile()) return 'file';
  return target.isDirectory() ? 'folder' : 'other';
}

async function filesOf(folder: string, partFolder: string | null): Promise<Found[]> {
  const base = partFolder === null ? folder : join(folder, partFolder);
  const part = partFolder === null ? null : PART_FOLDERS.get(partFolder.toLowerCase())!;
  const classFolders = await foldersIn(base);
  const lists = await Promise.all(classFolders.map((name) => filesBelow(join(base, name))));
  const found = lists.flatMap((paths, index): Found[] => {
    if (paths.length === 0) {
      throw invalid(
        `the class '${classFolders[index]}' in '${base}' is empty: put pictures there, or take the folder away`,
      );
    }
    const className = classFolders[index]!.toLowerCase();
    return paths.map((path) => {
      return {
        path,
        name: nameWithin(folder, path),
        classNames: [className],
        part,
        group: null,
        source: null,
      };
    });
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Paths of the files of a class, those in deeper folders too. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder, true);
  const shown = entries.filter(
    ({ parentPath, name }) =>
      ![...relative(folder, parentPath).split(sep), name].some((part) => part.startsWith('.')),
  );
  const isFile = await Promise.all(shown.map(async (entry) => (await kindOf(entry)) === 'file'));
  return shown.filter((_, index) => isFile[index]).map(({ parentPath, name }) => join(parentPath, name));
}

function nameWithin(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

function classesOf(found: readonly Found[], folder: string): string[] {
  const classes = [...new Set(found.flatMap(({ classNames }) => classNames))].sort();
  if (classes.length < 2) {
    throw invalid(
      `'${folder}' has ${classes.length === 0 ? 'no class' : `only the class '${classes[0]}'`}: training takes a folder with a folder of ` +
        'pictures for each of at least two classes, or such folders below train/ and test/',
    );
  }
  for (const part of new Set(found.map((file) => file.part))) {
    const known = new Set(found.filter((file) => file.part === part).flatMap(({ classNames }) => classNames));
    const missing = classes.find((name) => !known.has(name));
    if (missing !== undefined)
      throw invalid(`the class '${missing}' has no pictures in '${part}'; put some there`);
  }
  return classes;
}
