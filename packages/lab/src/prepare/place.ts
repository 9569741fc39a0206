/** Puts the pictures in their places, and takes away what an earlier run had put elsewhere. */
import { appendFile, copyFile, link, lstat, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FigleafError } from 'figleaf';
import { makeFolder, writeWholeFile } from 'figleaf/commands';
import { eachAtOnce } from '../each-at-once.ts';
import { unwritable } from '../unwritable.ts';
import type { WorkFolder } from './work-folder.ts';

/** Files at a time. */
const AT_ONCE = 16;

/** A picture and where it belongs. */
export interface Placement {
  /** Its path from the result's folder, with `/`. */
  readonly name: string;
  /** SHA-256 of the original. */
  readonly sha256: Uint8Array;
}

/**
 * Puts each in its place, as a hard link to what is kept of it, or where the disk has none, as a copy. Names are listed before anything is
 * put there: so whatever ends the run, the next one knows what is from here, and takes away what it has no use for.
 *
 * @throws {FigleafError} `output-exists` where a file of somebody else has such a name, `output-unwritable`.
 */
export async function placeAll(
  placements: readonly Placement[],
  work: WorkFolder,
  {
    signal,
    onPlaced,
  }: { readonly signal: AbortSignal | undefined; readonly onPlaced: (done: number) => void },
): Promise<void> {
  try {
    const own = await placedBefore(work.placed);
    const wanted = new Set(placements.map(({ name }) => name));
    await takeAway(
      [...own].filter((name) => !wanted.has(name)),
      work.out,
    );
    const fresh = placements.filter(({ name }) => !own.has(name)).map(({ name }) => name);
    await makeFolders(wanted, fresh, work.out);
    await appendFile(work.placed, linesOf(fresh));
    let done = 0;
    await eachAtOnce(placements, AT_ONCE, async ({ name, sha256 }) => {
      signal?.throwIfAborted();
      await place(work.pictureOf(sha256), join(work.out, name), own.has(name));
      onPlaced(++done);
    });
    await writeWholeFile(work.placed, [linesOf(wanted)]);
  } catch (error) {
    throw signal?.aborted ? error : unwritable(work.out, error);
  }
}

const linesOf = (names: Iterable<string>): string => [...names].map((name) => `${name}\n`).join('');

/** Names that are certain to be from here; one that broke off is of no file. */
async function placedBefore(path: string): Promise<Set<string>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const names = text.split('\n');
  const broken = names.pop();
  // Else the next name would be taken for its end.
  if (broken) await appendFile(path, '\n');
  return new Set(names.filter((name) => name !== ''));
}

/** Makes what is lacking, and sees that no name is taken that was not from here before. */
async function makeFolders(names: Iterable<string>, fresh: readonly string[], out: string): Promise<void> {
  const folders = new Set([...names].map((name) => dirname(name)));
  const taken = new Set<string>();
  for (const folder of folders) {
    const before = await readdir(join(out, folder)).catch(() => null);
    for (const name of before ?? []) taken.add(`${folder}/${name}`);
    if (!before) await makeFolder(join(out, folder));
  }
  const strange = fresh.find((name) => taken.has(name));
  if (strange === undefined) return;
  throw new FigleafError(
    'output-exists',
    `'${join(out, strange)}' is there and was not prepared here: move it away, or give --out another folder`,
  );
}

const besideOf = (path: string): string => `${path}.placing`;

/** And what a kill has left beside them, and folders that are empty then. */
async function takeAway(names: readonly string[], out: string): Promise<void> {
  await eachAtOnce(names, AT_ONCE, async (name) => {
    const path = join(out, name);
    for (const one of [path, besideOf(path)]) await rm(one, { force: true });
  });
  const folders = [...new Set(names.map((name) => dirname(name)))];
  for (const folder of [...folders, ...new Set(folders.map((name) => dirname(name)))])
    await rmdir(join(out, folder)).catch(() => undefined);
}

async function place(from: string, to: string, isOwn: boolean): Promise<void> {
  if (!isOwn) return linkOrCopy(from, to);
  // Numbers of files exceed what a double holds, as on NTFS: another file would seem to be this one.
  const [kept, there] = await Promise.all([
    lstat(from, { bigint: true }),
    lstat(to, { bigint: true }).catch(() => null),
  ]);
  if (there && there.ino === kept.ino && there.dev === kept.dev) return;
  const beside = besideOf(to);
  await rm(beside, { force: true });
  await linkOrCopy(from, beside);
  await rename(beside, to);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    await copyFile(from, to);
  }
}
