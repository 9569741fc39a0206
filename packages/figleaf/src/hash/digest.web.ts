/** MD5 and SHA-256 in the browser. */
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Digester } from './digest.ts';

/** {@inheritDoc Digester.digest} */
export const digest: Digester['digest'] = async (kind, bytes) => {
  if (kind === 'md5') return md5(bytes);
  // Ten times as fast as any script, but browsers keep it from pages that came without HTTPS.
  if (!globalThis.crypto?.subtle) return sha256(bytes);
  // Copied, because shared memory is refused.
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
};
