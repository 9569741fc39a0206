/** The manifest of what was prepared: a line for each picture. */
import { toHex } from 'figleaf';
import type { Part } from '../data-set/data-set.ts';
import type { Decision } from './decide.ts';
import { HASH_BYTES, type Looks } from './looks.ts';
import type { PrepareSource } from './options.ts';
import type { Wanted } from './targets.ts';

/** What it is made of; all by the pictures' places. */
export interface Manifested {
  readonly sources: readonly PrepareSource[];
  readonly pictures: readonly Wanted[];
  readonly looks: Looks;
  readonly decision: Decision;
  readonly parts: ReadonlyMap<number, Part>;
  readonly names: ReadonlyMap<number, string>;
}

/** Lines that are written at a time. */
const AT_ONCE = 1024;

/** Its text, in order of the names. A group is said only of pictures that are not alone in theirs. */
export function* manifestOf({
  sources,
  pictures,
  looks,
  decision: { kept, families },
  parts,
  names,
}: Manifested): Generator<string> {
  const sizes = new Map<number, number>();
  for (const family of families.values()) sizes.set(family, (sizes.get(family) ?? 0) + 1);
  const sourceOf = (place: number): string => sources[pictures[place]!.source]!.name;
  const lineOf = (place: number): string => {
    const { sha256, pdq, quality, kept: picture } = looks.get(place);
    const family = families.get(place)!;
    return `${JSON.stringify({
      name: names.get(place),
      class: pictures[place]!.target,
      part: parts.get(place),
      ...(sizes.get(family)! > 1 && { group: `${sourceOf(family)}/${pictures[family]!.name}` }),
      source: sourceOf(place),
      original: pictures[place]!.name,
      width: picture.width,
      height: picture.height,
      sha256: toHex(picture.sha256),
      originalSha256: toHex(sha256),
      pdq: toHex(pdq.subarray(0, HASH_BYTES)),
      pdqQuality: quality,
    })}\n`;
  };
  const sorted = [...kept].sort((a, b) => (names.get(a)! < names.get(b)! ? -1 : 1));
  for (let at = 0; at < sorted.length; at += AT_ONCE)
    yield sorted
      .slice(at, at + AT_ONCE)
      .map(lineOf)
      .join('');
}
