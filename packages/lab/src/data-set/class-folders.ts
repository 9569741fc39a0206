/** Which folders in a folder are of classes, and which links there lead back: one rule for all that read folders. */
import { basename, dirname, join } from 'node:path';
import { liesIn, realPath } from 'figleaf/commands';
import type { Part } from './data-set.ts';
import { partFoldersOf, shownIn } from './part-folders.ts';

/** A folder whose pictures are of one class. */
export interface ClassFolder {
  readonly path: string;
  /** Lower case. */
  readonly className: string;
  /** By the folder that it is in; null where there are no folders of parts. */
  readonly part: Part | null;
}

/** What is in a folder of pictures. */
export interface Layout {
  readonly folders: readonly ClassFolder[];
  /** Links where classes are that lead back: they are of no class. */
  readonly loops: readonly ClassFolder[];
  /** Without any folders. */
  readonly isFlat: boolean;
  /** Paths of pictures and folders beside the class folders. */
  readonly besides: readonly string[];
}

/** What is said of a link that leads back. */
export const LEADS_BACK = 'the link leads back to a folder that is looked at anyway';

/**
 * Looks where classes are.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`.
 */
export async function layoutOf(root: string): Promise<Layout> {
  const top = await shownIn(root);
  const parts = await partFoldersOf(root, top.folders);
  if (!parts) {
    const folders = top.folders.map((name) => classFolder(root, name, null));
    const besides = top.pictures.map((name) => join(root, name));
    return { ...(await withoutLoops(folders)), isFlat: top.folders.length === 0, besides };
  }
  const names = new Set(parts.map(({ name }) => name));
  const folders: ClassFolder[] = [];
  const besides = [...top.pictures, ...top.folders.filter((name) => !names.has(name))];
  for (const { name, part } of parts) {
    const inner = await shownIn(join(root, name));
    for (const own of inner.folders) folders.push(classFolder(join(root, name), own, part));
    for (const file of inner.pictures) besides.push(join(name, file));
  }
  return {
    ...(await withoutLoops(folders)),
    isFlat: false,
    besides: besides.map((name) => join(root, name)),
  };
}

const classFolder = (base: string, name: string, part: Part | null): ClassFolder => ({
  path: join(base, name),
  className: name.toLowerCase(),
  part,
});

interface RealFolder {
  readonly folder: ClassFolder;
  /** Where it is, and where it leads to: the same of what is no link. */
  readonly own: string;
  readonly real: string;
}

/** A link leads back where a folder above it is at its end, or one of a class, or something in or above such a one. */
async function withoutLoops(folders: readonly ClassFolder[]): Promise<Pick<Layout, 'folders' | 'loops'>> {
  const all = await Promise.all(folders.map(realFolder));
  const looked = all.filter(({ own, real }) => own === real).map(({ real }) => real);
  const isLoop = ({ own, real }: RealFolder): boolean =>
    own !== real &&
    (liesIn(own, real) ||
      looked.some((other) => other === real || liesIn(other, real) || liesIn(real, other)));
  const loops = new Set(all.filter(isLoop).map(({ folder }) => folder));
  return { folders: folders.filter((folder) => !loops.has(folder)), loops: [...loops] };
}

async function realFolder(folder: ClassFolder): Promise<RealFolder> {
  const base = await realPath(dirname(folder.path));
  return { folder, own: join(base, basename(folder.path)), real: await realPath(folder.path) };
}
