/** For tests of what goes by slices of PDQ hashes: which bits make a slice. */
import { slicesOf, wordsOf } from '../src/hash/pdq-slices.ts';

/** A hash with some of its 256 bits flipped. */
export function flipped(hash: Uint8Array, bits: readonly number[]): Uint8Array {
  const copy = hash.slice();
  for (const bit of bits) copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** `[16][16]`: the bits of a hash that make each slice. */
export function bitsOfSlices(): number[][] {
  const slices: number[][] = Array.from({ length: 16 }, () => []);
  for (let bit = 0; bit < 256; bit++) {
    const ofOne = slicesOf(wordsOf(flipped(new Uint8Array(32), [bit])));
    slices[ofOne.findIndex((slice) => slice !== 0)]?.push(bit);
  }
  return slices;
}
