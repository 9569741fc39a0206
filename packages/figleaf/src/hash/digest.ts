/** The contract of the twins `digest.node.ts` and `digest.web.ts`: hashes that only the very same bytes share. */

/** The digests that block lists are made of. */
export type DigestKind = 'md5' | 'sha256';

/** What the module `#hash/digest` exports on either platform. */
export interface Digester {
  /**
   * The MD5 (RFC 1321) or SHA-256 (FIPS 180-4) of bytes. MD5 is there because lists of known files still use it; it
   * protects from nobody who wants two files to have the same.
   *
   * @param kind Which of the two.
   * @param bytes Whole files, as they lie on the disk; they are not changed.
   * @returns 16 bytes for `md5`, 32 for `sha256`.
   * @example
   * ```ts
   * toHex(await digest('sha256', await readFile('holiday.jpg')));
   * ```
   */
  digest(kind: DigestKind, bytes: Uint8Array): Promise<Uint8Array>;
}
