/** Files to scan: what the user named (files, folders, globs) to single paths, one at a time. */
import { open, opendir, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FigleafError, messageOf } from '../errors.ts';
import { sniff } from '../image/sniff.ts';
import type { ScanItem } from './scan.ts';

/** How files are looked for. */
export interface FindOptions {
  /** Called for each file in a folder that is no picture, which is passed over. */
  readonly onSkip?: (path: string) => void;
}

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 512;

/**
 * Every file that `named` stands for, in a stable order. A file that is named is always passed on, whatever it is; of a
 * folder or glob only pictures and videos are, by their first bytes. Links to folders inside folders are not followed.
 */
export async function* findFiles(
  named: readonly string[],
  options: FindOptions = {},
): AsyncGenerator<ScanItem, void, undefined> {
  for (const name of named) {
    const info = await stat(name).catch(() => null);
    if (info?.isDirectory()) yield* picturesOf(name, walk(name), options);
    else if (!info && isDynamicPattern(name))
      yield* picturesOf(name, await matches(name), options, `nothing that is a picture matches '${name}'`);
    else yield { name, input: name };
  }
}

async function* picturesOf(
  place: string,
  paths: Iterable<string> | AsyncIterable<string | ScanItem>,
  { onSkip }: FindOptions,
  noneFound = `there are no pictures in '${place}'`,
): AsyncGenerator<ScanItem, void, undefined> {
  let found = false;
  for await (const item of paths) {
    if (typeof item === 'string' && !(await looksJudgeable(item))) {
      onSkip?.(item);
      continue;
    }
    found = true;
    yield typeof item === 'string' ? { name: item, input: item } : item;
  }
  if (!found) {
    yield {
      name: place,
      problem: new FigleafError('input-not-found', noneFound),
    };
  }
}

/** Whether a file found in a folder is a picture or video, or at least broken in a way that deserves a record. */
async function looksJudgeable(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return bytesRead === 0 || sniff(buffer.subarray(0, bytesRead)) !== null;
  } catch {
    // Reading it again for judging says why.
    return true;
  }
}

async function matches(pattern: string): Promise<string[]> {
  // Backslashes separate folders on Windows, but escape in patterns.
  const portable = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  const found = await glob(portable, {
    absolute: isAbsolute(pattern),
    onlyFiles: true,
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
  });
  return found.map(normalize).sort();
}

async function* walk(folder: string): AsyncGenerator<string | ScanItem, void, undefined> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(path);
      else if (entry.isSymbolicLink() && (await stat(path).catch(() => null))?.isFile()) files.push(path);
    }
  } catch (error) {
    const problem = new FigleafError(
      'input-unreadable',
      `cannot read the folder '${folder}': ${messageOf(error)}`,
    );
    yield { name: folder, problem };
  }
  yield* files.sort();
  for (const inner of folders.sort()) yield* walk(inner);
}

/** How many files {@link findFiles} will look at, counted apart so that a progress bar knows its end. */
export async function countFiles(named: readonly string[], signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (const name of named) {
    const info = await stat(name).catch(() => null);
    const paths = info?.isDirectory()
      ? walk(name)
      : !info && isDynamicPattern(name)
        ? await matches(name)
        : [name];
    for await (const _ of paths) {
      signal?.throwIfAborted();
      count++;
    }
  }
  return count;
}
