/** Tests of hex and of Hamming distances. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, hammingDistance, popcount, toHex } from './bits.ts';

describe('toHex and fromHex', () => {
  it('go there and back, and are those of Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const hex = Buffer.from(bytes).toString('hex');
        expect(toHex(bytes)).toBe(hex);
        expect(fromHex(hex)).toEqual(bytes);
        expect(fromHex(hex.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it.each(['0', '0g', ' 00', '0x00', '00\n', '\u0660\u0660'])('refuse %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
  });
});

describe('popcount', () => {
  it('counts the bits of any 32-bit number', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(popcount(value)).toBe((value >>> 0).toString(2).replaceAll('0', '').length);
      }),
    );
  });
});

describe('hammingDistance', () => {
  it('is the number of bits that were flipped', () => {
    const bits = fc.uniqueArray(fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bits, (hash, flipped) => {
        const other = hash.slice();
        for (const bit of flipped) other[bit >> 3]! ^= 1 << (bit & 7);
        expect(hammingDistance(hash, other)).toBe(flipped.length);
      }),
    );
  });

  it('refuses hashes of different kinds', () => {
    expect(() => hammingDistance(new Uint8Array(16), new Uint8Array(32))).toThrow(/16 and of 32 bytes/);
  });
});
