/** Reads a file by lines, however large it is, and tells whole lines from one that breaks off. */
import type { FileHandle } from 'node:fs/promises';
import { FigleafError, messageOf } from '../../errors.ts';

const CHUNK_BYTES = 1 << 20;

/** No record is as long; a file without line breaks is something else, and must not fill the memory. */
const MAX_LINE_BYTES = 16 << 20;

const LINE_FEED = 10;

/** What is after the last line feed. */
export interface Rest {
  /** Where it begins, in bytes: the length of all whole lines. */
  readonly start: number;
  /** Empty where the file ends with a whole line. */
  readonly bytes: Buffer;
}

/**
 * Calls `onLine` for each whole line, without its line feed, and waits where that gives a promise.
 *
 * @param path What messages call the file.
 * @throws {FigleafError} `resume-refused` for a file that cannot be read, or has a line longer than 16 MiB; and what `onLine` throws.
 */
export async function readLines(
  file: FileHandle,
  path: string,
  onLine: (line: string) => void | Promise<void>,
): Promise<Rest> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let start = 0;
  let rest = Buffer.alloc(0);
  for (;;) {
    const length = await readChunk(file, path, chunk, start + rest.length);
    if (length === 0) return { start, bytes: rest };
    const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    for (const line of linesOf(bytes.subarray(0, end))) {
      const waiting = onLine(line);
      if (waiting) await waiting;
    }
    start += end;
    rest = bytes.subarray(end);
    if (rest.length > MAX_LINE_BYTES) throw refused(path, 'it has a line longer than any record');
  }
}

async function readChunk(file: FileHandle, path: string, chunk: Buffer, position: number): Promise<number> {
  try {
    return (await file.read(chunk, 0, chunk.length, position)).bytesRead;
  } catch (error) {
    throw refused(path, messageOf(error), { cause: error });
  }
}

/** Not by the line breaks of `node:readline`, which are more: JSON leaves U+2028 as it is. */
function linesOf(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString('utf8', 0, bytes.length - 1).split('\n');
}

function refused(path: string, why: string, options?: ErrorOptions): FigleafError {
  return new FigleafError('resume-refused', `cannot go on with '${path}': ${why}`, options);
}
