/** What each picture is for: drawn for each source by itself, families kept whole. */
import type { Part, SplitOptions } from '../data-set/data-set.ts';
import { divide, type Found } from '../data-set/parts.ts';
import type { Decision } from './decide.ts';
import type { Wanted } from './targets.ts';

/**
 * Parts by the pictures' places. Each class of each source gets the same shares, so that no part is of one source alone. A family that
 * several sources share is drawn with the first of them.
 *
 * @throws {FigleafError} `option-invalid` for an impossible share.
 */
export function split(
  pictures: readonly Wanted[],
  { kept, families }: Decision,
  options: SplitOptions,
): ReadonlyMap<number, Part> {
  const bySource = new Map<number, Found[]>();
  const partOfFamily = new Map<number, Part>();
  for (const place of kept) {
    const { part } = pictures[place]!;
    if (part !== null) partOfFamily.set(families.get(place)!, part);
  }
  const homes = new Map<number, number>();
  for (const place of kept) {
    const { source, target } = pictures[place]!;
    const family = families.get(place)!;
    const home = homes.get(family) ?? source;
    homes.set(family, home);
    const found: Found = {
      path: String(place),
      name: `${source}/${pictures[place]!.name}`,
      classNames: [target],
      part: partOfFamily.get(family) ?? null,
      group: String(family),
      source: null,
    };
    const others = bySource.get(home);
    if (others) others.push(found);
    else bySource.set(home, [found]);
  }
  const parts = new Map<number, Part>();
  for (const found of bySource.values()) {
    const classes = [...new Set(found.flatMap(({ classNames }) => classNames))].sort();
    for (const { path, part } of divide(found, classes, options)) parts.set(Number(path), part);
  }
  return parts;
}
