/** Lists of URLs: a picture a line. */
import { open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { FigleafError } from 'figleaf';
import { isFolderName } from '../data-set/folder-name.ts';
import { unread } from '../unread.ts';
import { hasPassword } from './connect.ts';

/** A line of a list. */
export interface ListedUrl {
  readonly url: string;
  /** Its class, lower case. */
  readonly className: string;
}

/**
 * Reads a list of URLs: on each line one, and behind it, after a space, its class. Without a class it is of the class that the
 * list's file is called after: `hats.txt` lists hats. Empty lines are passed over, and so are those that begin with `#`.
 * A URL that is there again counts once.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`; `url-list-invalid` with the number of the line for what is no `http`
 * or `https` URL, a URL with a password in it, a class that cannot name a folder, or a URL that has another class in another line.
 *
 * @example
 * ```ts
 * // https://pictures.example/1.jpg hat
 * const list = await readUrlList('clothes.txt');
 * await fetchPictures(list, 'clothes');
 * ```
 */
export async function readUrlList(path: string): Promise<ListedUrl[]> {
  const named = basename(path, extname(path));
  const classes = new Map<string, string>();
  let number = 0;
  try {
    await using file = await open(path);
    for await (const text of file.readLines()) {
      number++;
      const line = (number === 1 ? text.replace(/^\uFEFF/, '') : text).trim();
      if (line === '' || line.startsWith('#')) continue;
      const [, address = '', className = named] = /^(\S+)(?:\s+(.+))?$/.exec(line) ?? [];
      add(classes, { url: asAsked(address), className }, `line ${number} of '${path}'`);
    }
  } catch (error) {
    throw unread(path, 'list', error);
  }
  return Array.from(classes, ([url, className]) => ({ url, className }));
}

/**
 * The same for a list of a program: with classes in lower case, each URL once.
 *
 * @throws {FigleafError} `url-list-invalid` with the place in the list.
 */
export function checkListed(list: readonly ListedUrl[]): ListedUrl[] {
  const classes = new Map<string, string>();
  for (const [index, listed] of list.entries()) add(classes, listed, `URL ${index + 1} of the list`);
  return Array.from(classes, ([url, className]) => ({ url, className }));
}

/** @param where It stands, for what is said of it where it is refused. */
function add(classes: Map<string, string>, { url, className }: ListedUrl, where: string): void {
  const known = className.toLowerCase();
  const why = faultOf(url, known, classes.get(url));
  if (why !== null) throw new FigleafError('url-list-invalid', `${where}: ${why}`);
  classes.set(url, known);
}

/** What is wrong with a URL and its class, in words; null where nothing is. */
function faultOf(url: string, className: string, before: string | undefined): string | null {
  if (!isWebUrl(url)) return `'${url}' is no http or https URL`;
  // Neither said here nor fetched: the log would tell whoever reads it.
  if (hasPassword(new URL(url))) return 'a URL with a name or password in it is not fetched; take it out';
  if (!isFolderName(className)) return `'${className}' cannot be a class: it is to name a folder`;
  if (before !== undefined && before !== className)
    return `'${url}' has the class '${before}' before, and '${className}' here`;
  return null;
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** A URL without what only a browser would look at; anything else as it is. */
function asAsked(text: string): string {
  if (!isWebUrl(text)) return text;
  const url = new URL(text);
  url.hash = '';
  return url.href;
}
