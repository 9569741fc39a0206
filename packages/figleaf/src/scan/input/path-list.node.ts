/** Lists of paths, as `find` and `git ls-files` write them. */
import { FigleafError } from '../../errors.ts';
import { sniff } from '../../image/sniff.ts';

// Longer than a path can be anywhere; a line that has no end must not fill the memory.
const MAX_BYTES = 128 * 1024;

const NUL = 0;
const NEWLINE = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * The paths of a list, each as soon as it is there: one a line, or NUL-terminated (`find -print0`) where a NUL comes with the first of
 * them. Empty lines are passed over, and so are the carriage returns and the byte order mark of Windows.
 *
 * @throws {FigleafError} `input-unsupported` for what is no list.
 */
export async function* listedPaths(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let separator: number | null = null;
  let isFirst = true;
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    if (isFirst) rest = checkedStart(rest);
    isFirst = false;
    separator ??= separatorIn(rest);
    let start = 0;
    if (separator !== null) {
      for (let end = rest.indexOf(separator); end >= 0; end = rest.indexOf(separator, start)) {
        yield* pathIn(rest.subarray(start, end), separator);
        start = end + 1;
      }
    }
    rest = rest.subarray(start);
    if (rest.length > MAX_BYTES) throw noList();
  }
  yield* pathIn(rest, separator);
}

function separatorIn(bytes: Buffer): number | null {
  return [NUL, NEWLINE].find((separator) => bytes.includes(separator)) ?? null;
}

function* pathIn(line: Buffer, separator: number | null): Generator<Buffer, void, undefined> {
  const ends = separator !== NUL && line.at(-1) === RETURN;
  const path = ends ? line.subarray(0, -1) : line;
  // A copy, or a path that is kept would keep all that was read with it.
  if (path.length > 0) yield Buffer.from(path);
}

function checkedStart(bytes: Buffer): Buffer {
  if (sniff(bytes) !== null) throw noList();
  const isMarked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

function noList(): FigleafError {
  return new FigleafError(
    'input-unsupported',
    'standard input is no list of paths, one a line; for a picture from a pipe there is `figleaf classify -`',
  );
}
