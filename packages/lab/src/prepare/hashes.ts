/** Whose hashes lie near whose. Equal hashes are one here: of a picture that is there ten thousand times there are fifty million pairs. */
import type { Neighbour, Pairs } from './pairs.ts';
import type { UnionFind } from './union-find.ts';

/**
 * The different hashes of groups of pictures. Two groups look the same where a hash of one of them as it is equals, or lies near, any hash
 * of the other.
 */
export interface Hashes {
  /** `[groups, perGroup]`: the number of each hash of each group; -1 where it has none. */
  readonly numbers: Int32Array;
  readonly perGroup: number;
  /** Of so many numbers of a group the first is of the picture as it is, the others are of it turned and mirrored. */
  readonly positions: number;
  /** How many hashes there are. */
  readonly count: number;
  /** Hashes that lie near each other, of which one at least is of a picture as it is. */
  readonly near: Pairs;
}

function eachHash(
  { numbers, perGroup, positions }: Hashes,
  act: (group: number, hash: number, isAsItIs: boolean) => void,
): void {
  for (const [at, hash] of numbers.entries())
    if (hash >= 0) act(Math.floor(at / perGroup), hash, at % positions === 0);
}

/** Makes one set of all groups that look the same. */
export function joinAlike(hashes: Hashes, families: UnionFind): void {
  const firsts = new Int32Array(hashes.count).fill(-1);
  eachHash(hashes, (group, hash, isAsItIs) => {
    if (isAsItIs && firsts[hash] === -1) firsts[hash] = group;
  });
  // For each hash a group that all who have that hash look like; -1 where only turned ones have it and the like.
  const anchors = firsts.slice();
  for (const [one, other] of hashes.near) {
    if (anchors[one] === -1) anchors[one] = firsts[other]!;
    if (anchors[other] === -1) anchors[other] = firsts[one]!;
  }
  eachHash(hashes, (group, hash) => {
    if (anchors[hash] !== -1) families.join(group, anchors[hash]!);
  });
  for (const [one, other] of hashes.near) families.join(anchors[one]!, anchors[other]!);
}

/** A group with pictures of several labels. */
export const MIXED = -1;

/** No label at all. */
const NONE = -2;

/**
 * Whether each group has a label that one that it looks the same as has not.
 *
 * @param labels From 0 on, or {@link MIXED}, by groups.
 */
export function findUnlike(hashes: Hashes, labels: Int32Array): boolean[] {
  const [asTheyAre, all] = [0, 1].map(() => new Int32Array(hashes.count).fill(NONE)) as [
    Int32Array,
    Int32Array,
  ];
  eachHash(hashes, (group, hash, isAsItIs) => {
    meet(all, hash, labels[group]!);
    if (isAsItIs) meet(asTheyAre, hash, labels[group]!);
  });
  // A picture as it is meets all others, and one that is turned those that are as they are.
  const [metAsItIs, metTurned] = [all.slice(), asTheyAre.slice()];
  for (const [one, other] of hashes.near) {
    meet(metAsItIs, one, all[other]!);
    meet(metAsItIs, other, all[one]!);
    meet(metTurned, one, asTheyAre[other]!);
    meet(metTurned, other, asTheyAre[one]!);
  }
  const unlike = Array.from(labels, (label) => label === MIXED);
  eachHash(hashes, (group, hash, isAsItIs) => {
    const met = (isAsItIs ? metAsItIs : metTurned)[hash]!;
    if (met === MIXED || (met !== NONE && met !== labels[group])) unlike[group] = true;
  });
  return unlike;
}

/** Adds a label to those that a hash meets. */
function meet(labels: Int32Array, hash: number, label: number): void {
  if (labels[hash] === NONE) labels[hash] = label;
  else if (label !== NONE && label !== labels[hash]) labels[hash] = MIXED;
}

/** Groups that stay, the best first, and which of them another looks the same as. */
export class Staying {
  readonly #hashes: Hashes;
  readonly #neighbours: (hash: number) => Generator<Neighbour>;
  /** By hash, the first group that stays of those that have it: as it is, or in any position. */
  readonly #asTheyAre: Int32Array;
  readonly #all: Int32Array;
  readonly #ranks = new Map<number, number>();

  constructor(hashes: Hashes) {
    this.#hashes = hashes;
    this.#neighbours = hashes.near.neighbours(hashes.count);
    this.#asTheyAre = new Int32Array(hashes.count).fill(-1);
    this.#all = new Int32Array(hashes.count).fill(-1);
  }

  /** In the order in which they were added. */
  get groups(): Iterable<number> {
    return this.#ranks.keys();
  }

  /** Adds one. */
  add(group: number): void {
    this.#ranks.set(group, this.#ranks.size);
    for (const { hash, isAsItIs } of this.#of(group)) {
      if (this.#all[hash] === -1) this.#all[hash] = group;
      if (isAsItIs && this.#asTheyAre[hash] === -1) this.#asTheyAre[hash] = group;
    }
  }

  /** The nearest to a group that is not among them; of equally near ones the first. */
  nearestTo(group: number): Neighbour | null {
    let nearest: Neighbour | null = null;
    const consider = (other: number, distance: number): void => {
      if (other === -1 || (nearest && distance > nearest.distance)) return;
      const isNearer =
        !nearest || distance < nearest.distance || this.#ranks.get(other)! < this.#ranks.get(nearest.other)!;
      if (isNearer) nearest = { other, distance };
    };
    for (const { hash, isAsItIs } of this.#of(group)) {
      const staying = isAsItIs ? this.#all : this.#asTheyAre;
      consider(staying[hash]!, 0);
      for (const { other, distance } of this.#neighbours(hash)) consider(staying[other]!, distance);
    }
    return nearest;
  }

  *#of(group: number): Generator<{ readonly hash: number; readonly isAsItIs: boolean }> {
    const { numbers, perGroup, positions } = this.#hashes;
    for (let at = 0; at < perGroup; at++) {
      const hash = numbers[group * perGroup + at]!;
      if (hash !== -1) yield { hash, isAsItIs: at % positions === 0 };
    }
  }
}
