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
    await makeUnlessThere(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const above = aboveOf(path);
    // The root of a drive that is none.
    if (above === path) throw error;
    if (!(await isFolder(above))) await makeFolder(above);
    // Tried again where the one above is there too: it may have come between the failure and the look at it.
    await makeUnlessThere(path);
  }
}

async function makeUnlessThere(path: string | Buffer): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isFolder(path))) throw error;
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
