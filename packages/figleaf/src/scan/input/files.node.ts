/** Files to scan: what the user named (files, folders, globs) to single paths, one at a time. */
import { createReadStream, type Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FigleafError, messageOf } from '../../errors.ts';
import { isCalledPicture } from '../../image/endings.ts';
import type { ImageInput } from '../../image/input.ts';
import { openAtOnce } from '../../image/open-file.node.ts';
import { sniff } from '../../image/sniff.ts';
import { NameSet } from '../name-set.node.ts';
import type { ScanItem } from '../scan.ts';
import { toName, toPath } from './names.node.ts';
import { liesIn, realEntry, realPath } from './real-path.node.ts';

/** A path as it was typed, which may be a pattern; or the bytes of one, which are taken as they are. */
export type NamedPath = string | Uint8Array;

/** How files are looked for. */
export interface FindOptions {
  /** Called for each file in a folder that is no picture, and what is no file there, such as a pipe: they are passed over. */
  readonly onSkip?: (name: string) => void;
  /** Called for each file that was found before, by the same path or another to the same place, and is not passed on again. */
  readonly onDuplicate?: (name: string) => void;
  /** Called for each link to a folder in a folder, which is not followed. */
  readonly onFolderLink?: (name: string) => void;
  /**
   * Folders that are not looked into unless they are named themselves, such as the one that files are moved to; and files in folders
   * that are no input, such as those that the scan writes.
   */
  readonly except?: readonly string[];
}

/** A file to judge, named as {@link toName} does, or what is wrong with a place. */
export type FoundFile = ScanItem & {
  /** The folder or the fixed part of the pattern that it was found in; of a named file, the folder it is in. */
  readonly folder: string;
};

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 512;

/** Many entries at a time: asking for a few takes longer than reading them. */
const ENTRIES_AT_ONCE = 1024;

/**
 * Every file that `named` stands for, in a stable order, each once. A file that is named is always passed on, whatever it is; of a
 * folder or glob only pictures and videos are, by their first bytes, and what is called a picture. Links to files are files of their
 * own; links to folders inside folders are not followed.
 *
 * A name as a record has it, with bytes written `\xHH`, is taken too where there is no file of that very name.
 *
 * Memory: the names of one folder with those of the folders it is in; all matches of a glob; and where more than one path is named,
 * at most 64 bytes for each file found.
 *
 * @example
 * ```ts
 * for await (const record of scan(findFiles(['photos', 'more/*.png']))) console.log(record.input);
 * for await (const record of scan(findFiles(listedPaths(process.stdin)))) console.log(record.input);
 * ```
 */
export async function* findFiles(
  named: Iterable<NamedPath> | AsyncIterable<NamedPath>,
  options: FindOptions = {},
): AsyncGenerator<FoundFile, void, undefined> {
  const except = new Set(await Promise.all((options.except ?? []).map(realPath)));
  // Nothing is found twice in one place.
  const seen = Array.isArray(named) && named.length === 1 ? null : new NameSet();
  for await (const path of named) {
    yield* filesOf(await placeOf(path), except, seen, options);
  }
}

/** The folder of all files that {@link findFiles} finds by a path: that of {@link FoundFile}. */
export async function folderOf(path: NamedPath): Promise<string> {
  return (await placeOf(path)).folder;
}

/** Whether a path stands for one file, and not for a folder or a pattern. */
export async function namesOneFile(path: NamedPath): Promise<boolean> {
  return (await placeOf(path)).kind === 'file';
}

/** How many files {@link findFiles} will look at, counted apart so that a progress bar knows its end. */
export async function countFiles(named: readonly NamedPath[], options: CountOptions = {}): Promise<number> {
  const except = new Set(await Promise.all((options.except ?? []).map(realPath)));
  let count = 0;
  for (const path of named) {
    for await (const _ of pathsOf(await placeOf(path), except)) {
      options.signal?.throwIfAborted();
      count++;
    }
  }
  return count;
}

