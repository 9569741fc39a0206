/** MD5 and SHA-256 in Node. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Digester } from './digest.ts';

/** So many bytes take a few milliseconds; others get their turn in between. */
const STEP = 4 * 2 ** 20;

/** {@inheritDoc Digester.digest} */
export const digest: Digester['digest'] = async (kind, bytes) => {
  const hash = createHash(kind);
  for (let at = 0; at < bytes.length; at += STEP) {
    if (at > 0) await setImmediate();
    hash.update(bytes.subarray(at, at + STEP));
  }
  return new Uint8Array(hash.digest());
};
