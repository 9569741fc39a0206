/** Pictures as the command line names them: files, folders, patterns, and `-` for one on standard input. */
import { FigleafError } from '../errors.ts';
import { findFiles } from '../scan/input/files.node.ts';
import type { ScanItem } from '../scan/scan.ts';

/** Refuses names that cannot all be read. */
export function checkNamedOnce(named: readonly string[]): void {
  if (named.filter((name) => name === '-').length < 2) return;
  throw new FigleafError('option-invalid', "standard input can be read only once; name '-' once");
}

/** Inputs as they were named, files once; `-` is the picture on standard input. */
export async function* namedPictures(
  named: readonly string[],
  options: Parameters<typeof findFiles>[1],
): AsyncGenerator<ScanItem> {
  const place = named.indexOf('-');
  if (place < 0) return yield* findFiles(named, options);
  // Whoever writes there may take long, so that files that were named before go before.
  yield* findFiles(named.slice(0, place), options);
  yield { name: '-', input: process.stdin };
  yield* findFiles(named.slice(place + 1), options);
}

/** Lets go of standard input: whoever writes there may go on for ever, and would keep the process alive. */
export function closeStandardInput(named: readonly string[]): void {
  if (named.includes('-')) process.stdin.destroy();
}
