/** Sources of pictures: which can be used together, and what lies in them. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { FigleafError } from 'figleaf';
import { liesIn, realPath } from 'figleaf/commands';
import { byName } from '../by-name.ts';
import { findInManifest } from '../data-set/manifest.ts';
import { listFolder } from './folder.ts';
import type { Listed, Listing, ListOptions } from './listing.ts';
import type { PrepareSource } from './options.ts';

/** Whether a source is a manifest, and not a folder. */
export const isManifest = ({ path }: PrepareSource): boolean => /\.jsonl$/i.test(path);

/** The folder that names in a source begin at. */
export function folderOf(source: PrepareSource): string {
  return resolve(isManifest(source) ? dirname(source.path) : source.path);
}

/** Path of a picture by its name in a source. */
export function pathIn(folder: string, name: string): string {
  return isAbsolute(name) ? name : join(folder, name);
}

/**
 * Holds sources against each other and against the folder for the result.
 *
 * @throws {FigleafError} `option-invalid`.
 */
export async function checkSources(sources: readonly PrepareSource[], out: string): Promise<void> {
  if (sources.length === 0) throw refused('no source is given: --source NAME=FOLDER');
  const names = new Map<string, string>();
  for (const { name } of sources) {
    if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name))
      throw refused(`'${name}' cannot name a source: take letters, digits, '.', '_' and '-'`);
    const before = names.get(name.toLowerCase());
    if (before !== undefined) throw refused(sameName(before, name));
    names.set(name.toLowerCase(), name);
  }
  const real = await Promise.all(
    sources.map(async (source) => ({ source, path: await realPath(source.path) })),
  );
  for (const [index, one] of real.entries()) {
    for (const other of real.slice(index + 1)) checkApart(one, other);
  }
  const outAt = await realPath(out);
  for (const { source, path } of real) {
    if (path === outAt || liesIn(path, outAt) || liesIn(outAt, path)) {
      throw refused(
        `the source '${source.name}' and the result lie one in the other ('${source.path}', '${out}'): give --out another folder`,
      );
    }
  }
}

function sameName(one: string, other: string): string {
  const names = one === other ? `'${one}'` : `'${one}' and '${other}', and case does not count`;
  return `two sources are called ${names}: give each a name of its own`;
}

interface RealSource {
  readonly source: PrepareSource;
  readonly path: string;
}

function checkApart(one: RealSource, other: RealSource): void {
  const [inner, outer] = liesIn(one.path, other.path) ? [one, other] : [other, one];
  if (inner.path === outer.path)
    throw refused(`the sources '${one.source.name}' and '${other.source.name}' are the same`);
  if (liesIn(inner.path, outer.path) && !isManifest(inner.source))
    throw refused(
      `the source '${inner.source.name}' lies in the source '${outer.source.name}': leave one out`,
    );
}

const refused = (message: string): FigleafError => new FigleafError('option-invalid', message);

/**
 * Lists the pictures of a source, by their names.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable`; `data-set-invalid` where there are none; `manifest-invalid`.
 */
export async function listSource(
  source: PrepareSource,
  index: number,
  options: ListOptions,
): Promise<Listing> {
  const listing = isManifest(source)
    ? await listManifest(source, index)
    : await listFolder(source, index, options);
  if (listing.pictures.length === 0) {
    throw new FigleafError(
      'data-set-invalid',
      [`there are no pictures in the source '${source.name}' ('${source.path}')`, ...listing.warnings].join(
        '; ',
      ),
    );
  }
  return listing;
}

async function listManifest(source: PrepareSource, index: number): Promise<Listing> {
  const lines = await findInManifest(source.path);
  const pictures = lines.map(({ name, classNames, isMultiLabel, part, group }): Listed => {
    if (isMultiLabel) {
      throw new FigleafError(
        'manifest-invalid',
        `'${name}' in '${source.path}' has a list of classes: pictures are sorted into folders by class, so give each one 'class'`,
      );
    }
    return { source: index, name, className: classNames[0]!, part, group };
  });
  return { pictures: pictures.sort(byName), broken: [], passedOver: 0, warnings: [] };
}
