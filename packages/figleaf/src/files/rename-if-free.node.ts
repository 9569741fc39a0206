/** Renaming that goes over nothing: a name that is taken stays as it is. */
import { link, open, rename, rm, unlink } from 'node:fs/promises';

/** Not every disk has hard links, and not every file may be given one. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EISDIR']);

/**
 * Renames a file; false where the name is taken, since renaming alone would go over what is there.
 *
 * Where a disk has no hard links, a kill in the middle may leave the name taken by an empty file, never by half a file.
 */
export async function renameIfFree(from: string | Buffer, to: string | Buffer): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== undefined && NO_LINK.has(code)) return renameOverOwn(from, to);
    throw error;
  }
  await unlink(from);
  return true;
}

/** Takes the name by an empty file first. */
async function renameOverOwn(from: string | Buffer, to: string | Buffer): Promise<boolean> {
  try {
    await using _ = await open(to, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
  return true;
}
