/** Which pictures there are, of which class, and what each is for: training, validation or the test at the end. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import { shuffle } from './order.ts';

/** What a picture is for. */
export type Part = 'train' | 'validation' | 'test';

/** One picture. */
export interface Sample {
  /** Path of the file. */
  readonly path: string;
  /** Its name in the manifest: the path from the data's folder, with `/`. */
  readonly name: string;
  /** Place of its class in {@link DataSet.classes}. */
  readonly label: number;
  readonly part: Part;
}

/** Pictures and their classes. */
export interface DataSet {
  /** Names of the classes, lower case, sorted. */
  readonly classes: readonly string[];
  readonly samples: readonly Sample[];
}

/** How pictures are parted that are not in folders of their parts already. */
export interface SplitOptions {
  /** A whole number; the same gives the same parts. */
  readonly seed: number;
  /** Share of all pictures that the test gets, where there is no folder `test`: 0 to below 1. Default 0.2. */
  readonly testShare?: number;
  /** Share of the rest that validation gets, where there is no folder `validation`: 0 to below 1. Default 0.1. */
  readonly validationShare?: number;
}

/** Folders of parts, by the names that they go by. */
const PART_FOLDERS: Readonly<Record<string, Part>> = {
  train: 'train',
  validation: 'validation',
  val: 'validation',
  valid: 'validation',
  test: 'test',
};

/**
 * Reads what lies in a folder: a folder for each class; or `train` with such folders in it, and `validation` (`val`) and
 * `test` beside it if there are. Files deeper within a class count too. What is no picture turns out when it is read.
 *
 * Parts that have no folder are drawn by the seed, from each class as large a share. Hidden files and empty files of
 * operating systems are left out.
 *
 * @throws {FigleafError} `input-not-found` for a folder that is not there, `data-set-invalid` for fewer than two
 * classes, a class without files, or one that only some of the parts know; `option-invalid` for an impossible share.
 *
 * @example
 * ```ts
 * const data = await readFolders('sign-digits/Dataset', { seed: 1 });
 * console.log(data.classes, data.samples.length);
 * ```
 */
export async function readFolders(folder: string, options: SplitOptions): Promise<DataSet> {
  const names = await foldersIn(folder);
  const parts = names.filter((name) => PART_FOLDERS[name.toLowerCase()] !== undefined);
  const isParted = parts.some((name) => PART_FOLDERS[name.toLowerCase()] === 'train');
  const found: Found[] = isParted
    ? (await Promise.all(parts.map((name) => filesOf(folder, name)))).flat()
    : await filesOf(folder, null);
  const classes = classesOf(found, folder);
  const samples = classes.flatMap((name, label) => {
    const own = found.filter((file) => file.className === name);
    return parted(own, name, options).map(
      ({ file, part }): Sample => ({ path: file.path, name: file.name, label, part }),
    );
  });
  return { classes, samples };
}

interface Found {
  readonly path: string;
  readonly name: string;
  /** Lower case. */
  readonly className: string;
  /** Null where folders do not tell. */
  readonly part: Part | null;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw new FigleafError('input-not-found', `there is no folder '${folder}' to train with`, {
      cause: error,
    });
  }
}

async function filesOf(folder: string, partFolder: string | null): Promise<Found[]> {
  const base = partFolder === null ? folder : join(folder, partFolder);
  const part = partFolder === null ? null : PART_FOLDERS[partFolder.toLowerCase()]!;
  const classFolders = await foldersIn(base);
  const lists = await Promise.all(
    classFolders.map((name) => readdir(join(base, name), { recursive: true, withFileTypes: true })),
  );
  const found = lists.flatMap((entries, index): Found[] => {
    const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    if (files.length === 0) {
      throw invalid(
        `the class '${classFolders[index]}' in '${base}' is empty: put pictures there, or take the folder away`,
      );
    }
    const className = classFolders[index]!.toLowerCase();
    return files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path, name: nameWithin(folder, path), className, part };
    });
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameWithin(folder: string, path: string): string {
  return path.slice(join(folder, '/').length).split(/[\\/]/).join('/');
}

function classesOf(found: readonly Found[], folder: string): string[] {
  const classes = [...new Set(found.map(({ className }) => className))].sort();
  if (classes.length < 2) {
    throw invalid(
      `'${folder}' has ${classes.length === 0 ? 'no class' : `only the class '${classes[0]}'`}: training takes a folder with a folder of ` +
        'pictures for each of at least two classes, or such folders below train/ and test/',
    );
  }
  for (const part of new Set(found.map((file) => file.part))) {
    const known = new Set(found.filter((file) => file.part === part).map(({ className }) => className));
    const missing = classes.find((name) => !known.has(name));
    if (missing !== undefined)
      throw invalid(`the class '${missing}' has no pictures in '${part}'; put some there`);
  }
  return classes;
}

/** The files of one class, each with what it is for. */
function parted(
  files: readonly Found[],
  className: string,
  { seed, testShare = 0.2, validationShare = 0.1 }: SplitOptions,
): { file: Found; part: Part }[] {
  for (const share of [testShare, validationShare]) {
    if (share >= 0 && share < 1) continue;
    throw new FigleafError('option-invalid', `a share of the pictures is from 0 to below 1, not ${share}`);
  }
  const has = (part: Part): boolean => files.some((file) => file.part === part);
  const given = files.flatMap((file) =>
    file.part && file.part !== 'train' ? [{ file, part: file.part }] : [],
  );
  const free = files.filter(({ part }) => part === null || part === 'train');
  const drawn = shuffle(free, new RandomStream(seed, `split/${className}`));
  // Files in a folder `train` are for training, and none of them for a test.
  const tests = free.some(({ part }) => part === 'train') ? 0 : Math.round(free.length * testShare);
  const checks = has('validation') ? 0 : Math.round((free.length - tests) * validationShare);
  const partOf = (index: number): Part =>
    index < tests ? 'test' : index < tests + checks ? 'validation' : 'train';
  return [...given, ...drawn.map((file, index) => ({ file, part: partOf(index) }))];
}

function invalid(message: string): FigleafError {
  return new FigleafError('data-set-invalid', message);
}
