/** Makes a folder with all above it. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are lacking; one that is there is left alone. Unlike Node's own `mkdir` with `recursive`
 * this ends where a folder that is there answers that it is not, as those of `/proc` do.
 *
 * @param path Text, or bytes where a name in it is no UTF-8.
 */
export async function makeFolder(path: string | Buffer): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have been quicker.
    if (await isFolder(path)) return;
    const above = aboveOf(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isFolder(above))) throw error;
    await makeFolder(above);
    await makeFolder(path);
  }
}

const isFolder = async (path: string | Buffer): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** Names that are no UTF-8 are on systems alone where a slash divides them. */
function aboveOf(path: string | Buffer): string | Buffer {
  if (typeof path === 'string') return dirname(path);
  const slash = path.lastIndexOf('/');
  if (slash < 0) return '.';
  return slash === 0 ? '/' : path.subarray(0, slash);
}
