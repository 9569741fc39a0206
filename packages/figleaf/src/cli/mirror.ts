/** A folder for new files that mirrors where the pictures lie: no two of them get one name. */
import { dirname, isAbsolute, join, parse, relative, resolve } from 'node:path';
import { FigleafError, messageOf } from '../errors.ts';
import { makeFolder } from '../files/make-folder.node.ts';
import { folderOf } from '../scan/input/files.node.ts';
import { toPath } from '../scan/input/names.node.ts';
import { liesIn, realPath } from '../scan/input/real-path.node.ts';

/**
 * A folder in which each picture has the path that it has below the folder that all inputs have in common: of `photos` alone
 * `photos/trip/a.jpg` is `trip/a.jpg`, of `photos` and `more` it is `photos/trip/a.jpg`.
 */
export class Mirror {
  /** The folder. */
  readonly folder: string;
  readonly #root: string;

  private constructor(folder: string, root: string) {
    this.folder = folder;
    this.#root = root;
  }

  /**
   * Makes the folder, so that one that cannot be is known before the first picture.
   *
   * @throws {FigleafError} `option-invalid` where the pictures are in that very folder; `output-unwritable`.
   */
  static async open(folder: string, named: readonly string[]): Promise<Mirror> {
    const folders = (await Promise.all(named.map(folderOf))).map((each) => resolve(each));
    const root = folders.reduce(commonFolder);
    const [real, ...sources] = await Promise.all([folder, root, ...folders].map(realPath));
    if (sources.includes(real!)) {
      throw new FigleafError(
        'option-invalid',
        `'${folder}' is where the pictures are; give new files a folder of their own, such as '${join(folder, 'new')}'`,
      );
    }
    await madeFolder(folder);
    return new Mirror(folder, root);
  }

  /** Where the new file of a picture goes, named as records are. */
  pathOf(name: string): string {
    const path = resolve(name);
    const below = relative(this.#root, path);
    // On another disk nothing is below it.
    return join(this.folder, isAbsolute(below) ? path.slice(parse(path).root.length) : below);
  }
}

/** Makes the folder in which a file is to be. */
export function makeFolderOf(name: string): Promise<void> {
  return madeFolder(dirname(name));
}

async function madeFolder(name: string): Promise<void> {
  try {
    await makeFolder(toPath(name));
  } catch (error) {
    const why = `cannot make the folder '${name}': ${messageOf(error)}`;
    throw new FigleafError('output-unwritable', why, { cause: error });
  }
}

function commonFolder(one: string, other: string): string {
  let common = one;
  while (common !== other && !liesIn(other, common) && common !== dirname(common)) common = dirname(common);
  return common;
}
