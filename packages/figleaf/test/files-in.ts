/** What a command has written. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** All files in a folder and its folders, by their paths in it, in order. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
