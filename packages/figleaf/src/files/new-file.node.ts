/** New files that are whole or not there, and that replace nothing unasked. */
import { lstat, realpath, rename, writeFile } from 'node:fs/promises';
import { FigleafError } from '../errors.ts';
import { nameBeside, removeBeside, unwritable } from './beside.node.ts';
import { renameIfFree } from './rename-if-free.node.ts';

/** A path as text, or where it is no UTF-8, as bytes. */
type Path = string | Buffer;

/**
 * Finds out before the work begins whether there is room for a file under its name.
 *
 * @param original Path of a file that must not be replaced, whatever `force` says; null for none.
 * @throws {FigleafError} `output-exists`, `output-unwritable`.
 */
export async function checkRoom(path: Path, original: Path | null, force: boolean): Promise<void> {
  const info = await lstat(path).catch(() => null);
  if (!info) return;
  if (info.isDirectory()) throw unwritable(path, new Error('it is a folder'));
  if (original !== null && (await realBytes(original)).equals(await realBytes(path))) {
    throw new FigleafError('output-exists', `'${path}' is the original; give the new picture another path`);
  }
  if (!force) throw exists(path);
}

async function realBytes(path: Path): Promise<Buffer> {
  return realpath(path, { encoding: 'buffer' }).catch(() => Buffer.from(path));
}

/**
 * Writes a file beside its place and renames it.
 *
 * @throws {FigleafError} `output-exists`, `output-unwritable`; then nothing has changed.
 */
export async function writeNewFile(path: Path, bytes: Uint8Array, force: boolean): Promise<void> {
  const beside = nameBeside(path);
  try {
    await writeFile(beside, bytes, { flag: 'wx', flush: true });
    if (force) await rename(beside, path);
    else if (!(await renameIfFree(beside, path))) throw exists(path);
  } catch (error) {
    await removeBeside(beside);
    throw error instanceof FigleafError ? error : unwritable(path, error);
  }
}

function exists(path: Path): FigleafError {
  return new FigleafError('output-exists', `'${path}' is there already; give another path, or force it`);
}
