/** New files that are whole or not there, and that replace nothing unasked. */
import { randomBytes } from 'node:crypto';
import { lstat, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { FigleafError, messageOf } from '../errors.ts';

/**
 * Finds out before the work begins whether there is room for a file under its name.
 *
 * @param original Path of a file that must not be replaced, whatever `force` says.
 * @throws {FigleafError} `output-exists`, `output-unwritable`.
 */
export async function checkRoom(path: string, original: string, force: boolean): Promise<void> {
  const info = await lstat(path).catch(() => null);
  if (!info) return;
  if (info.isDirectory()) throw unwritable(path, new Error('it is a folder'));
  const [from, to] = await Promise.all([original, path].map((each) => realpath(each).catch(() => each)));
  if (from === to) {
    throw new FigleafError('output-exists', `'${path}' is the original; give the new picture another path`);
  }
  if (!force) throw exists(path);
}

/**
 * Writes a file beside its place and renames it.
 *
 * @throws {FigleafError} `output-exists`, `output-unwritable`; then nothing has changed.
 */
export async function writeNewFile(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  let reserved = false;
  try {
    await writeFile(beside, bytes, { flag: 'wx', flush: true });
    // Renaming replaces whatever is there, so the name is taken first, which nobody else can do as well.
    if (!force) await (await open(path, 'wx')).close();
    reserved = !force;
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    if (reserved) await rm(path, { force: true });
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists(path) : unwritable(path, error);
  }
}

function exists(path: string): FigleafError {
  return new FigleafError('output-exists', `'${path}' is there already; give another path, or force it`);
}

function unwritable(path: string, cause: unknown): FigleafError {
  const why =
    (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : messageOf(cause);
  return new FigleafError('output-unwritable', `cannot write '${path}': ${why}`, { cause });
}
