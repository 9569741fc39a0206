/** Which pictures stay: one of those that are the same, and none of those that are the same in two classes. */
import type { Part } from '../data-set/data-set.ts';
import { findUnlike, type Hashes, joinAlike, MIXED, Staying } from './hashes.ts';
import type { Likeness } from './likeness.ts';
import type { Looks } from './looks.ts';
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
export function decide(pictures: readonly Wanted[], looks: Looks, { groups, hashes }: Likeness): Decision {
  const families = new UnionFind(groups.length);
  joinAlike(hashes, families);
  joinByWord(pictures, groups, families);
  const isConflict = findUnlike(hashes, labelsOf(pictures, groups));
  const better = orderOf(pictures, looks);
  const sorted = groups.map((group) => [...group].sort(better));
  const order = [...sorted.keys()]
    .filter((group) => !isConflict[group])
    .sort((a, b) => better(sorted[a]![0]!, sorted[b]![0]!));
  const { kept, dropped } = keepBest({ pictures, sorted, order, families, hashes });
  const headOf = (group: number): number => groups[families.find(group)]![0]!;
  return {
    kept: kept.map((group) => sorted[group]![0]!).sort((a, b) => a - b),
    dropped: dropped.sort((a, b) => a.place - b.place),
    conflicts: listsOf(groups, isConflict, headOf),
    families: new Map(kept.map((group) => [sorted[group]![0]!, headOf(group)])),
  };
}

/** A number for the class of each group. */
function labelsOf(pictures: readonly Wanted[], groups: readonly (readonly number[])[]): Int32Array {
  const labels = new Map<string, number>();
  const labelOf = (place: number): number => {
    const { target } = pictures[place]!;
    const label = labels.get(target) ?? labels.size;
    labels.set(target, label);
    return label;
  };
  return Int32Array.from(groups, ([first, ...others]) => {
    const label = labelOf(first!);
    return others.every((place) => labelOf(place) === label) ? label : MIXED;
  });
}

interface Candidates {
  readonly pictures: readonly Wanted[];
  /** The places of the pictures of each group, the best first. */
  readonly sorted: readonly (readonly number[])[];
  /** The groups that are in no conflict, the best first. */
  readonly order: readonly number[];
  readonly families: UnionFind;
  readonly hashes: Hashes;
}

/** Goes from the best to the worst, and keeps what is not the same as what it has kept. */
function keepBest({ pictures, sorted, order, families, hashes }: Candidates) {
  const staying = new Staying(hashes);
  /** By family, the first that stays of those with a part. */
  const parted = new Map<number, number>();
  const dropped: Dropped[] = [];
  const drop = (places: readonly number[], because: Omit<Dropped, 'place'>): void => {
    for (const place of places) dropped.push({ place, ...because });
  };
  for (const group of order) {
    const places = sorted[group]!;
    const first = places[0]!;
    const { part } = pictures[first]!;
    const family = families.find(group);
    const elsewhere = parted.get(family);
    const nearest = staying.nearestTo(group);
    if (nearest) {
      drop(places, { kind: 'near', distance: nearest.distance, of: sorted[nearest.other]![0]! });
    } else if (part !== null && elsewhere !== undefined && pictures[elsewhere]!.part !== part) {
      drop(places, { kind: 'part', distance: null, of: elsewhere });
    } else {
      staying.add(group);
      if (part !== null && elsewhere === undefined) parted.set(family, first);
      drop(places.slice(1), { kind: 'exact', distance: 0, of: first });
    }
  }
  return { kept: [...staying.groups], dropped };
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
  // A look is an object made anew, and sorting asks for each picture twenty times.
  const areas = new Float64Array(pictures.length);
  const sizes = new Float64Array(pictures.length);
  for (const place of pictures.keys()) {
    if (!looks.has(place)) continue;
    const { width, height, size } = looks.get(place);
    areas[place] = width * height;
    sizes[place] = size;
  }
  return (a, b) => rankOf(a) - rankOf(b) || areas[b]! - areas[a]! || sizes[b]! - sizes[a]! || a - b;
}

/** The pictures in conflict, by families. */
function listsOf(
  groups: readonly (readonly number[])[],
  isConflict: readonly boolean[],
  headOf: (group: number) => number,
): number[][] {
  const lists = new Map<number, number[]>();
  for (const [group, places] of groups.entries()) {
    if (!isConflict[group]) continue;
    const list = lists.get(headOf(group)) ?? [];
    lists.set(headOf(group), list);
    for (const place of places) list.push(place);
  }
  return [...lists.values()].map((places) => places.sort((a, b) => a - b));
}
