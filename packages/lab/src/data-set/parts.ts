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
  /** SHA-256 of the file that it was made of, lower-case hex, where the data tell. */
  readonly originalSha256?: string;
}

/** What has to be known of a picture to give it a part. */
export type Partable = Pick<Found, 'name' | 'classNames' | 'part' | 'group'>;

/** A picture and what it is for. */
export interface Parted<P> {
  readonly picture: P;
  readonly part: Part;
}

/** Pictures that stay together. */
interface Unit<P> {
  readonly pictures: readonly P[];
  readonly part: Part | null;
}

/** What the test gets of all pictures, and validation of the rest. */
export type Shares = Readonly<Record<'test' | 'validation', number>>;

/**
 * The shares that are wished for.
 *
 * @throws {FigleafError} `option-invalid` for a share outside of 0 to below 1.
 */
export function sharesOf({ testShare = 0.2, validationShare = 0.1 }: Partial<SplitOptions>): Shares {
  for (const share of [testShare, validationShare]) {
    if (share >= 0 && share < 1) continue;
    throw new FigleafError('option-invalid', `a share of the pictures is from 0 to below 1, not ${share}`);
  }
  return { test: testShare, validation: validationShare };
}

/** What rounding leaves over, for the next that is divided: a fifth of each of twenty pairs is eight pictures, and not none. */
export class Remainders {
  readonly #left = new Map<string, number>();

  /** A whole number of pictures for a share of them, with what was left over under that name before. */
  round(name: string, share: number): number {
    const sum = share + (this.#left.get(name) ?? 0);
    const whole = Math.round(sum);
    this.#left.set(name, sum - whole);
    return whole;
  }
}

/**
 * Gives every picture a part. What is said to be for training is never drawn for the test, but for validation where
 * nothing else is.
 *
 * @param classes All class names, sorted.
 * @throws {FigleafError} `option-invalid` for a share outside of 0 to below 1.
 */
export function divide(found: readonly Found[], classes: readonly string[], options: SplitOptions): Sample[] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  return givePartsTo(found, options).map(({ picture, part }) => {
    const { path, name, classNames, originalSha256 } = picture;
    return {
      path,
      name,
      labels: classNames.map((className) => labels.get(className)!).sort((a, b) => a - b),
      part,
      ...(originalSha256 !== undefined && { originalSha256 }),
    };
  });
}

/**
 * As {@link divide}, for whatever pictures are to the caller.
 *
 * @param remainders Of what was divided before that is to have the same shares together with this.
 */
export function givePartsTo<P extends Partable>(
  found: readonly P[],
  options: SplitOptions,
  remainders: Remainders = new Remainders(),
): Parted<P>[] {
  const wished = sharesOf(options);
  const has = (part: Part): boolean => found.some((picture) => picture.part === part);
  const shares = {
    test: has('test') ? 0 : wished.test,
    validation: has('validation') ? 0 : wished.validation,
  };
  return [...strataOf(unitsOf(found), found)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, units]) => {
      const random = new RandomStream(options.seed, `split/${name}`);
      const countOf = (part: keyof Shares, of: number): number =>
        remainders.round(`${part}/${name}`, of * shares[part]);
      return divideStratum(units, countOf, random);
    });
}

function unitsOf<P extends Partable>(found: readonly P[]): Unit<P>[] {
  const groups = groupBy(found, ({ name, group }) => (group === null ? `name/${name}` : `group/${group}`));
  return [...groups.values()].map((pictures) => ({
    pictures,
    part: pictures.find(({ part }) => part !== null)?.part ?? null,
  }));
}

/** Units by the rarest of their classes, so that every part gets its share of that one too. */
function strataOf<P extends Partable>(
  units: readonly Unit<P>[],
  found: readonly P[],
): Map<string, Unit<P>[]> {
  const counts = new Map<string, number>();
  for (const name of found.flatMap(({ classNames }) => classNames))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return groupBy(units, ({ pictures }) =>
    pictures
      .flatMap(({ classNames }) => classNames)
      .reduce((a, b) => (a === '' || counts.get(b)! < counts.get(a)! ? b : a), ''),
  );
}

/** @param countOf How many of so many pictures a part is to get. */
function divideStratum<P>(
  units: readonly Unit<P>[],
  countOf: (part: keyof Shares, of: number) => number,
  random: RandomStream,
): Parted<P>[] {
  const isFree = ({ part }: Unit<P>): boolean => part === null || part === 'train';
  const given = units.filter((unit) => !isFree(unit));
  const drawn = shuffle(units.filter(isFree), random);
  const open = drawn.filter(({ part }) => part === null);
  const tests = fill(open, countOf('test', sizeOf(open)));
  const rest = drawn.filter((unit) => !tests.has(unit));
  const checks = fill(rest, countOf('validation', sizeOf(rest)));
  const partOf = (unit: Unit<P>): Part =>
    tests.has(unit) ? 'test' : checks.has(unit) ? 'validation' : 'train';
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

function sizeOf(units: readonly Unit<unknown>[]): number {
  return units.reduce((sum, { pictures }) => sum + pictures.length, 0);
}

/** From the front, those units that bring the number of pictures nearer to the one that is wanted. */
function fill<P>(units: readonly Unit<P>[], wanted: number): ReadonlySet<Unit<P>> {
  const chosen = new Set<Unit<P>>();
  let left = wanted;
  for (const unit of units) {
    if (unit.pictures.length >= 2 * left) continue;
    chosen.add(unit);
    left -= unit.pictures.length;
  }
  return chosen;
}
