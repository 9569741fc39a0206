/** Where a path really is: one spelling for each place, so that places can be compared. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { toName, toPath } from './names.node.ts';

/** The path without links, absolute; of what is not there yet, the same of the folder that it would be in. */
export async function realPath(name: string): Promise<string> {
  const path = resolve(name);
  try {
    return toName(await realpath(toPath(path), { encoding: 'buffer' }));
  } catch {
    return path === dirname(path) ? path : realEntry(path);
  }
}

/** The same, but of a link itself, not of what it leads to. */
export async function realEntry(name: string): Promise<string> {
  const path = resolve(name);
  return join(await realPath(dirname(path)), basename(path));
}

/** Whether a real path is in the folder at a real path, at any depth. */
export function liesIn(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
