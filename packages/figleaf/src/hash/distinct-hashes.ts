/** Equal PDQ hashes taken together, which is quick, before one looks for near ones, which takes longer. */
import { PDQ_BYTES, PDQ_WORDS, wordsOf } from './pdq-slices.ts';

/** Hashes of which no two are equal. */
export interface DistinctHashes {
  /** `[distinct, 32]`, in the order in which they first came. */
  readonly hashes: Uint8Array;
  /** `[size]`: which of them each of the given hashes is. */
  readonly numbers: Uint32Array;
}

/**
 * Takes equal PDQ hashes together: of a picture that is there a thousand times {@link findNearPairs} would tell half a million pairs.
 *
 * @param hashes `[size, 32]`: PDQ hashes one after the other.
 * @throws {FigleafError} `option-invalid` where they are no multiple of 32 bytes.
 * @example
 * ```ts
 * const { hashes: distinct, numbers } = distinctHashes(hashes);
 * await findNearPairs(distinct, (first, second) => join(first, second));
 * // Hashes `i` and `j` are of the same picture where `numbers[i]` and `numbers[j]` were joined.
 * ```
 */
export function distinctHashes(hashes: Uint8Array): DistinctHashes {
  const words = wordsOf(hashes);
  const size = words.length / PDQ_WORDS;
  const numbers = new Uint32Array(size);
  const firsts = new Uint32Array(size);
  // A hash table with open addressing: the number of a distinct hash and 1, at most half full.
  const table = new Uint32Array(2 ** (33 - Math.clz32(size)));
  let distinct = 0;
  for (let entry = 0; entry < size; entry++) {
    let place = mix(words, entry) & (table.length - 1);
    while (table[place] !== 0 && !areEqual(words, entry, firsts[table[place]! - 1]!)) {
      place = (place + 1) & (table.length - 1);
    }
    if (table[place] === 0) {
      firsts[distinct] = entry;
      table[place] = ++distinct;
    }
    numbers[entry] = table[place]! - 1;
  }
  return { hashes: picked(words, firsts.subarray(0, distinct)), numbers };
}

function picked(words: Uint32Array, entries: Uint32Array): Uint8Array {
  const whole = new Uint32Array(entries.length * PDQ_WORDS);
  for (const [at, entry] of entries.entries()) {
    whole.set(words.subarray(entry * PDQ_WORDS, (entry + 1) * PDQ_WORDS), at * PDQ_WORDS);
  }
  return new Uint8Array(whole.buffer, 0, entries.length * PDQ_BYTES);
}

function areEqual(words: Uint32Array, one: number, two: number): boolean {
  for (let i = 0; i < PDQ_WORDS; i++) {
    if (words[one * PDQ_WORDS + i] !== words[two * PDQ_WORDS + i]) return false;
  }
  return true;
}

/** All bits of a hash in 32, multiplied by odd numbers so that hashes that differ in few bits lie far apart. */
function mix(words: Uint32Array, entry: number): number {
  let mixed = 0;
  for (let i = 0; i < PDQ_WORDS; i++) {
    mixed = Math.imul(mixed ^ words[entry * PDQ_WORDS + i]!, 0x9e3779b1);
    mixed ^= mixed >>> 15;
  }
  return mixed >>> 0;
}
