/** What is said of a file of the user's that cannot be read. */
import { FigleafError } from 'figleaf';

/**
 * @param what What it was to be, such as `label map`.
 * @param cause What the file system said. An error of ours is handed on as it is.
 * @returns `input-not-found` where there is none, else `input-unreadable`.
 */
export function unread(path: string, what: string, cause: unknown): FigleafError {
  if (cause instanceof FigleafError) return cause;
  return (cause as NodeJS.ErrnoException).code === 'ENOENT'
    ? new FigleafError('input-not-found', `there is no ${what} '${path}'`, { cause })
    : new FigleafError('input-unreadable', `cannot read '${path}'`, { cause });
}
