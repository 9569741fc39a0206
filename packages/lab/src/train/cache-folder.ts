/** Where runs find what other runs have worked out: features, and which pictures can be decoded. */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FigleafError } from 'figleaf';
import { removeLeftovers } from './leftovers.ts';

/** A file that is being written changes more often than that. */
const HOUR = 3_600_000;

/**
 * The folder, made where it is not there: beside that of the run, so that other runs find it too; in it where nothing can be put beside.
 *
 * @throws {FigleafError} `output-unwritable`.
 */
export async function cacheFolder(out: string): Promise<string> {
  const beside = join(dirname(resolve(out)), '.features');
  const own = join(out, '.features');
  for (const folder of [beside, own]) {
    const isThere = await mkdir(folder, { recursive: true }).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    await removeLeftovers(folder, HOUR);
    return folder;
  }
  throw new FigleafError('output-unwritable', `cannot make the folder '${own}'`);
}
