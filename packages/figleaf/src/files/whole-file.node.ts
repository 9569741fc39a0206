/** Files that are either whole or not there: written beside their place, then renamed. */
import { lstat, open, rename, writeFile } from 'node:fs/promises';
import { FigleafError } from '../errors.ts';
import { nameBeside, removeBeside, unwritable } from './beside.node.ts';

/**
 * Writes a file in one step as far as anyone can see; what was there before stays until then. It is on the disk before it takes its place.
 *
 * @throws {FigleafError} `output-unwritable`, and nothing has changed.
 */
export async function writeWholeFile(
  path: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const beside = nameBeside(path);
  try {
    await writeFile(beside, chunks, { flag: 'wx', flush: true });
    await rename(beside, path);
  } catch (error) {
    await removeBeside(beside);
    throw unwritable(path, error);
  }
}

/**
 * Finds out before the work begins whether its result can be written.
 *
 * @param mayReplace Whether a file that begins like this may be replaced; others are left alone.
 * @throws {FigleafError} `output-unwritable` if not, `output-exists` where something else is there already.
 */
export async function checkWritable(path: string, mayReplace: (head: string) => boolean): Promise<void> {
  await checkPlace(path, mayReplace);
  await tryBeside(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** Makes a file beside that path and takes it away again; rejects where none can be made. */
export async function tryBeside(path: string): Promise<void> {
  const beside = nameBeside(path);
  try {
    await writeFile(beside, '', { flag: 'wx' });
  } finally {
    await removeBeside(beside);
  }
}

/** Renaming goes over pictures, links and devices alike. */
async function checkPlace(path: string, mayReplace: (head: string) => boolean): Promise<void> {
  const info = await lstat(path).catch(() => null);
  if (info?.isDirectory()) throw unwritable(path, new Error('it is a folder'));
  if (info && !info.isFile()) throw unwritable(path, new Error('it is no ordinary file; give another path'));
  if (!info || info.size === 0 || mayReplace(await headOf(path))) return;
  throw new FigleafError(
    'output-exists',
    `'${path}' is there already and is something else; give another path`,
  );
}

const HEAD_BYTES = 4096;

async function headOf(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    throw unwritable(path, error);
  }
}
