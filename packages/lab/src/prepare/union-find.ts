/** Sets that grow together: which things hang together, told by pairs. */

/** Things by their numbers, each in a set of its own at first. */
export class UnionFind {
  readonly #parents: Int32Array;

  /** @param size How many things there are. */
  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, index) => index);
  }

  /** The least number in the set of a thing. */
  find(thing: number): number {
    const parents = this.#parents;
    let root = thing;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  }

  /** Makes one set of two. */
  join(one: number, other: number): void {
    const [a, b] = [this.find(one), this.find(other)];
    this.#parents[Math.max(a, b)] = Math.min(a, b);
  }
}
