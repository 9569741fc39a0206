/** Files that are either whole or not there: written beside their place, then renamed. */
import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { FigleafError, messageOf } from '../../errors.ts';

/**
 * Writes a file in one step as far as anyone can see; what was there before stays until then.
 *
 * @throws {FigleafError} `output-unwritable`, and nothing has changed.
 */
export async function writeWholeFile(path: string, chunks: Iterable<string>): Promise<void> {
  const beside = nameBeside(path);
  try {
    await writeFile(beside, chunks, { flag: 'wx', flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw unwritable(path, error);
  }
}

/**
 * Finds out before the work begins whether its result can be written.
 *
 * @throws {FigleafError} `output-unwritable` if not.
 */
export async function checkWritable(path: string): Promise<void> {
  const beside = nameBeside(path);
  try {
    if ((await stat(path).catch(() => null))?.isDirectory()) throw new Error('it is a folder');
    await writeFile(beside, '', { flag: 'wx' });
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(beside, { force: true });
  }
}

const nameBeside = (path: string): string => `${path}.${randomBytes(4).toString('hex')}.tmp`;

function unwritable(path: string, cause: unknown): FigleafError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'its folder does not exist' : messageOf(cause);
  return new FigleafError('output-unwritable', `cannot write '${path}': ${why}`, { cause });
}
