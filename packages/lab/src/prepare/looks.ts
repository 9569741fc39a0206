/** What was seen of each picture, in columns: as objects, a million of them would fill the memory. */

/** Bytes of a SHA-256, and of a PDQ hash too. */
export const HASH_BYTES = 32;

/** A PDQ hash with its rotations is so many hashes. */
export const ROTATIONS = 8;

/** What was seen of one picture. */
export interface Look {
  /** Of the file: what tells whether it has changed. */
  readonly size: number;
  /** Milliseconds. */
  readonly modified: number;
  /** SHA-256 of the file. */
  readonly sha256: Uint8Array;
  /** MD5 of the file, where a block list asked for it. */
  readonly md5: Uint8Array | null;
  /** Digest of the pixels. */
  readonly pixels: Uint8Array;
  /** Size of the original. */
  readonly width: number;
  readonly height: number;
  readonly quality: number;
  /** PDQ: one hash, or all rotations one after the other. */
  readonly pdq: Uint8Array;
  /** As many, of the picture at one size. */
  readonly oneSize: Uint8Array;
  /** The picture as it is kept. */
  readonly kept: {
    readonly sha256: Uint8Array;
    readonly bytes: number;
    readonly width: number;
    readonly height: number;
  };
}

/** The numbers of a look, in the order in which {@link Looks} has them. */
const NUMBERS = 8;

/** Looks by the pictures' places. */
export class Looks {
  readonly #rotations: number;
  readonly #numbers: Float64Array;
  readonly #digests: Uint8Array;
  readonly #pdq: Uint8Array;
  readonly #oneSize: Uint8Array;
  readonly #has: Uint8Array;
  readonly #md5 = new Map<number, Uint8Array>();

  /** @param rotations How many PDQ hashes are kept of each: 1 or 8. */
  constructor(count: number, rotations: number) {
    this.#rotations = rotations;
    this.#numbers = new Float64Array(count * NUMBERS);
    this.#digests = new Uint8Array(count * 3 * HASH_BYTES);
    this.#pdq = new Uint8Array(count * rotations * HASH_BYTES);
    this.#oneSize = new Uint8Array(count * rotations * HASH_BYTES);
    this.#has = new Uint8Array(count);
  }

  has(place: number): boolean {
    return this.#has[place] === 1;
  }

  /** Forgets one. */
  delete(place: number): void {
    this.#has[place] = 0;
    this.#md5.delete(place);
  }

  /** Of a look with more hashes than are kept the first are; it never has fewer. */
  set(place: number, look: Look): void {
    const { kept } = look;
    const numbers = [look.size, look.modified, look.width, look.height, look.quality];
    this.#numbers.set([...numbers, kept.bytes, kept.width, kept.height], place * NUMBERS);
    for (const [index, digest] of [look.sha256, look.pixels, kept.sha256].entries())
      this.#digests.set(digest, (place * 3 + index) * HASH_BYTES);
    const bytes = this.#rotations * HASH_BYTES;
    this.#pdq.set(look.pdq.subarray(0, bytes), place * bytes);
    this.#oneSize.set(look.oneSize.subarray(0, bytes), place * bytes);
    this.#has[place] = 1;
    if (look.md5) this.#md5.set(place, look.md5);
  }

  /** What was seen; its hashes are views. */
  get(place: number): Look {
    const [size, modified, width, height, quality, bytes, keptWidth, keptHeight] = this.#numbers.subarray(
      place * NUMBERS,
      (place + 1) * NUMBERS,
    ) as unknown as [number, number, number, number, number, number, number, number];
    const digest = (index: number): Uint8Array =>
      this.#digests.subarray((place * 3 + index) * HASH_BYTES, (place * 3 + index + 1) * HASH_BYTES);
    const hashes = this.#rotations * HASH_BYTES;
    return {
      size,
      modified,
      sha256: digest(0),
      md5: this.#md5.get(place) ?? null,
      pixels: digest(1),
      width,
      height,
      quality,
      pdq: this.#pdq.subarray(place * hashes, (place + 1) * hashes),
      oneSize: this.#oneSize.subarray(place * hashes, (place + 1) * hashes),
      kept: { sha256: digest(2), bytes, width: keptWidth, height: keptHeight },
    };
  }
}
