/** Names of files as text: what a record calls a path, and the way back, for names that are not UTF-8 as well. */
import { isUtf8 } from 'node:buffer';

// On Windows a backslash separates folders, and names are not bytes.
const ESCAPES = process.platform !== 'win32';

const ESCAPE = /\\x([0-9a-f]{2})/;

/**
 * What a record calls a path: the path itself where it is UTF-8. Each byte that is not is written `\xHH`, as in `caf\xe9.jpg`, and so
 * is the backslash of a name that holds such text itself: two paths never have the same name.
 */
export function toName(path: string | Uint8Array): string {
  const bytes = Buffer.from(path);
  if (!ESCAPES) return bytes.toString();
  return isUtf8(bytes) ? escapeText(bytes.toString()) : escapeBytes(bytes);
}

const escapeText = (text: string): string => text.replace(/\\(?=x[0-9a-f]{2})/g, '\\x5c');

function escapeBytes(bytes: Buffer): string {
  let name = '';
  let valid = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterAt(bytes, at);
    if (length === 0) {
      name += `${escapeText(bytes.toString('utf8', valid, at))}\\x${bytes.toString('hex', at, at + 1)}`;
      valid = at + 1;
    }
    at += length || 1;
  }
  return name + escapeText(bytes.toString('utf8', valid));
}

/** How many bytes the UTF-8 character there has; 0 where there is none. */
function characterAt(bytes: Buffer, at: number): number {
  return [1, 2, 3, 4].find((length) => isUtf8(bytes.subarray(at, at + length))) ?? 0;
}

/** The path that {@link toName} made the name of: what functions of `node:fs` take. */
export function toPath(name: string): string | Buffer {
  if (!ESCAPES || !ESCAPE.test(name)) return name;
  const parts = name.split(ESCAPE).map((part, index) => Buffer.from(part, index % 2 === 1 ? 'hex' : 'utf8'));
  const bytes = Buffer.concat(parts);
  return isUtf8(bytes) ? bytes.toString() : bytes;
}
