/** Reads a file by lines, however large it is, and tells whole lines from one that breaks off. */
import type { FileHandle } from 'node:fs/promises';
import { heard } from '../../concurrency.ts';
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
  let start = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of readAhead(file, path)) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    for (const line of linesOf(bytes.subarray(0, end))) {
      const waiting = onLine(line);
      if (waiting) await waiting;
    }
    start += end;
    rest = bytes.subarray(end);
    if (rest.length > MAX_LINE_BYTES) throw refused(path, 'it has a line longer than any record');
  }
  return { start, bytes: rest };
}

/** The file in chunks. While one is worked on the next is read. */
async function* readAhead(file: FileHandle, path: string): AsyncGenerator<Buffer, void, undefined> {
  let position = 0;
  let next = readChunk(file, path, position);
  for (;;) {
    const chunk = await next;
    if (chunk.length === 0) return;
    position += chunk.length;
    next = heard(readChunk(file, path, position));
    yield chunk;
  }
}

async function readChunk(file: FileHandle, path: string, position: number): Promise<Buffer> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    return buffer.subarray(0, bytesRead);
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
