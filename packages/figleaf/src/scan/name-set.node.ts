/** A set of names that stays small however many and long they are: 16 bytes of a hash for each. */
import { hash } from 'node:crypto';

/** A hash as it lies in the table. */
const WORDS = 4;

const FIRST_SLOTS = 1024;

/**
 * Names that can be added and asked for, but not listed. A million take 32 MiB.
 *
 * Names are compared by 127 bits of their SHA-256. Whoever could make two names meet could have a picture passed over, so a
 * faster hash, or a shorter one, will not do.
 */
export class NameSet {
  #size = 0;
  /** Open addressing with linear probing: `WORDS` a slot, all zero where it is free; a power of two of slots. */
  #table = new Uint32Array(FIRST_SLOTS * WORDS);

  /** How many different names there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a name that may be in already. */
  add(name: string): void {
    const key = keyOf(name);
    const at = find(this.#table, key);
    if (this.#table[at] !== 0) return;
    this.#table.set(key, at);
    this.#size++;
    if (this.#size * 2 * WORDS > this.#table.length) this.#table = doubled(this.#table);
  }

  /** Whether the name was added. */
  has(name: string): boolean {
    return this.#table[find(this.#table, keyOf(name))] !== 0;
  }
}

/** Of the name as JSON, since halves of surrogate pairs, which names on Windows may have, are all the same in UTF-8. */
function keyOf(name: string): Uint32Array {
  // As a string of bytes: making a Buffer of each takes three times as long as the hash.
  const digest = hash('sha256', JSON.stringify(name), 'binary');
  const key = new Uint32Array(WORDS);
  for (let i = 0; i < WORDS * 4; i++) key[i >> 2] = (key[i >> 2]! << 8) | digest.charCodeAt(i);
  // The first word says whether a slot is taken.
  key[0] = key[0]! | 1;
  return key;
}

/** Where the key is, or the free slot where it belongs. */
function find(table: Uint32Array, key: Uint32Array): number {
  const mask = table.length - 1;
  let at = (key[1]! * WORDS) & mask;
  while (table[at] !== 0 && !isAt(table, at, key)) at = (at + WORDS) & mask;
  return at;
}

function isAt(table: Uint32Array, at: number, key: Uint32Array): boolean {
  return (
    table[at] === key[0] && table[at + 1] === key[1] && table[at + 2] === key[2] && table[at + 3] === key[3]
  );
}

function doubled(table: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(table.length * 2);
  const key = new Uint32Array(WORDS);
  for (let at = 0; at < table.length; at += WORDS) {
    if (table[at] === 0) continue;
    // A view of the table for each key would take longer than all the rest.
    for (let word = 0; word < WORDS; word++) key[word] = table[at + word]!;
    larger.set(key, find(larger, key));
  }
  return larger;
}
