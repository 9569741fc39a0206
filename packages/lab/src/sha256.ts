/** SHA-256 of what is in memory, lower-case hex. */
import { createHash } from 'node:crypto';

/** Texts count as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
