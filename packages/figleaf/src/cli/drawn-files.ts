/** The files of drawn pictures, `--annotate` and heat maps: in which format each is written, by its ending, and writing them. */
import { extname } from 'node:path';
import type { CensoredFormat } from '../censor/censor.ts';
import { encode } from '../censor/encode.node.ts';
import { FigleafError } from '../errors.ts';
import { unwritable } from '../files/beside.node.ts';
import { checkRoom, writeNewFile } from '../files/new-file.node.ts';
import { tryBeside } from '../files/whole-file.node.ts';
import type { Pixels } from '../image/pixels.ts';
import { toPath } from '../scan/input/names.node.ts';

const FORMATS: Readonly<Record<string, CensoredFormat>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
};

/** The format that the ending names; undefined where none can be written by it. */
export function drawnFormat(path: string): CensoredFormat | undefined {
  return FORMATS[extname(path).toLowerCase()];
}

/**
 * The format of a file that was named for a picture.
 *
 * @throws {FigleafError} `option-invalid`, naming the endings that can be written.
 */
export function checkDrawnFormat(path: string): CensoredFormat {
  const format = drawnFormat(path);
  if (format) return format;
  const endings = Object.keys(FORMATS).join(', ');
  throw new FigleafError(
    'option-invalid',
    `'${path}' does not end in a format that can be written; give a file that ends in one of: ${endings}`,
  );
}

/**
 * Finds out before anything is drawn whether it can be written.
 *
 * @param original The picture that is drawn on, which must not be replaced; null for none.
 * @throws {FigleafError} `option-invalid`, `output-exists`, `output-unwritable`.
 */
export async function checkDrawnFile(path: string, original: string | null, force: boolean): Promise<void> {
  checkDrawnFormat(path);
  await checkRoom(toPath(path), original === null ? null : toPath(original), force);
  await tryBeside(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Writes a drawn picture as a new file.
 *
 * @throws {FigleafError} `option-invalid`, `output-exists`, `output-unwritable`.
 */
export async function writeDrawn(path: string, pixels: Pixels, force: boolean): Promise<void> {
  const file = await encode([{ ...pixels, channels: 3 }], { format: checkDrawnFormat(path), quality: null });
  await writeNewFile(toPath(path), file, force);
}
