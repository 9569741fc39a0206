/** Files sorted by verdict: moved or copied out of a scanned folder, none ever overwritten. */
import type { Stats } from 'node:fs';
import { copyFile, lstat, open, rm, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join, parse, relative } from 'node:path';
import { FigleafError, messageOf } from '../../errors.ts';
import { makeFolder } from '../../files/make-folder.node.ts';
import { renameIfFree } from '../../files/rename-if-free.node.ts';
import type { Verdict } from '../../policy/policy.ts';
import type { FoundFile } from '../input/files.node.ts';
import { toPath } from '../input/names.node.ts';
import { liesIn, realEntry, realPath } from '../input/real-path.node.ts';
import { NameSet } from '../name-set.node.ts';

/** How to sort. */
export interface SortOptions {
  /** The folder that gets the folders `review` and `block`. It may lie inside a scanned folder. */
  readonly into: string;
  /** Whether files leave the place where they were found. */
  readonly how: 'move' | 'copy';
  /** Only say what would be done. Default false. */
  readonly dryRun?: boolean;
}

/** What became of a file: where it is now, why it stays, or what went wrong; named as records are. */
export type Sorted = { readonly from: string } & (
  | { readonly to: string }
  | { readonly stays: string }
  | { readonly problem: FigleafError }
);

/**
 * Makes the folder to sort into, so that one that cannot be is known before the first picture is judged.
 *
 * @throws {FigleafError} `output-unwritable`.
 * @example
 * ```ts
 * const sorter = await openSorter({ into: 'sorted', how: 'move', dryRun: true });
 * const sorted = await sorter.sort({ name: 'photos/trip/a.jpg', folder: 'photos' }, 'block');
 * // { from: 'photos/trip/a.jpg', to: 'sorted/block/trip/a.jpg' }
 * ```
 */
export async function openSorter(options: SortOptions): Promise<FileSorter> {
  if (!options.dryRun) {
    try {
      await makeFolder(options.into);
    } catch (error) {
      const why = `cannot make the folder '${options.into}': ${messageOf(error)}`;
      throw new FigleafError('output-unwritable', why, { cause: error });
    }
  }
  return new FileSorter(options, await realPath(options.into));
}

/**
 * Sorts files that were judged. Made by {@link openSorter}.
 *
 * What a moderator has to look at goes to `review`, what is clear to `block`, each under the path that it had in the scanned folder.
 * What is allowed stays where it is, and so does what could not be judged. A name that is taken gets ` (2)`; a copy that is there
 * already is left as it is. So a run may be repeated, and a run that was broken off be run again: at worst a file is in both places,
 * and no file is ever in none.
 */
export class FileSorter {
  readonly #options: SortOptions;
  readonly #real: string;
  /** The names that a dry run has given away. */
  readonly #promised = new NameSet();

  /** @internal */
  constructor(options: SortOptions, real: string) {
    this.#options = options;
    this.#real = real;
  }

  /**
   * Puts one file where its verdict says; null where it is left alone. A failure is what the result says, never a rejection.
   */
  async sort(file: Pick<FoundFile, 'name' | 'folder'>, verdict: Verdict | null): Promise<Sorted | null> {
    if (verdict === null || verdict === 'allow') return null;
    const from = file.name;
    try {
      const info = await lstat(toPath(from));
      const stays = await this.#reasonToStay(from, info);
      if (stays) return { from, stays };
      const wanted = join(this.#options.into, verdict, relative(file.folder, from));
      return { from, to: await this.#put(from, wanted) };
    } catch (error) {
      return { from, problem: problemOf(from, error) };
    }
  }

  async #reasonToStay(from: string, info: Stats): Promise<string | null> {
    if (liesIn(await realEntry(from), this.#real)) return `it is in '${this.#options.into}' already`;
    // Moved, a link may lead nowhere; and what it leads to is not what was scanned.
    if (this.#options.how === 'move' && info.isSymbolicLink()) return 'it is a link';
    return null;
  }

  async #put(from: string, wanted: string): Promise<string> {
    const { how, dryRun } = this.#options;
    if (!dryRun) await makeFolder(toPath(dirname(wanted)));
    for (let number = 1; ; number++) {
      const to = numbered(wanted, number);
      const isDone = dryRun ? await this.#promise(from, to) : await put(from, to, how);
      if (isDone) return to;
    }
  }

  async #promise(from: string, to: string): Promise<boolean> {
    const { how } = this.#options;
    if (how === 'copy' && (await sameContent(from, to))) return true;
    if (this.#promised.has(to) || (await exists(to))) return false;
    this.#promised.add(to);
    return true;
  }
}

/** The path, from the second on with the number before its ending. */
function numbered(path: string, number: number): string {
  if (number === 1) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name} (${number})${ext}`);
}

/** Puts a file under a name; false where something else has it. */
async function put(from: string, to: string, how: SortOptions['how']): Promise<boolean> {
  if (how === 'copy') return (await sameContent(from, to)) || copyInto(from, to);
  // A run that was killed in mid-move has left it under both names.
  if (await isSameFile(from, to)) {
    await unlink(toPath(from));
    return true;
  }
  try {
    return await renameIfFree(toPath(from), toPath(to));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    if (!(await copyInto(from, to))) return false;
    await unlink(toPath(from));
    return true;
  }
}

/** Copies beside, so that a file under its final name is whole, and is on the disk before the first of the two may go. */
async function copyInto(from: string, to: string): Promise<boolean> {
  if (await exists(to)) return false;
  const before = await stat(toPath(from));
  const part = join(dirname(to), `.figleaf-${crypto.randomUUID()}.part`);
  try {
    await copyFile(toPath(from), toPath(part));
    await utimes(toPath(part), before.atime, before.mtime);
    await using file = await open(toPath(part), 'r+');
    await file.sync();
    const after = await stat(toPath(from));
    if (after.mtimeMs !== before.mtimeMs || after.size !== before.size) {
      throw new Error('it was written to meanwhile; run this again');
    }
    await file.close();
    return await renameIfFree(toPath(part), toPath(to));
  } finally {
    await rm(toPath(part), { force: true });
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((path) => lstat(toPath(path), { bigint: true }).catch(() => null)),
  );
  return a != null && b != null && a.ino === b.ino && a.dev === b.dev;
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(toPath(path)).catch(() => null)) !== null;
}

const CHUNK_BYTES = 1024 * 1024;

async function sameContent(one: string, other: string): Promise<boolean> {
  const infos = await Promise.all([one, other].map((path) => stat(toPath(path)).catch(() => null)));
  if (!infos[0]?.isFile() || !infos[1]?.isFile() || infos[0].size !== infos[1].size) return false;
  await using first = await open(toPath(one));
  await using second = await open(toPath(other));
  for (let at = 0; at < infos[0].size; at += CHUNK_BYTES) {
    const [a, b] = await Promise.all(
      [first, second].map((file) => file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at)),
    );
    if (!a!.buffer.subarray(0, a!.bytesRead).equals(b!.buffer.subarray(0, b!.bytesRead))) return false;
  }
  return true;
}

function problemOf(from: string, error: unknown): FigleafError {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path === toPath(from)) {
    return new FigleafError('input-not-found', `'${from}' has gone`, { cause: error });
  }
  return new FigleafError('output-unwritable', `'${from}' stays where it is: ${messageOf(error)}`, {
    cause: error,
  });
}
