/** Whose fault it is that a picture cannot be judged. */
import { FigleafError } from 'figleaf';

/** Whether it is the picture's own, so that the others can go on without it. */
export function isOwnFault(error: unknown): error is FigleafError {
  return error instanceof FigleafError && /^(input|image|video)-|^not-an-image$/.test(error.code);
}
