/** A source that is a folder: with a folder for each class, with such folders below `train` and the like, or with neither. */
import { relative, sep } from 'node:path';
import { FigleafError } from 'figleaf';
import { findFiles, formatOf, openAtOnce, toPath } from 'figleaf/commands';
import { LEADS_BACK, layoutOf } from '../data-set/class-folders.ts';
import { PICTURE } from '../data-set/part-folders.ts';
import { byName, type Listed, type Listing, type ListOptions } from './listing.ts';
import type { BrokenLine, PrepareSource } from './options.ts';

/**
 * Lists a folder. Files below a folder of a class are of that class, however deep; in a folder without folders they are of a class that is
 * called like the source. What is hidden is left out. Links to folders count only right where classes are, and not where they lead back.
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
  let passedOver = 0;
  const nameOf = (path: string): string => relative(root, path).split(sep).join('/');
  const isHidden = (path: string): boolean => /(^|\/)\./.test(nameOf(path));
  const { folders, loops, isFlat, besides } = await layoutOf(root);
  for (const { path } of loops)
    broken.push({ source: sourceName, path: nameOf(path), code: 'input-unreadable', message: LEADS_BACK });
  const all = isFlat ? [{ path: root, className: sourceName.toLowerCase(), part: null }] : folders;
  for (const { path: folder, className, part } of all) {
    let isEmpty = true;
    const onSkip = (path: string): void => {
      if (!isHidden(path)) passedOver++;
    };
    for await (const file of findFiles([folder], { onSkip })) {
      signal?.throwIfAborted();
      if ('problem' in file && file.name === folder && file.problem?.code === 'input-not-found') continue;
      if (isHidden(file.name)) continue;
      if (await isVideo(file.name)) {
        passedOver++;
        continue;
      }
      isEmpty = false;
      onFile();
      const name = nameOf(file.name);
      if ('problem' in file && file.problem) {
        const { code, message } = file.problem;
        broken.push({ source: sourceName, path: name, code, message });
      } else pictures.push({ source, name, className, part: keepParts ? part : null, group: null });
    }
    if (isEmpty && !isFlat)
      warnings.push(`the class folder '${nameOf(folder)}' of '${sourceName}' has no pictures`);
  }
  if (!isFlat && besides.length > 0) warnings.push(besidesWarning(besides.map(nameOf), sourceName));
  return { pictures: pictures.sort(byName), broken, passedOver, warnings };
}

/** Enough of a file to tell what it is. */
const HEAD_BYTES = 512;

/** Of what is called a picture it turns out when it is decoded, and is told then: it was to be one. */
async function isVideo(name: string): Promise<boolean> {
  if (PICTURE.test(name)) return false;
  try {
    await using file = await openAtOnce(toPath(name));
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    formatOf(buffer.subarray(0, bytesRead));
    return false;
  } catch (error) {
    return error instanceof FigleafError && error.code === 'video-unsupported';
  }
}

function besidesWarning([first, ...more]: readonly string[], sourceName: string): string {
  const what = more.length === 0 ? `'${first}'` : `'${first}' and ${more.length} more`;
  const verb = more.length === 0 ? 'lies' : 'lie';
  return `${what} of '${sourceName}' ${verb} beside the class folders, in none of them: left out`;
}
