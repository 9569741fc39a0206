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

  /** `[size, width]`: the hashes in the order in which they were added, in an array of that very length. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }
}
