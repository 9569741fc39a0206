/** An index of digests: is this one among a million? */
import { type Buckets, toBuckets } from './buckets.ts';

/** Digests of one length, in buckets by their first two bytes, which are as good as random. */
export class DigestIndex {
  readonly #digests: Uint8Array;
  readonly #width: number;
  readonly #buckets: Buckets;

  /**
   * @param digests `[size, width]`; kept, not copied.
   * @param width Bytes of one digest.
   */
  constructor(digests: Uint8Array, width: number) {
    this.#digests = digests;
    this.#width = width;
    const keys = new Uint16Array(digests.length / width);
    for (let entry = 0; entry < keys.length; entry++) keys[entry] = keyAt(digests, entry * width);
    this.#buckets = toBuckets(keys);
  }

  /** How many digests there are. */
  get size(): number {
    return this.#buckets.entries.length;
  }

  /** Whether a digest is among them. */
  has(digest: Uint8Array): boolean {
    const { starts, entries } = this.#buckets;
    const key = keyAt(digest, 0);
    for (let at = starts[key]!; at < starts[key + 1]!; at++) {
      const from = entries[at]! * this.#width;
      if (digest.every((byte, index) => byte === this.#digests[from + index])) return true;
    }
    return false;
  }
}

const keyAt = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
