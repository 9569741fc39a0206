/** Files of a run: whole or not there, and the one before stays until then. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { FigleafError } from 'figleaf';

/**
 * Writes a file beside its place, to the disk, and renames it.
 *
 * @throws {FigleafError} `output-unwritable`; then what was there before is there still.
 */
export async function writeWhole(path: string, chunks: Iterable<string | Uint8Array>): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    {
      await using file = await open(beside, 'wx');
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new FigleafError('output-unwritable', `cannot write '${path}': ${why}`, { cause: error });
  }
}
