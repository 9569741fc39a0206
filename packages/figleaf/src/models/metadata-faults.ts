/** What a schema finds wrong in a model's metadata, in one line. */
import type { z } from 'zod';

/** Each fault with where it is, such as `labels: missing; preprocessing.width: ...`. */
export function faultsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${wordOf(message)}`).join('; ');
}

// What is absent is to zod a value of the wrong type.
const wordOf = (message: string): string => (/received undefined$/.test(message) ? 'missing' : message);
