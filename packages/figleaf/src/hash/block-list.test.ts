/** Tests of what a block list matches. */
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bits.ts';
import type { BlockList } from './block-list.ts';
import { parseBlockList } from './parse-block-list.ts';

const MD5 = '900150983cd24fb0d6963f7d28e17f72';
const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const PDQ = 'f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22';
/** {@link PDQ} with the last three bits flipped. */
const NEAR = PDQ.replace(/2$/, '5');

const list = (text: string): Promise<BlockList> => parseBlockList(text, 'a list');

describe('matchDigest', () => {
  it('finds a digest as bytes or hex, of its kind alone', async () => {
    const known = await list(`${MD5}\nsha256:${SHA256}`);
    expect(known.kinds).toEqual(['md5', 'sha256']);
    expect(known.matchDigest('md5', MD5.toUpperCase())).toEqual({ kind: 'md5', hash: MD5, distance: 0 });
    expect(known.matchDigest('sha256', fromHex(SHA256))).toEqual({
      kind: 'sha256',
      hash: SHA256,
      distance: 0,
    });
    expect(known.matchDigest('sha256', SHA256.replace(/d$/, 'c'))).toBeNull();
    expect(known.matchDigest('md5', '00'.repeat(16))).toBeNull();
    expect(known.matchPdq(SHA256, 100)).toBeNull();
  });

  it('tells apart digests that begin alike', async () => {
    const digests = Array.from({ length: 300 }, (_, index) => `abcd${'0'.repeat(25)}${String(index + 100)}`);
    const known = await list(digests.join('\n'));
    for (const digest of digests) expect(known.matchDigest('md5', digest)?.hash).toBe(digest);
    expect(known.matchDigest('md5', `abcd${'0'.repeat(28)}`)).toBeNull();
  });
});

describe('matchPdq', () => {
  it('gives the entry, not what was asked for, and how far it is', async () => {
    const known = await list(`pdq:${PDQ}`);
    expect(known.matchPdq(NEAR, 50)).toEqual({ kind: 'pdq', hash: PDQ, distance: 3 });
    expect(known.matchPdq(fromHex(PDQ), 100)).toEqual({ kind: 'pdq', hash: PDQ, distance: 0 });
    expect(known.matchDigest('sha256', PDQ)).toBeNull();
  });

  it('matches nothing at a quality below 50', async () => {
    expect((await list(`pdq:${PDQ}`)).matchPdq(PDQ, 49)).toBeNull();
  });

  it('ends at a distance of 31', async () => {
    const known = await list(`pdq:${'0'.repeat(64)}`);
    const withBits = (count: number): string =>
      toHex(
        Uint8Array.from({ length: 32 }, (_, index) =>
          index * 8 < count ? 255 >> Math.max(0, index * 8 + 8 - count) : 0,
        ),
      );
    expect(known.matchPdq(withBits(31), 100)?.distance).toBe(31);
    expect(known.matchPdq(withBits(32), 100)).toBeNull();
  });
});

describe('a list of several kinds', () => {
  it('finds each entry as each kind that it may be', async () => {
    const hashes = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
    const [sha256, either, pdq] = hashes as [string, string, string];
    const known = await list(`pdq:${pdq}\n${either}\nsha256:${sha256}\n${MD5}`);
    expect(known).toMatchObject({ size: 4, kinds: ['md5', 'sha256', 'pdq'] });
    expect(hashes.map((hash) => known.matchDigest('sha256', hash)?.hash)).toEqual([
      sha256,
      either,
      undefined,
    ]);
    expect(hashes.map((hash) => known.matchPdq(hash, 100)?.hash)).toEqual([undefined, either, pdq]);
  });
});

describe('both', () => {
  it.each([MD5, `${SHA256}00`, 'what?', ''])('refuse %j where it is no hash of that kind', async (hash) => {
    const known = await list('');
    const refused = expect.objectContaining({ code: 'option-invalid' });
    expect(() => known.matchPdq(hash, 100)).toThrow(refused);
    expect(() => known.matchDigest('sha256', hash)).toThrow(refused);
  });
});
