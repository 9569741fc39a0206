/** What is in a data set: how many pictures of each class, how large they are, in which formats, and which cannot be read. */
import { extname } from 'node:path';
import { type CallOptions, createPool, type FigleafErrorCode, type Pool } from 'figleaf';
import { byName } from '../by-name.ts';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import { invalid, type Part } from './data-set.ts';
import { findInFolders, type InFolders, toUnread } from './folders.ts';
import { findInManifest } from './manifest.ts';
import type { Found } from './parts.ts';
import { refuseTruncated } from './refuse-truncated.ts';

/** How to look. */
export interface StatsOptions extends CallOptions {
  /** Worker threads, 1 to 256. Default: one per core, fewer where memory is short. */
  readonly workers?: number | undefined;
  /** Called after each picture. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** How many pictures there are of a class of a source. */
export interface ClassStats {
  /** Null where the data do not tell. */
  readonly source: string | null;
  readonly class: string;
  readonly pictures: number;
  readonly broken: number;
  /** By what they are for; `unsaid` where the data do not say. */
  readonly parts: Readonly<Record<Part | 'unsaid', number>>;
}

/** The smallest, the one in the middle, and the largest. */
export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** What was found. Of sizes, formats and quality those count that can be read. */
export interface DataStats {
  readonly pictures: number;
  readonly classes: readonly ClassStats[];
  /** How many are in each format, the most first. */
  readonly formats: Readonly<Record<string, number>>;
  /** In pixels, upright; null where none can be read. */
  readonly width: Spread | null;
  readonly height: Spread | null;
  /** How many are higher than wide, as wide, and wider; within 2 % counts as the same. */
  readonly shapes: { readonly upright: number; readonly square: number; readonly wide: number };
  /** PDQ quality, 0 to 100. */
  readonly quality: Spread | null;
  /** How many have a quality below 50: too little is in them to tell duplicates by their looks. */
  readonly plain: number;
  /** Files in folders that are no pictures, videos among them; what a manifest names is to be one. */
  readonly passedOver: number;
  /** Files, and places that could not be looked at, which are in no class. */
  readonly broken: readonly {
    readonly name: string;
    readonly code: FigleafErrorCode;
    readonly message: string;
  }[];
}

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly quality: number;
}

const LEAST_QUALITY = 50;

/**
 * The pictures of a folder or of a manifest (`*.jsonl`), as {@link findInFolders} and {@link findInManifest} find them. Those of a folder
 * without folders are of a class that is called like it.
 *
 * @throws {FigleafError} Those of both, and `data-set-invalid` where there is no picture.
 */
export async function findPictures(path: string): Promise<InFolders> {
  const all = await findAll(path);
  if (all.found.length > 0) return all;
  const why = all.unread.map(({ message }) => `; ${message}`)[0] ?? '';
  throw invalid(
    `there are no pictures in '${path}'${why}: give a folder of pictures, one with a folder of pictures for each class, or a manifest *.jsonl`,
  );
}

async function findAll(path: string): Promise<InFolders> {
  if (extname(path).toLowerCase() !== '.jsonl') return findInFolders(path, { takesFlat: true });
  return { found: await findInManifest(path), unread: [], passedOver: 0 };
}

/**
 * Looks at every picture of a data set.
 *
 * @param path A folder with a folder for each class (and above these one for each part, if there are parts), a folder of pictures, which are of a
 * class called like it, or a manifest `*.jsonl`.
 * @throws {FigleafError} Those of {@link readFolders} and {@link readManifest} for what cannot be found, and `data-set-invalid` where there
 * is no picture. A picture that cannot be read is
 * listed as broken, and so is a link that leads back, or a folder in a class that cannot be read.
 *
 * @example
 * ```ts
 * const { pictures, width, broken } = await dataStats('clothes');
 * console.log(pictures, width?.median, broken.length);
 * ```
 */
export async function dataStats(
  path: string,
  { workers, signal, onProgress }: StatsOptions = {},
): Promise<DataStats> {
  const { found, unread, passedOver } = await findPictures(path);
  await using pool = await createPool({ workers, signal });
  const seen = new Map<Found, Seen>();
  const broken: DataStats['broken'][number][] = unread.map(toUnread);
  let done = 0;
  await eachAtOnce(found, pool.workers * 3, async (picture) => {
    signal?.throwIfAborted();
    try {
      seen.set(picture, await lookAt(picture, pool, signal));
    } catch (error) {
      if (!isOwnFault(error)) throw error;
      broken.push({ name: picture.name, code: error.code, message: error.message });
    }
    onProgress?.(++done, found.length);
  });
  return { ...summarise(found, seen, broken), passedOver };
}

async function lookAt({ path }: Found, pool: Pool, signal: AbortSignal | undefined): Promise<Seen> {
  // What it is made smaller to is thrown away.
  const { image, hashes } = await pool.reduce(path, { maxHeight: 1, signal });
  refuseTruncated(image);
  return { width: image.width, height: image.height, format: image.format, quality: hashes[0]!.quality };
}

function summarise(
  found: readonly Found[],
  seen: ReadonlyMap<Found, Seen>,
  broken: readonly DataStats['broken'][number][],
): Omit<DataStats, 'passedOver'> {
  const looks = [...seen.values()];
  const countOf = (is: (look: Seen) => boolean): number => looks.filter(is).length;
  const formats = new Map<string, number>();
  for (const { format } of looks) formats.set(format, (formats.get(format) ?? 0) + 1);
  const square = ({ width, height }: Seen): boolean =>
    Math.abs(width - height) <= 0.02 * Math.max(width, height);
  return {
    pictures: found.length,
    classes: byClass(found, seen),
    formats: Object.fromEntries([...formats].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))),
    width: rangeOf(looks.map(({ width }) => width)),
    height: rangeOf(looks.map(({ height }) => height)),
    shapes: {
      upright: countOf((look) => !square(look) && look.height > look.width),
      square: countOf(square),
      wide: countOf((look) => !square(look) && look.width > look.height),
    },
    quality: rangeOf(looks.map(({ quality }) => quality)),
    plain: countOf(({ quality }) => quality < LEAST_QUALITY),
    broken: broken.toSorted(byName),
  };
}

/** A picture of several classes counts in each. */
function byClass(found: readonly Found[], seen: ReadonlyMap<Found, Seen>): ClassStats[] {
  const groups = new Map<string, { source: string | null; name: string; pictures: Found[] }>();
  for (const picture of found) {
    const { source, classNames } = picture;
    for (const name of classNames) {
      const key = JSON.stringify([source, name]);
      const group = groups.get(key);
      if (group) group.pictures.push(picture);
      else groups.set(key, { source, name, pictures: [picture] });
    }
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { source, name, pictures }]) => {
      const inPart = (part: Part | null): number =>
        pictures.filter((picture) => picture.part === part).length;
      return {
        source,
        class: name,
        pictures: pictures.length,
        broken: pictures.filter((picture) => !seen.has(picture)).length,
        parts: {
          train: inPart('train'),
          validation: inPart('validation'),
          test: inPart('test'),
          unsaid: inPart(null),
        },
      };
    });
}

function rangeOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! };
}
