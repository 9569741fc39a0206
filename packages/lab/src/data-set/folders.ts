/** Data sets as folders: a folder for each class, and above those one for each part if there are such. */
import { basename, dirname, resolve } from 'node:path';
import { FigleafError } from 'figleaf';
import { toPath } from 'figleaf/commands';
import { byName } from '../by-name.ts';
import { type ClassFile, filesOfClass, nameWithin } from './class-files.ts';
import { type ClassFolder, LEADS_BACK, layoutOf } from './class-folders.ts';
import { type DataSet, invalid, type Part, type SplitOptions, type Unread } from './data-set.ts';
import { divide, type Found } from './parts.ts';

/**
 * Reads what lies in a folder: a folder for each class; or `train` with such folders in it, and `validation` (`val`) and
 * `test` beside it if there are. A class may be called `train` too, where pictures lie in it. Files deeper within a class count too.
 *
 * What is no picture, by its name and by its first bytes, is passed over. What is called a picture and is none turns out when it is read.
 *
 * Parts that have no folder are drawn by the seed, from each class as large a share. What is hidden (`.git`, `.DS_Store`) is left
 * out. Links count as what they lead to, but within a class links to folders are not followed, and one that leads back to what is looked at
 * anyway is no class: it is listed in `unread`, and so are folders in a class that cannot be read.
 *
 * @throws {FigleafError} `input-not-found` for a folder that is not there, `input-unreadable` for one that cannot be read,
 * or a class of which nothing can; `data-set-invalid` for fewer than two
 * classes, a class without pictures, or one that only some of the parts know; `option-invalid` for an impossible share.
 *
 * @example
 * ```ts
 * const data = await readFolders('sign-digits/Dataset', { seed: 1 });
 * console.log(data.classes, data.samples.length);
 * ```
 */
export async function readFolders(folder: string, options: SplitOptions): Promise<DataSet> {
  const all = await findInFolders(folder);
  checkEachClass(all);
  const { found, unread } = all;
  const classes = classesOf(found, folder);
  return {
    classes,
    multiLabel: false,
    samples: divide(found, classes, options),
    unread: unread.map(toUnread),
  };
}

/** What lies in a folder. */
export interface InFolders {
  readonly found: readonly Found[];
  readonly unread: readonly UnreadPlace[];
  /** Files that are no pictures, videos among them. */
  readonly passedOver: number;
}

/** What could not be looked at, and which pictures are lacking therefore. */
export interface UnreadPlace extends Unread {
  /** Null where the place is of no class. */
  readonly className: string | null;
  readonly part: Part | null;
}

/** What is told of it. */
export const toUnread = ({ name, code, message }: UnreadPlace): Unread => ({ name, code, message });

/**
 * What lies in a folder, however many classes that are.
 *
 * @param takesFlat Whether pictures of a folder without folders are of a class that is called like it. Default false: they are of none.
 * @throws {FigleafError} `input-not-found`, `input-unreadable`, and `data-set-invalid` for a class without pictures.
 */
export async function findInFolders(root: string, { takesFlat = false } = {}): Promise<InFolders> {
  const { folders, loops, isFlat } = await layoutOf(root);
  if (isFlat && takesFlat) return picturesOf(root, asClass(root));
  const classes = await Promise.all(folders.map((folder) => classIn(root, folder)));
  const linked = loops.map(({ path, part }): UnreadPlace => {
    const name = nameWithin(root, path);
    return { name, code: 'input-unreadable', message: LEADS_BACK, className: null, part };
  });
  return {
    found: classes.flatMap(({ found }) => found).sort(byName),
    unread: [...linked, ...classes.flatMap(({ unread }) => unread)].sort(byName),
    passedOver: classes.reduce((sum, { passedOver }) => sum + passedOver, 0),
  };
}

async function classIn(root: string, folder: ClassFolder): Promise<InFolders> {
  const own = await picturesOf(root, folder);
  if (own.found.length + own.unread.length === 0) throw emptyClass(folder.path, own.passedOver);
  return own;
}

const asClass = (path: string): ClassFolder => ({
  path,
  className: basename(resolve(path)).toLowerCase(),
  part: null,
});

async function picturesOf(root: string, { path: folder, className, part }: ClassFolder): Promise<InFolders> {
  const found: Found[] = [];
  const unread: UnreadPlace[] = [];
  let passedOver = 0;
  for await (const file of filesOfClass(folder, { onPassedOver: () => passedOver++ })) {
    const path = pathOf(file);
    const name = nameWithin(root, path);
    if (file.problem) {
      const { code, message } = file.problem;
      unread.push({ name, code, message, className, part });
    } else found.push({ path, name, classNames: [className], part, group: null, source: null });
  }
  return { found: found.sort(byName), unread, passedOver };
}

/** One that no text can say stays as it is: it turns out when it is read. */
function pathOf({ name }: ClassFile): string {
  const path = toPath(name);
  return typeof path === 'string' ? path : name;
}

function emptyClass(folder: string, passedOver: number): FigleafError {
  const what = passedOver === 0 ? 'is empty' : 'has files, but no pictures';
  return invalid(
    `the class '${basename(folder)}' in '${dirname(folder)}' ${what}: put pictures there, or take the folder away`,
  );
}

/** A class that nobody can look at would be one less, and nobody would know. */
function checkEachClass({ found, unread }: InFolders): void {
  const known = new Set(found.flatMap(({ classNames }) => classNames));
  const lost = unread.find(({ className }) => className !== null && !known.has(className));
  if (lost)
    throw new FigleafError(lost.code, `the class '${lost.className}' has no pictures: ${lost.message}`);
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
