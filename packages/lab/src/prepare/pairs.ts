/** Pairs of pictures that look the same, however many there are, and who is next to whom. */

/** Two things and how far they are apart. */
export interface Neighbour {
  readonly other: number;
  readonly distance: number;
}

/** Pairs in columns, which grow. */
export class Pairs {
  #ends = new Int32Array(64);
  #distances = new Uint8Array(32);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds one. */
  add(one: number, other: number, distance: number): void {
    if (this.#size === this.#distances.length) this.#grow();
    this.#ends[this.#size * 2] = one;
    this.#ends[this.#size * 2 + 1] = other;
    this.#distances[this.#size] = distance;
    this.#size++;
  }

  #grow(): void {
    const ends = new Int32Array(this.#ends.length * 2);
    ends.set(this.#ends);
    this.#ends = ends;
    const distances = new Uint8Array(this.#distances.length * 2);
    distances.set(this.#distances);
    this.#distances = distances;
  }

  /** All of them, as they came. */
  *[Symbol.iterator](): Generator<readonly [one: number, other: number, distance: number]> {
    for (let pair = 0; pair < this.#size; pair++)
      yield [this.#ends[pair * 2]!, this.#ends[pair * 2 + 1]!, this.#distances[pair]!];
  }

  /**
   * The neighbours of each thing.
   *
   * @param things How many things there are.
   */
  neighbours(things: number): (thing: number) => Generator<Neighbour> {
    const starts = new Int32Array(things + 1);
    for (let at = 0; at < this.#size * 2; at++) starts[this.#ends[at]! + 1]! += 1;
    for (let thing = 0; thing < things; thing++) starts[thing + 1]! += starts[thing]!;
    const next = starts.slice();
    const others = new Int32Array(this.#size * 2);
    const distances = new Uint8Array(this.#size * 2);
    for (const [one, other, distance] of this) {
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const at = next[from]!++;
        others[at] = to;
        distances[at] = distance;
      }
    }
    return function* (thing) {
      for (let at = starts[thing]!; at < starts[thing + 1]!; at++)
        yield { other: others[at]!, distance: distances[at]! };
    };
  }
}
