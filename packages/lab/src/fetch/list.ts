/** The pictures of a list that are there, as a manifest: what was fetched for another list, or for an earlier state of it, is not in it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from 'figleaf/commands';
import { unwritable } from '../unwritable.ts';
import type { FetchedLine } from './log.ts';

/** Name of the manifest in the folder of the pictures. */
export const FETCH_LIST = 'listed.jsonl';

/**
 * Takes it away: while pictures come and move there is none.
 *
 * @throws {FigleafError} `output-unwritable`.
 */
export async function removeList(folder: string): Promise<void> {
  const path = join(folder, FETCH_LIST);
  await rm(path, { force: true }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Writes it, whole or not at all.
 *
 * @throws {FigleafError} `output-unwritable`.
 */
export async function writeList(
  folder: string,
  pictures: readonly Pick<FetchedLine, 'file' | 'class'>[],
): Promise<void> {
  const lines = pictures
    .flatMap(({ file, class: className }) => (file === null ? [] : [{ name: file, class: className }]))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((line) => `${JSON.stringify(line)}\n`);
  await writeWholeFile(join(folder, FETCH_LIST), lines);
}