/** How files are counted. */
export interface CountOptions extends Pick<FindOptions, 'except'> {
  /** Says that nobody needs to know any more. */
  readonly signal?: AbortSignal;
}

/** Something that was named, and what it turned out to be. */
interface Place {
  readonly kind: 'file' | 'folder' | 'pattern';
  readonly name: string;
  readonly folder: string;
}

/** What was found: a file, with what to call it and where it really is; what is wrong; or what is no file to look into. */
type Found =
  | { readonly name: string; readonly real: string }
  | { readonly name: string; readonly problem: FigleafError }
  | { readonly name: string; readonly isOther: true };

async function placeOf(path: NamedPath): Promise<Place> {
  const { name, info } = await lookUp(path);
  if (info?.isDirectory()) return { kind: 'folder', name, folder: name };
  if (!info && typeof path === 'string' && isDynamicPattern(path)) {
    return { kind: 'pattern', name: path, folder: fixedPart(path) };
  }
  return { kind: 'file', name, folder: dirname(name) };
}

/** What there is by the path, else by the same text as a record's name for it. */
async function lookUp(path: NamedPath): Promise<{ readonly name: string; readonly info: Stats | null }> {
  const name = toName(path);
  const recorded = Buffer.from(path).toString();
  for (const each of [name, recorded]) {
    const info = await stat(toPath(each)).catch(() => null);
    if (info) return { name: each, info };
  }
  return { name, info: null };
}

async function* pathsOf(
  { kind, name }: Place,
  except: ReadonlySet<string>,
  onFolderLink?: (name: string) => void,
): AsyncGenerator<Found, void, undefined> {
  if (kind === 'folder') yield* walk(name, await realPath(name), except, { onFolderLink });
  else if (kind === 'pattern') yield* matches(name, except);
  else yield { name, real: await realEntry(name) };
}

async function* filesOf(
  place: Place,
  except: ReadonlySet<string>,
  seen: NameSet | null,
  { onSkip, onDuplicate, onFolderLink }: FindOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  let found = false;
  for await (const file of pathsOf(place, except, onFolderLink)) {
    if ('isOther' in file) {
      onSkip?.(file.name);
      continue;
    }
    if ('real' in file) {
      if (seen?.has(file.real)) {
        found = true;
        onDuplicate?.(file.name);
        continue;
      }
      seen?.add(file.real);
      if (place.kind !== 'file' && !(await looksJudgeable(file.name))) {
        onSkip?.(file.name);
        continue;
      }
    }
    found = true;
    yield toItem(file, place.folder);
  }
  if (!found) yield { name: place.name, folder: place.folder, problem: nothingIn(place) };
}

function nothingIn({ kind, name }: Place): FigleafError {
  const why =
    kind === 'pattern' ? `nothing that is a picture matches '${name}'` : `there are no pictures in '${name}'`;
  return new FigleafError('input-not-found', why);
}

function toItem(file: Exclude<Found, { readonly isOther: true }>, folder: string): FoundFile {
  if ('problem' in file) return { ...file, folder };
  return { name: file.name, folder, input: toInput(file.name) };
}

/** A path, or where text cannot say it, the bytes of the file once they are asked for. */
export function toInput(name: string): ImageInput {
  const path = toPath(name);
  return typeof path === 'string' ? path : { [Symbol.asyncIterator]: () => bytesOf(path) };
}

async function* bytesOf(path: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path);
}

/** Whether a file found in a folder is a picture or video, or at least claims to be one and so deserves a record. */
export async function looksJudgeable(name: string): Promise<boolean> {
  if (isCalledPicture(name)) return true;
  try {
    return sniff(await headOf(name)) !== null;
  } catch (error) {
    // Reading it again for judging says why. A link that leads nowhere has only its name to tell of a picture.
    return !leadsNowhere(error);
  }
}

