/** What each picture is for: as the data say, else drawn by the seed, each class by the same shares, groups kept whole. */
import { RandomStream } from '@figleaf/onnx/nn';
import { FigleafError } from 'figleaf';
import type { Part, Sample, SplitOptions } from './data-set.ts';
import { shuffle } from './order.ts';

/** A picture of which it need not be known what it is for. */
export interface Found {
  readonly path: string;
  readonly name: string;
  /** Lower case, each once. */
  readonly classNames: readonly string[];
  /** Null where the data do not tell. */
  readonly part: Part | null;
  /** Pictures of one group go into the same part; null for one by itself. */
  readonly group: string | null;
  /** Where it was taken from, for figures of each source; null where the data do not tell. */
  readonly source: string | null;
}

/** Pictures that stay together. */
interface Unit {
  readonly pictures: readonly Found[];
  readonly part: Part | null;
}

type Shares = Readonly<Record<'test' | 'validation', number>>;

/**
 * Gives every picture a part. What is said to be for training is never drawn for the test, but for validation where
 * nothing else is.
 *
 * @param classes All class names, sorted.
 * @throws {FigleafError} `option-invalid` for a share outside of 0 to below 1.
 */
export function divide(
  found: readonly Found[],
  classes: readonly string[],
  { seed, testShare = 0.2, validationShare = 0.1 }: SplitOptions,
): Sample[] {
  for (const share of [testShare, validationShare]) {
    if (share >= 0 && share < 1) continue;
    throw new FigleafError('option-invalid', `a share of the pictures is from 0 to below 1, not ${share}`);
  }
  const has = (part: Part): boolean => found.some((picture) => picture.part === part);
  const shares = {
    test: has('test') ? 0 : testShare,
    validation: has('validation') ? 0 : validationShare,
  };
  const labels = new Map(classes.map((name, label) => [name, label]));
  return [...strataOf(unitsOf(found), found)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, units]) => divideStratum(units, shares, new RandomStream(seed, `split/${name}`)))
    .map(({ picture: { path, name, classNames }, part }) => ({
      path,
      name,
      labels: classNames.map((className) => labels.get(className)!).sort((a, b) => a - b),
      part,
    }));
}

function unitsOf(found: readonly Found[]): Unit[] {
  const groups = groupBy(found, ({ name, group }) => (group === null ? `name/${name}` : `group/${group}`));
  return [...groups.values()].map((pictures) => ({
    pictures,
    part: pictures.find(({ part }) => part !== null)?.part ?? null,
  }));
}

/** Units by the rarest of their classes, so that every part gets its share of that one too. */
function strataOf(units: readonly Unit[], found: readonly Found[]): Map<string, Unit[]> {
  const counts = new Map<string, number>();
  for (const name of found.flatMap(({ classNames }) => classNames))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return groupBy(units, ({ pictures }) =>
    pictures
      .flatMap(({ classNames }) => classNames)
      .reduce((a, b) => (a === '' || counts.get(b)! < counts.get(a)! ? b : a), ''),
  );
}

function divideStratum(
  units: readonly Unit[],
  shares: Shares,
  random: RandomStream,
): { readonly picture: Found; readonly part: Part }[] {
  const isFree = ({ part }: Unit): boolean => part === null || part === 'train';
  const given = units.filter((unit) => !isFree(unit));
  const drawn = shuffle(units.filter(isFree), random);
  const open = drawn.filter(({ part }) => part === null);
  const tests = fill(open, Math.round(sizeOf(open) * shares.test));
  const rest = drawn.filter((unit) => !tests.has(unit));
  const checks = fill(rest, Math.round(sizeOf(rest) * shares.validation));
  const partOf = (unit: Unit): Part => (tests.has(unit) ? 'test' : checks.has(unit) ? 'validation' : 'train');
  return [
    ...given.map((unit) => ({ unit, part: unit.part! })),
    ...drawn.map((unit) => ({ unit, part: partOf(unit) })),
  ].flatMap(({ unit, part }) => unit.pictures.map((picture) => ({ picture, part })));
}

/** `Map.groupBy`, which Node 20 lacks. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function sizeOf(units: readonly Unit[]): number {
  return units.reduce((sum, { pictures }) => sum + pictures.length, 0);
}

/** From the front, those units that bring the number of pictures nearer to the one that is wanted. */
function fill(units: readonly Unit[], wanted: number): ReadonlySet<Unit> {
  const chosen = new Set<Unit>();
  let left = wanted;
  for (const unit of units) {
    if (unit.pictures.length >= 2 * left) continue;
    chosen.add(unit);
    left -= unit.pictures.length;
  }
  return chosen;
}
