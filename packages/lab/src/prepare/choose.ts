/** Which pictures of a source are taken where not all are. */
import { createHash } from 'node:crypto';
import { byName } from '../by-name.ts';
import type { Listed } from './listing.ts';

/**
 * So many pictures of a source, spread evenly over its classes: where one has too few, the others give more. Whether a picture comes before
 * another follows from the seed and their names alone, so that pictures that are added or taken away change little, and more that are asked for
 * are added to those before.
 *
 * @param listed The pictures of one source.
 * @param most More than `listed` has is all of it.
 * @returns In order of their names.
 */
export function choose<P extends Listed>(listed: readonly P[], most: number, seed: number): readonly P[] {
  if (listed.length <= most) return listed;
  const classes = new Map<string, P[]>();
  for (const picture of listed) {
    const own = classes.get(picture.className);
    if (own) own.push(picture);
    else classes.set(picture.className, [picture]);
  }
  // The smallest first: what it does not use is left for the others.
  const smallestFirst = [...classes].sort(
    ([a, one], [b, other]) => one.length - other.length || (a < b ? -1 : 1),
  );
  const chosen: P[] = [];
  for (const [index, [, pictures]] of smallestFirst.entries()) {
    const share = Math.floor((most - chosen.length) / (smallestFirst.length - index));
    for (const picture of drawn(pictures, seed).slice(0, share)) chosen.push(picture);
  }
  return chosen.sort(byName);
}

function drawn<P extends Listed>(pictures: readonly P[], seed: number): P[] {
  return pictures
    .map((picture) => ({ picture, place: placeOf(picture.name, seed) }))
    .sort((a, b) => a.place - b.place || byName(a.picture, b.picture))
    .map(({ picture }) => picture);
}

function placeOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed}/${name}`).digest().readUIntBE(0, 6);
}