function leadsNowhere(error: unknown): boolean {
  return ['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The first bytes of a file, which tell what it is. */
export async function headOf(name: string): Promise<Uint8Array> {
  await using file = await openAtOnce(toPath(name));
  const { bytesRead, buffer } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

// Backslashes separate folders on Windows, but escape in patterns.
const portable = (pattern: string): string =>
  process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;

/** The folder that all matches of a pattern are in. */
function fixedPart(pattern: string): string {
  const parts = portable(pattern).split('/');
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => isDynamicPattern(part)),
  );
  return normalize(fixed.length === 1 && fixed[0] === '' ? '/' : fixed.join('/'));
}

async function* matches(
  pattern: string,
  except: ReadonlySet<string>,
): AsyncGenerator<Found, void, undefined> {
  const found = await glob(portable(pattern), {
    absolute: isAbsolute(pattern),
    onlyFiles: true,
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
  });
  for (const path of found.map(normalize).sort()) {
    const name = toName(path);
    const real = await realEntry(name);
    if (![...except].some((place) => real === place || liesIn(real, place))) yield { name, real };
  }
}

/** Who is told of folders on the way. */
export interface WalkListeners {
  /** Called with each folder before it is listed. */
  readonly onFolder?: ((folder: string) => Promise<void>) | undefined;
  /** Called with each link to a folder, which is not followed. */
  readonly onFolderLink?: ((name: string) => void) | undefined;
}

/**
 * The files in a folder, then those in its folders.
 *
 * @param real Where the folder really is.
 */
export async function* walk(
  folder: string,
  real: string,
  except: ReadonlySet<string>,
  listeners: WalkListeners = {},
): AsyncGenerator<Found, void, undefined> {
  await listeners.onFolder?.(folder);
  const entries = {
    file: [] as string[],
    folder: [] as string[],
    folderLink: [] as string[],
    other: [] as string[],
  };
  try {
    for await (const { name, kind } of entriesOf(folder)) entries[kind].push(name);
  } catch (error) {
    yield { name: folder, problem: unreadableFolder(folder, error) };
  }
  for (const name of entries.folderLink.sort()) listeners.onFolderLink?.(join(folder, name));
  for (const name of entries.other) yield { name: join(folder, name), isOther: true };
  for (const name of entries.file.sort()) {
    const inner = join(real, name);
    if (!except.has(inner)) yield { name: join(folder, name), real: inner };
  }
  for (const name of entries.folder.sort()) {
    const inner = join(real, name);
    if (!except.has(inner)) yield* walk(join(folder, name), inner, except, listeners);
  }
}

interface Entry {
  readonly name: string;
  /** Pipes, sockets and devices are `other`. */
  readonly kind: 'file' | 'folder' | 'folderLink' | 'other';
}

async function* entriesOf(folder: string): AsyncGenerator<Entry, void, undefined> {
  // The types of Node know nothing of names as bytes here; they are what it gives for this encoding.
  const encoding = 'buffer' as BufferEncoding;
  const entries = await opendir(toPath(folder), { encoding, bufferSize: ENTRIES_AT_ONCE });
  for await (const entry of entries) {
    const name = toName(entry.name);
    if (entry.isDirectory()) yield { name, kind: 'folder' };
    else if (entry.isFile()) yield { name, kind: 'file' };
    else {
      const target = entry.isSymbolicLink()
        ? await stat(toPath(join(folder, name))).catch(() => null)
        : entry;
      // Of a link that leads nowhere its record is to say so.
      if (target?.isDirectory()) yield { name, kind: 'folderLink' };
      else yield { name, kind: !target || target.isFile() ? 'file' : 'other' };
    }
  }
}

function unreadableFolder(folder: string, error: unknown): FigleafError {
  return new FigleafError('input-unreadable', `cannot read the folder '${folder}': ${messageOf(error)}`, {
    cause: error,
  });
}
