/** A source that is a folder: with a folder for each class, with such folders below `train` and the like, or with neither. */
import { byName } from '../by-name.ts';
import { filesOfClass, nameWithin } from '../data-set/class-files.ts';
import { LEADS_BACK, layoutOf } from '../data-set/class-folders.ts';
import type { Listed, Listing, ListOptions } from './listing.ts';
import type { BrokenLine, PrepareSource } from './options.ts';

/**
 * Lists a folder. Files below a folder of a class are of that class, however deep; in a folder without folders they are of a class that is
 * called like the source. What is hidden is left out. Links to folders count only right where classes are, and not where they lead back;
 * a warning names those deeper down.
 *
 * @throws {FigleafError} `input-not-found`, `input-unreadable` for the folder itself.
 */
export async function listFolder(
  { name: sourceName, path: root }: PrepareSource,
  source: number,
  { keepParts, onFile, signal }: ListOptions,
): Promise<Listing> {
  const pictures: Listed[] = [];
  const broken: BrokenLine[] = [];
  const warnings: string[] = [];
  const links: string[] = [];
  let passedOver = 0;
  const onPassedOver = (): void => {
    passedOver++;
  };
  const onFolderLink = (path: string): void => {
    links.push(nameOf(path));
  };
  const nameOf = (path: string): string => nameWithin(root, path);
  const { folders, loops, isFlat, besides } = await layoutOf(root);
  for (const { path } of loops)
    broken.push({ source: sourceName, path: nameOf(path), code: 'input-unreadable', message: LEADS_BACK });
  const all = isFlat ? [{ path: root, className: sourceName.toLowerCase(), part: null }] : folders;
  for (const { path: folder, className, part } of all) {
    let isEmpty = true;
    for await (const { name: path, problem } of filesOfClass(folder, { onPassedOver, onFolderLink })) {
      signal?.throwIfAborted();
      isEmpty = false;
      onFile();
      const name = nameOf(path);
      if (problem)
        broken.push({ source: sourceName, path: name, code: problem.code, message: problem.message });
      else pictures.push({ source, name, className, part: keepParts ? part : null, group: null });
    }
    if (isEmpty && !isFlat)
      warnings.push(`the class folder '${nameOf(folder)}' of '${sourceName}' has no pictures`);
  }
  if (!isFlat && besides.length > 0) warnings.push(besidesWarning(besides.map(nameOf), sourceName));
  if (links.length > 0) warnings.push(linksWarning(links, sourceName));
  return { pictures: pictures.sort(byName), broken, passedOver, warnings };
}

/** The first, and how many more. */
const someOf = ([first, ...more]: readonly string[]): string =>
  more.length === 0 ? `'${first}'` : `'${first}' and ${more.length} more`;

function linksWarning(links: readonly string[], sourceName: string): string {
  const verb = links.length === 1 ? 'is a link to a folder' : 'are links to folders';
  return `${someOf(links)} of '${sourceName}' ${verb}, not followed within a class: what is behind is left out`;
}

function besidesWarning(names: readonly string[], sourceName: string): string {
  const verb = names.length === 1 ? 'lies' : 'lie';
  return `${someOf(names)} of '${sourceName}' ${verb} beside the class folders, in none of them: left out`;
}
