/** Stamps: what a build step was made from, so that it is made again only when that changes. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => null);
  if (!entries) return [path];
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** One hash over the names and bytes of all files at or under `paths`. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const files = (await Promise.all(paths.map(filesUnder))).flat().sort();
  for (const file of files) hash.update(file).update(await readFile(file));
  return hash.digest('hex');
}

/**
 * Runs `make` unless `stamp` says that it ran on these very inputs before.
 *
 * @returns Whether it ran.
 */
export async function whenChanged(
  stamp: string,
  inputs: readonly string[],
  make: () => Promise<void>,
): Promise<boolean> {
  const now = await fingerprint(inputs);
  const before = await readFile(stamp, 'utf8').catch(() => '');
  if (before === now) return false;
  await make();
  await writeFile(stamp, now);
  return true;
}
