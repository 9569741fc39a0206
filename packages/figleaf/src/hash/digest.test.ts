/** Tests of the digests on both platforms, with the vectors of their standards. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { toHex } from './bits.ts';
import { digest as inNode } from './digest.node.ts';
import type { DigestKind } from './digest.ts';
import { digest as inBrowser } from './digest.web.ts';

const VECTORS: readonly (readonly [DigestKind, string, string])[] = [
  ['md5', '', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['md5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['md5', 'message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['sha256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
];

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ['Node', inNode],
  ['the browser', inBrowser],
])('digest in %s', (_, digest) => {
  it.each(VECTORS)('%s of %j', async (kind, text, hex) => {
    expect(toHex(await digest(kind, new TextEncoder().encode(text)))).toBe(hex);
  });

  it('takes part of a buffer, and shared memory', async () => {
    const whole = new TextEncoder().encode('xabcx');
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(whole.subarray(1, 4));
    for (const [kind, , hex] of VECTORS.filter(([, text]) => text === 'abc')) {
      expect(toHex(await digest(kind, whole.subarray(1, 4)))).toBe(hex);
      expect(toHex(await digest(kind, shared))).toBe(hex);
    }
  });
});

describe('digest in the browser', () => {
  it.each<DigestKind>(['md5', 'sha256'])(
    'is that of Node for %s, with WebCrypto and without',
    async (kind) => {
      for (const size of [1, 55, 56, 63, 64, 65, 100_000]) {
        const bytes = new Uint8Array(randomBytes(size));
        const expected = await inNode(kind, bytes);
        expect(await inBrowser(kind, bytes)).toEqual(expected);
        vi.stubGlobal('crypto', {});
        expect(await inBrowser(kind, bytes)).toEqual(expected);
        vi.unstubAllGlobals();
      }
    },
  );
});
