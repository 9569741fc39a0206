/** The endings of picture files: what a name claims, though only the first bytes decide. */
import type { ImageFormat } from './pixels.ts';

const ENDINGS: Readonly<Record<ImageFormat, readonly string[]>> = {
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif'],
  png: ['png', 'apng'],
  gif: ['gif'],
  webp: ['webp'],
  avif: ['avif'],
  heic: ['heic', 'heif', 'hif'],
  tiff: ['tif', 'tiff'],
  bmp: ['bmp', 'dib'],
  svg: ['svg'],
};

const ALL = new Set(Object.values(ENDINGS).flat());

/** What names of files in a format end with, without the dot. */
export const endingOf = (format: ImageFormat): string => ENDINGS[format][0]!;

/** Whether a file is called like a picture in a format that Figleaf reads. */
export function isCalledPicture(name: string): boolean {
  const file = name.split(/[\\/]/).at(-1)!;
  const ending = /\.([^.]+)$/.exec(file)?.[1] ?? '';
  // macOS keeps its own notes on `a.jpg` in `._a.jpg` on disks that have no other place for them.
  return !file.startsWith('._') && ALL.has(ending.toLowerCase());
}
