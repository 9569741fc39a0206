/** Names for files that are made beside their place, and what is said where one cannot be made. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { FigleafError, messageOf } from '../errors.ts';

/** What a kill may leave of a file that was being written. */
export const UNFINISHED = /\.[0-9a-f]{8}\.tmp$/;

/** A name for a file that is to be renamed to `path`; bytes for bytes. */
export function nameBeside<P extends string | Buffer>(path: P): P {
  const ending = `.${randomBytes(4).toString('hex')}.tmp`;
  const beside = typeof path === 'string' ? path + ending : Buffer.concat([path, Buffer.from(ending)]);
  return beside as P;
}

/** Takes a file away that was made beside its place, if it came to that. Where it cannot be, what led here tells more. */
export async function removeBeside(path: string | Buffer): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** The error for a file that cannot be written. */
export function unwritable(path: string | Buffer, cause: unknown): FigleafError {
  const isLost = (cause as NodeJS.ErrnoException).code === 'ENOENT';
  const why = isLost ? 'its folder does not exist' : messageOf(cause);
  return new FigleafError('output-unwritable', `cannot write '${path}': ${why}`, { cause });
}
