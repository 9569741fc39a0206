/** MD5 and SHA-256 in Node. */
import { createHash } from 'node:crypto';
import type { Digester } from './digest.ts';

export const digest: Digester['digest'] = async (kind, bytes) =>
  new Uint8Array(createHash(kind).update(bytes).digest());
