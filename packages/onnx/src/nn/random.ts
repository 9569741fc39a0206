/** Random numbers that are the same everywhere and at any time: counted, not drawn. */

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Threefry-2x32 with 20 rounds: two random words for each counter, without any state. Adds, rotations and exclusive ors
 * of 32-bit integers, so every platform gives the same. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3"
 * (2011).
 *
 * @param key Two 32-bit words; each key is a generator of its own.
 * @param counter Two 32-bit words.
 * @returns Two unsigned 32-bit integers.
 *
 * @example
 * ```ts
 * threefry([0, 0], [0, 0]); // [0x6b200159, 0x99ba4efe]
 * ```
 */
export function threefry(
  key: readonly [number, number],
  counter: readonly [number, number],
): [number, number] {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ PARITY] as const;
  let x = (counter[0] + keys[0]) | 0;
  let y = (counter[1] + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = ROTATIONS[round & 7]!;
    x = (x + y) | 0;
    y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    if ((round & 3) !== 3) continue;
    const turn = (round + 1) >> 2;
    x = (x + keys[turn % 3]!) | 0;
    y = (y + keys[(turn + 1) % 3]! + turn) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** 32 bits that stand for a name (FNV-1a over its UTF-16 units), so that what is random for one is not for another. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Random numbers one after another, from a seed and a name. */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #step: number;
  #count = 0;
  #spare: number | null = null;

  /**
   * @param seed A whole number; its lower 32 bits count.
   * @param name What the numbers are for. Another name gives other numbers.
   * @param step Of a series of streams, which one; default 0.
   */
  constructor(seed: number, name: string, step = 0) {
    this.#key = [seed | 0, hashName(name)];
    this.#step = step;
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    const spare = this.#spare;
    if (spare !== null) {
      this.#spare = null;
      return spare;
    }
    const [first, second] = threefry(this.#key, [this.#count++, this.#step]);
    this.#spare = second;
    return first;
  }

  /** A multiple of 2^-24 from 0 to below 1; exact as a 32-bit float. */
  uniform(): number {
    return (this.word() >>> 8) * 2 ** -24;
  }

  /**
   * A number from the normal distribution that is cut off at two standard deviations, of variance 1 before the cut. By
   * rejection with an exponential made of sums and products, since `Math.exp` and `Math.log` differ between platforms.
   */
  truncatedNormal(): number {
    for (;;) {
      const x = 4 * this.uniform() - 2;
      if (this.uniform() < exponentialOfMinus((x * x) / 2)) return x;
    }
  }
}

/** `exp(-t)` for `t` from 0 to 2, to 1e-15. */
function exponentialOfMinus(t: number): number {
  let [sum, term] = [1, 1];
  for (let order = 1; order <= 24; order++) {
    term *= t / order;
    sum += term;
  }
  return 1 / sum;
}

/** Which mask, and for which step. */
export interface MaskKey {
  /** The training run's seed. */
  readonly seed: number;
  /** The step, from 0. */
  readonly step: number;
  /** The mask's name. */
  readonly name: string;
}

/**
 * What dropout multiplies its input with: 0 with probability `rate`, else `1 / (1 - rate)`. The same for the same key,
 * so that a resumed run drops what the first one would have dropped.
 *
 * @param count Number of elements.
 * @param rate Which share is dropped: 0 to below 1.
 *
 * @example
 * ```ts
 * const mask = dropoutMask(32 * 2048, 0.5, { seed: 1, step: 17, name: 'dropout/mask' });
 * ```
 */
export function dropoutMask(count: number, rate: number, { seed, step, name }: MaskKey): Float32Array {
  const random = new RandomStream(seed, name, step);
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length: count }, () => (random.word() < threshold ? 0 : kept));
}
