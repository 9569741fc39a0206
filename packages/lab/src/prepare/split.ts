/** What each picture is for: drawn for each source by itself, families kept whole. */
import type { Part, SplitOptions } from '../data-set/data-set.ts';
import { givePartsTo, type Partable, Remainders } from '../data-set/parts.ts';
import type { Decision } from './decide.ts';
import type { Wanted } from './targets.ts';

interface Placed extends Partable {
  readonly place: number;
}

/**
 * Parts by the pictures' places. Each class of each source gets the same shares, so that no part is of one source alone; what rounding
 * leaves over goes to the next source. A family that several sources share is drawn with the first of them.
 *
 * @throws {FigleafError} `option-invalid` for an impossible share.
 */
export function split(
  pictures: readonly Wanted[],
  decision: Decision,
  options: SplitOptions,
): ReadonlyMap<number, Part> {
  const remainders = new Remainders();
  const parts = new Map<number, Part>();
  for (const placed of bySource(pictures, decision))
    for (const { picture, part } of givePartsTo(placed, options, remainders)) parts.set(picture.place, part);
  return parts;
}

/** The pictures of each source, with those of others that are of its families. */
function bySource(pictures: readonly Wanted[], { kept, families }: Decision): Iterable<Placed[]> {
  const sources = new Map<number, Placed[]>();
  const partOfFamily = new Map<number, Part>();
  for (const place of kept) {
    const { part } = pictures[place]!;
    if (part !== null) partOfFamily.set(families.get(place)!, part);
  }
  const homes = new Map<number, number>();
  for (const place of kept) {
    const { source, name, target } = pictures[place]!;
    const family = families.get(place)!;
    const home = homes.get(family) ?? source;
    homes.set(family, home);
    const own = sources.get(home) ?? [];
    sources.set(home, own);
    own.push({
      place,
      name: `${source}/${name}`,
      classNames: [target],
      part: partOfFamily.get(family) ?? null,
      group: String(family),
    });
  }
  return sources.values();
}
