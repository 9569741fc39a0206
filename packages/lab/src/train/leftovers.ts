/** What kills leave behind: files that were never renamed to their place. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UNFINISHED } from 'figleaf/commands';

/**
 * Removes them from a folder.
 *
 * @param age Milliseconds since they were last written to; what is younger may be another run's that is at work.
 */
export async function removeLeftovers(folder: string, age: number): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((name) => UNFINISHED.test(name))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs >= age) await rm(path, { force: true });
  }
}
