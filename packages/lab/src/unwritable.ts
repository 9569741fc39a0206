/** What is said of a file or a folder that cannot be written, and folders that can be. */
import { FigleafError } from 'figleaf';
import { makeFolder, messageOf } from 'figleaf/commands';

/** @param cause What the file system said. An error of ours is handed on as it is. */
export function unwritable(path: string, cause: unknown): FigleafError {
  if (cause instanceof FigleafError) return cause;
  return new FigleafError('output-unwritable', `cannot write '${path}': ${messageOf(cause)}`, { cause });
}

/**
 * Makes a folder for results, with all above it; one that is there is left alone.
 *
 * @throws {FigleafError} `output-unwritable`.
 */
export async function makeOutFolder(path: string | Buffer): Promise<void> {
  await makeFolder(path).catch((cause: unknown) => {
    throw new FigleafError('output-unwritable', `cannot make the folder '${path}'`, { cause });
  });
}
