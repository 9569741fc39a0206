/** What files in the result are called. */
import { createHash } from 'node:crypto';
import { cutToBytes } from '../cut-to-bytes.ts';
import type { Part } from '../data-set/data-set.ts';
import type { PrepareSource } from './options.ts';
import type { Wanted } from './targets.ts';

/** Characters of a file's name that are taken. */
const LONGEST = 100;

/** Bytes of a name without its ending. Most disks take 255 for all of it, and what tells it from others is yet to come. */
const MOST_BYTES = 200;

/**
 * Names by the pictures' places: `PART/CLASS/SOURCE-FILE.jpg`. Names that some disks could not tell from each other end in something of
 * the original's path.
 */
export function nameAll(
  kept: readonly number[],
  parts: ReadonlyMap<number, Part>,
  pictures: readonly Wanted[],
  sources: readonly PrepareSource[],
): ReadonlyMap<number, string> {
  const taken = new Set<string>();
  const names = new Map<number, string>();
  for (const place of kept) {
    const { source, name, target } = pictures[place]!;
    const folder = `${parts.get(place)}/${target}`;
    const stem = shortened(`${sources[source]!.name}-${stemOf(name)}`);
    let full = `${folder}/${stem}.jpg`;
    if (taken.has(keyOf(full))) {
      const own = createHash('sha256').update(`${sources[source]!.name}/${name}`).digest('hex');
      full = `${folder}/${stem}-${own.slice(0, 16)}.jpg`;
    }
    taken.add(keyOf(full));
    names.set(place, full);
  }
  return names;
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/** A file's name without its ending and without what some disks do not take. */
function stemOf(name: string): string {
  const file = name.slice(name.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const clean = file
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .trim();
  return withoutEnd([...clean].slice(0, LONGEST).join('')) || 'picture';
}

function shortened(stem: string): string {
  const cut = cutToBytes(stem, MOST_BYTES);
  return cut === stem ? stem : withoutEnd(cut);
}

/** Some disks take no name that ends so. */
const withoutEnd = (name: string): string => name.replace(/[. ]+$/, '');
