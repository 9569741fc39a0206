/** Pictures as the command line names them: files, folders, patterns, and `-` for one on standard input. */
import { FigleafError } from '../errors.ts';
import { findFiles } from '../scan/input/files.node.ts';
import type { ScanItem } from '../scan/scan.ts';

/** Refuses names that cannot all be read. */
export function checkNamedOnce(named: readonly string[]): void {
  if (named.filter((name) => name === '-').length < 2) return;
  throw new FigleafError('option-invalid', "standard input can be read only once; name '-' once");
}

/** The picture on standard input, which `-` stands for, then files as they were named, each once. */
export async function* namedPictures(
  named: readonly string[],
  options: Parameters<typeof findFiles>[1],
): AsyncGenerator<ScanItem> {
  if (named.includes('-')) yield { name: '-', input: process.stdin };
  yield* findFiles(
    named.filter((name) => name !== '-'),
    options,
  );
}

/** Lets go of standard input: whoever writes there may go on for ever, and would keep the process alive. */
export function closeStandardInput(named: readonly string[]): void {
  if (named.includes('-')) process.stdin.destroy();
}
