/** Block lists in files. */
import { createReadStream } from 'node:fs';
import { FigleafError, messageOf } from '../errors.ts';
import type { BlockList } from './block-list.ts';
import { parseBlockList } from './parse-block-list.ts';

/**
 * Reads a block list from a file, a piece at a time.
 *
 * @throws {FigleafError} `block-list-invalid`: it cannot be read, or something in it is no hash.
 * @example
 * ```ts
 * const blockList = await readBlockList('known.txt');
 * ```
 */
export async function readBlockList(path: string): Promise<BlockList> {
  try {
    return await parseBlockList(createReadStream(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof FigleafError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? `there is no block list '${path}'`
      : `cannot read the block list '${path}': ${messageOf(error)}`;
    throw new FigleafError('block-list-invalid', why, { cause: error });
  }
}
