/** Which files in the folder of a class are its pictures: one rule for all that read folders. */
import { relative, sep } from 'node:path';
import { FigleafError } from 'figleaf';
import { findFiles, formatOf, openAtOnce, toPath } from 'figleaf/commands';
import { PICTURE } from './part-folders.ts';

/** A picture, or a place that cannot be looked at. */
export interface ClassFile {
  /** Path as `toPath` takes it. */
  readonly name: string;
  /** Why a folder cannot be looked into; null for a picture. */
  readonly problem: FigleafError | null;
}

/** How to look. */
export interface ClassFilesOptions {
  /** Called for each file that is no picture, videos among them. */
  readonly onPassedOver: () => void;
  /** Called for each link to a folder, which is not followed: it may lead anywhere, also round in a circle. */
  readonly onFolderLink?: (name: string) => void;
}

/**
 * What is called a picture or is one by its first bytes, however deep. Of what is called one it turns out when it is decoded. What is hidden
 * is left out, and so are links to folders.
 */
export async function* filesOfClass(
  folder: string,
  { onPassedOver, onFolderLink }: ClassFilesOptions,
): AsyncGenerator<ClassFile, void, undefined> {
  const isHidden = (name: string): boolean =>
    nameWithin(folder, name)
      .split('/')
      .some((part) => part.startsWith('.') && part !== '..');
  const onSkip = (name: string): void => {
    if (!isHidden(name)) onPassedOver();
  };
  const onLink = (name: string): void => {
    if (!isHidden(name)) onFolderLink?.(name);
  };
  for await (const file of findFiles([folder], { onSkip, onFolderLink: onLink })) {
    const problem = ('problem' in file && file.problem) || null;
    const saysThatNothingIsIn = file.name === folder && problem?.code === 'input-not-found';
    if (saysThatNothingIsIn || isHidden(file.name)) continue;
    if (!problem && (await isVideo(file.name))) onPassedOver();
    else yield { name: file.name, problem };
  }
}

/** Path of what is in a folder from there, with `/`. */
export function nameWithin(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
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
