/** Hashes of one length in one array that grows, since a million small arrays would take ten times the memory. */

/** Hashes that are being gathered. */
export class HashTable {
  readonly #width: number;
  #bytes: Uint8Array;
  #end = 0;

  /** @param width Bytes of one hash. */
  constructor(width: number) {
    this.#width = width;
    this.#bytes = new Uint8Array(width * 1024);
  }

  /** Adds a hash of `width` bytes. */
  add(hash: Uint8Array): void {
    if (this.#end === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, this.#end);
    this.#end += this.#width;
  }

  /** How many bytes the hashes have together. */
  get byteLength(): number {
    return this.#end;
  }

  /** Takes the hashes out, `[size, width]` in the order in which they were added, and leaves the table empty. */
  take(): Uint8Array {
    const hashes = this.#bytes.subarray(0, this.#end);
    this.#bytes = new Uint8Array(this.#width);
    this.#end = 0;
    return hashes;
  }
}

/** Takes the hashes out of several tables, one table after the other, into an array of that very length. */
export function joined(...tables: readonly HashTable[]): Uint8Array {
  const whole = new Uint8Array(tables.reduce((size, { byteLength }) => size + byteLength, 0));
  let at = 0;
  for (const table of tables) {
    const hashes = table.take();
    whole.set(hashes, at);
    at += hashes.length;
  }
  return whole;
}
