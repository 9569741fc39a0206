/** Data sets as folders: a folder for each class, and above those one for each part if there are such. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type ClassFolder, LEADS_BACK, layoutOf } from './class-folders.ts';
import { type DataSet, invalid, type Part, type SplitOptions, type Unread } from './data-set.ts';
import { unreadableFolder } from './part-folders.ts';
import { divide, type Found } from './parts.ts';

/**
 * Reads what lies in a folder: a folder for each class; or `train` with such folders in it, and `validation` (`val`) and
 * `test` beside it if there are. A class may be called `train` too, where pictures lie in it. Files deeper within a class count too. What
 * is no picture turns out when it is read.
 *
 * Parts that have no folder are drawn by the seed, from each class as large a share. What is hidden (`.git`, `.DS_Store`) is left
 * out. Links count as what they lead to, but within a class links to folders are not followed, and one that leads back to what is looked at
 * anyway is no class: it is listed in `unread`.
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
  const { found, unread } = await findInFolders(folder);
  const classes = classesOf(found, folder);
  return {
    classes,
    multiLabel: false,
    samples: divide(found, classes, options),
    unread: unread.map(({ name, code, message }) => ({ name, code, message })),
  };
}

/** What lies in a folder. */
export interface InFolders {
  readonly found: readonly Found[];
  readonly unread: readonly UnreadPlace[];
}

/** What could not be looked at, and which pictures are lacking therefore. */
export interface UnreadPlace extends Unread {
  /** Null where the place is of no class. */
  readonly className: string | null;
  readonly part: Part | null;
}

/**
 * What lies in a folder, however many classes that are.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`, and `data-set-invalid` for a class without files.
 */
export async function findInFolders(folder: string): Promise<InFolders> {
  const { folders, loops } = await layoutOf(folder);
  const found = (await Promise.all(folders.map((own) => filesOf(folder, own)))).flat();
  const unread = loops.map(({ path, part }): UnreadPlace => {
    const name = nameWithin(folder, path);
    return { name, code: 'input-unreadable', message: LEADS_BACK, className: null, part };
  });
  return { found: found.sort(byName), unread };
}

const byName = (a: Found, b: Found): number => (a.name < b.name ? -1 : 1);

/** Of a link that leads nowhere it turns out when it is read. */
async function kindOf(entry: Dirent): Promise<'file' | 'folder' | 'other'> {
  const link = entry.isSymbolicLink();
  const target = link ? await stat(join(entry.parentPath, entry.name)).catch(() => null) : entry;
  if (!target || target.isFile()) return 'file';
  return target.isDirectory() ? 'folder' : 'other';
}

async function filesOf(root: string, { path: folder, className, part }: ClassFolder): Promise<Found[]> {
  const paths = await filesBelow(folder);
  if (paths.length === 0) {
    throw invalid(
      `the class '${basename(folder)}' in '${dirname(folder)}' is empty: put pictures there, or take the folder away`,
    );
  }
  return paths.map((path) => {
    return { path, name: nameWithin(root, path), classNames: [className], part, group: null, source: null };
  });
}

/** Paths of the files of a class, those in deeper folders too. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw unreadableFolder(folder, error);
  });
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
