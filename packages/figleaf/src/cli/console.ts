/** Where the command prints: results to stdout, everything else to stderr, and a reader that left ends it quietly. */
import pc from 'picocolors';
import { FigleafError, messageOf } from '../errors.ts';

/** The two streams of the command. */
export interface Console {
  /**
   * Results as they are, with whatever ends their lines. Waits for the reader: with a slow one all records would pile up here.
   *
   * @throws {FigleafError} `output-unwritable` where they cannot be written, as on a full disk.
   */
  write(text: string): Promise<void>;
  /** One line of results. */
  line(text: string): Promise<void>;
  /** One line beside the results: a summary or a warning; nothing with `--quiet`. */
  note(text: string): void;
  /** One line beside the results that was asked for, and comes with `--quiet` too. */
  tell(text: string): void;
  /** One line that says why the command could not do what was asked. */
  fail(text: string): void;
}

/**
 * The console of this process.
 *
 * @param onClosed Called when whoever read stdout has gone (`figleaf … | head`).
 */
export function openConsole(quiet: boolean, onClosed: () => void): Console {
  process.stdout.on('error', (error) => {
    // All other errors are told to whoever writes.
    if (hasLeft(error)) onClosed();
  });
  return {
    write,
    line: (text) => write(`${text}\n`),
    note(text) {
      if (!quiet) tell(text);
    },
    tell,
    fail,
  };
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whoever read the results is there no longer. */
function hasLeft(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}

async function write(text: string): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    process.stdout.write(text, resolve);
  });
  if (!error || hasLeft(error)) return;
  const why = `cannot write the results to standard output: ${messageOf(error)}`;
  throw new FigleafError('output-unwritable', why, { cause: error });
}

/**
 * Text from outside, such as a file name, in one line and without what would steer the terminal or turn the direction of
 * reading.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\uFFFD');
}

/** Says on stderr why the command could not do what was asked. */
export function fail(text: string): void {
  process.stderr.write(`${pc.red('figleaf:')} ${text}\n`);
}
