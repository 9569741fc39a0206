/** Hashes as bytes and as hex, and how far two of them lie apart. */
import { FigleafError } from '../errors.ts';

/**
 * Bytes as lower-case hex, two digits a byte, in order.
 *
 * @example
 * ```ts
 * toHex(new Uint8Array([1, 171])); // '01ab'
 * ```
 */
export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16);
  return hex;
}

/**
 * The bytes that hex stands for: what {@link toHex} made, in either case.
 *
 * @throws {FigleafError} `option-invalid` for anything but an even number of hex digits.
 * @example
 * ```ts
 * fromHex('01ab'); // Uint8Array [1, 171]
 * ```
 */
export function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex))
    throw new FigleafError(
      'option-invalid',
      `'${hex}' is no hex; give two digits, 0-9 and a-f, for each byte`,
    );
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digit(hex.charCodeAt(i * 2)) << 4) | digit(hex.charCodeAt(i * 2 + 1));
  }
  return bytes;
}

/** `0` to `9` end in the bits 0000 to 1001, and `A` and `a` in 0001. */
function digit(code: number): number {
  return code < 64 ? code & 15 : (code & 15) + 9;
}

/**
 * In how many bits two hashes differ.
 *
 * @param a Any number of bytes.
 * @param b As many.
 * @returns 0, where they are the same, to 8 times their number of bytes.
 * @throws {FigleafError} `option-invalid` where one is longer.
 * @example
 * ```ts
 * const same = hammingDistance(pdq(one).hash, pdq(other).hash) <= 31;
 * ```
 */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) {
    throw new FigleafError(
      'option-invalid',
      `hashes of ${a.length} and of ${b.length} bytes cannot be compared; give two of the same kind`,
    );
  }
  let distance = 0;
  for (let i = 0; i < a.length; i++) distance += popcount(a[i]! ^ b[i]!);
  return distance;
}

/** How many of the 32 bits of a number are set: summed in pairs, in fours, in bytes, and the bytes by one product. */
export function popcount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
