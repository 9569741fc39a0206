/** Which pictures stay: one of those that are the same, and none of those that are the same in two classes. */
import type { Part } from '../data-set/data-set.ts';
import type { Likeness } from './likeness.ts';
import type { Looks } from './looks.ts';
import type { Neighbour } from './pairs.ts';
import type { Wanted } from './targets.ts';
import { UnionFind } from './union-find.ts';

/** A picture that is left out because of another. */
export interface Dropped {
  readonly place: number;
  readonly kind: 'exact' | 'near' | 'part';
  readonly distance: number | null;
  readonly of: number;
}

/** What was decided; all by the places of the pictures. */
export interface Decision {
  /** Rising. */
  readonly kept: readonly number[];
  /** In order of their places. */
  readonly dropped: readonly Dropped[];
  /** Pictures that are the same in different classes, those that hang together in one list. */
  readonly conflicts: readonly (readonly number[])[];
  /**
   * What hangs together, by one look, by a chain of looks or by what a source says: for each of `kept` the place of the first picture of
   * its family, which itself need not be kept.
   */
  readonly families: ReadonlyMap<number, number>;
}

/** In which order pictures come by what they are for. */
const PART_RANK: Readonly<Record<Part, number>> = { test: 0, validation: 1, train: 2 };

/**
 * Decides.
 *
 * - Two that are the same, to the last pixel or by their PDQ hashes, in different classes are in conflict, and both are left out.
 * - Of the others, the largest come first; of equally large ones those with most bytes, then those of the first source and the first name.
 *   Each stays unless it is the same as one that stays already. So none is left out for the sake of one that it does not look like, as at
 *   the far end of a chain.
 * - Those of a chain are one family, which goes into one part. Where sources say parts, what is for the test comes first in all of this,
 *   then what is for validation; and a family that is in two parts stays in the first of them alone.
 */
export function decide(pictures: readonly Wanted[], looks: Looks, { groups, near }: Likeness): Decision {
  const neighbours = near.neighbours(groups.length);
  const targetOf = (place: number): string => pictures[place]!.target;
  const isMixed = groups.map((group) => group.some((place) => targetOf(place) !== targetOf(group[0]!)));
  const families = new UnionFind(groups.length);
  const conflicting = isMixed.slice();
  for (const [one, other] of near) {
    families.join(one, other);
    const isSame =
      !isMixed[one] && !isMixed[other] && targetOf(groups[one]![0]!) === targetOf(groups[other]![0]!);
    if (!isSame) conflicting[one] = conflicting[other] = true;
  }
  joinByWord(pictures, groups, families);
  const better = orderOf(pictures, looks);
  const sorted = groups.map((group) => [...group].sort(better));
  const order = [...sorted.keys()]
    .filter((group) => !conflicting[group])
    .sort((a, b) => better(sorted[a]![0]!, sorted[b]![0]!));
  const ranks = new Map(order.map((group, rank) => [group, rank]));
  const stays = new Set<number>();
  /** By family, the first that stays of those with a part. */
  const parted = new Map<number, number>();
  const dropped: Dropped[] = [];
  for (const group of order) {
    const [first, ...others] = sorted[group]! as [number, ...number[]];
    const family = families.find(group);
    const { part } = pictures[first]!;
    const elsewhere = parted.get(family);
    const nearest = nearestOf(neighbours(group), stays, ranks);
    if (nearest) {
      const of = sorted[nearest.other]![0]!;
      dropped.push(
        ...sorted[group]!.map((place) => ({ place, kind: 'near' as const, distance: nearest.distance, of })),
      );
    } else if (part !== null && elsewhere !== undefined && pictures[elsewhere]!.part !== part) {
      dropped.push(
        ...sorted[group]!.map((place) => ({ place, kind: 'part' as const, distance: null, of: elsewhere })),
      );
    } else {
      stays.add(group);
      if (part !== null && elsewhere === undefined) parted.set(family, first);
      dropped.push(...others.map((place) => ({ place, kind: 'exact' as const, distance: 0, of: first })));
    }
  }
  const headOf = (group: number): number => groups[families.find(group)]![0]!;
  return {
    kept: [...stays].map((group) => sorted[group]![0]!).sort((a, b) => a - b),
    dropped: dropped.sort((a, b) => a.place - b.place),
    conflicts: listsOf(groups, conflicting, headOf),
    families: new Map([...stays].map((group) => [sorted[group]![0]!, headOf(group)])),
  };
}

/** What a source says to belong together hangs together. */
function joinByWord(
  pictures: readonly Wanted[],
  groups: readonly (readonly number[])[],
  families: UnionFind,
): void {
  const firsts = new Map<string, number>();
  for (const [index, places] of groups.entries()) {
    for (const place of places) {
      const { source, group } = pictures[place]!;
      if (group === null) continue;
      const key = `${source}/${group}`;
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, index);
      else families.join(first, index);
    }
  }
}

function orderOf(pictures: readonly Wanted[], looks: Looks): (a: number, b: number) => number {
  const rankOf = (place: number): number => PART_RANK[pictures[place]!.part ?? 'train'];
  return (a, b) => {
    const [one, other] = [looks.get(a), looks.get(b)];
    return (
      rankOf(a) - rankOf(b) ||
      other.width * other.height - one.width * one.height ||
      other.size - one.size ||
      a - b
    );
  };
}

/** The nearest that stays; of equally near ones the one that comes first. */
function nearestOf(
  neighbours: Iterable<Neighbour>,
  stays: ReadonlySet<number>,
  ranks: ReadonlyMap<number, number>,
): Neighbour | null {
  let nearest: Neighbour | null = null;
  for (const one of neighbours) {
    if (!stays.has(one.other)) continue;
    const isNearer =
      !nearest ||
      one.distance < nearest.distance ||
      (one.distance === nearest.distance && ranks.get(one.other)! < ranks.get(nearest.other)!);
    if (isNearer) nearest = one;
  }
  return nearest;
}

/** The pictures in conflict, by families. */
function listsOf(
  groups: readonly (readonly number[])[],
  conflicting: readonly boolean[],
  headOf: (group: number) => number,
): number[][] {
  const lists = new Map<number, number[]>();
  for (const [group, places] of groups.entries()) {
    if (!conflicting[group]) continue;
    const list = lists.get(headOf(group));
    if (list) list.push(...places);
    else lists.set(headOf(group), [...places]);
  }
  return [...lists.values()].map((places) => places.sort((a, b) => a - b));
}
