/** Where the command prints: results to stdout, everything else to stderr, and a reader that left ends it quietly. */
import pc from 'picocolors';

/** The two streams of the command. */
export interface Console {
  /** Results as they are, with whatever ends their lines. */
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
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    onClosed();
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

async function write(text: string): Promise<void> {
  if (process.stdout.write(text) || process.stdout.destroyed) return;
  // Wait for the reader, or a slow one would have all records pile up here.
  await new Promise<void>((resolve) => {
    const done = (): void => {
      process.stdout.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    process.stdout.on('drain', done).on('close', done).on('error', done);
  });
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
