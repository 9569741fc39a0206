/** Where the command prints: results to stdout, everything else to stderr, and a reader that left ends it quietly. */
import pc from 'picocolors';

/** The two streams of the command. */
export interface Console {
  /** One line of results. */
  line(text: string): Promise<void>;
  /** One line beside the results: a summary or a warning; nothing with `--quiet`. */
  note(text: string): void;
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
    async line(text) {
      if (process.stdout.write(`${text}\n`) || process.stdout.destroyed) return;
      // Wait for the reader, or a slow one would have all records pile up here.
      await new Promise<void>((resolve) => {
        const done = (): void => {
          process.stdout.off('drain', done).off('close', done).off('error', done);
          resolve();
        };
        process.stdout.on('drain', done).on('close', done).on('error', done);
      });
    },
    note(text) {
      if (!quiet) process.stderr.write(`${text}\n`);
    },
    fail,
  };
}

/** Says on stderr why the command could not do what was asked. */
export function fail(text: string): void {
  process.stderr.write(`${pc.red('figleaf:')} ${text}\n`);
}
