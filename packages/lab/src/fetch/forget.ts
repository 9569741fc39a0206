/** Fetched pictures that a block list knows: they are taken away, and what is known of them too. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFile, writeWholeFile } from 'figleaf/commands';
import { unwritable } from '../unwritable.ts';
import { FETCH_LIST } from './list.ts';
import { FETCH_LOG, forgottenLine, parseLine } from './log.ts';

/**
 * Deletes fetched pictures, and what `fetched.jsonl` and `listed.jsonl` say of them. Of the URL a SHA-256 is left, so that it is not asked for
 * again. Files of which the log does not tell are left alone.
 *
 * @param folder Of {@link fetchPictures}.
 * @param files Paths of the pictures from there, with `/`.
 * @throws {FigleafError} `output-unwritable`, also while another process fetches.
 *
 * @example
 * ```ts
 * const known: string[] = [];
 * const sources = [{ name: 'web', path: 'pictures/listed.jsonl' }];
 * await prepare({ sources, out: 'data', blockList, onBlockListed: ({ path }) => known.push(path) });
 * await forgetFetched('pictures', known);
 * ```
 */
export async function forgetFetched(folder: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const path = join(folder, FETCH_LOG);
  try {
    await using _lock = await lockFile(path);
    const known = new Set(files);
    const urls = new Map<string, string>();
    for await (const text of linesOf(path)) {
      const line = parseLine(text);
      if (line && 'url' in line && line.file !== null && known.has(line.file)) urls.set(line.file, line.url);
    }
    if (urls.size === 0) return;
    for (const file of urls.keys()) await rm(join(folder, file), { force: true });
    const forgotten = new Set(urls.values());
    await writeWholeFile(path, withoutUrls(path, forgotten));
    await writeWholeFile(join(folder, FETCH_LIST), withoutNames(join(folder, FETCH_LIST), urls));
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function* withoutUrls(path: string, forgotten: ReadonlySet<string>): AsyncGenerator<string> {
  for await (const text of linesOf(path)) {
    const line = parseLine(text);
    if (line && !('url' in line && forgotten.has(line.url))) yield `${text}\n`;
  }
  for (const url of forgotten) yield `${JSON.stringify(forgottenLine(url))}\n`;
}

async function* withoutNames(path: string, names: ReadonlyMap<string, string>): AsyncGenerator<string> {
  for await (const text of linesOf(path)) {
    const { name } = JSON.parse(text) as { readonly name: string };
    if (!names.has(name)) yield `${text}\n`;
  }
}

/** None where there is no file. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return;
  await using _open = file;
  yield* file.readLines({ autoClose: false });
}
