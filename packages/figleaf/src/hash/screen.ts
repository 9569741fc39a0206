/** Screening: is a picture one that a block list knows? Asked of its bytes first, then of its pixels. */
import { digest } from '#hash/digest';
import { FigleafError } from '../errors.ts';
import type { BlockList, BlockListMatch } from './block-list.ts';
import type { PdqHash } from './pdq.ts';

/**
 * The end of a picture that is on a block list: code `block-listed`. Nothing more is done with it, and the message names it by the
 * entry that it matches alone.
 *
 * @example
 * ```ts
 * try {
 *   await classifier.classify(upload, { blockList });
 * } catch (error) {
 *   if (error instanceof BlockListedError) console.log(error.match.kind, error.match.hash);
 *   else throw error;
 * }
 * ```
 */
export class BlockListedError extends FigleafError {
  /** The entry that the picture matches. */
  readonly match: BlockListMatch;

  /** @internal */
  constructor(match: BlockListMatch) {
    super('block-listed', `on the block list: ${match.kind} ${match.hash}`);
    this.match = match;
  }
}

/** @throws {BlockListedError} Where a digest of the file is listed. */
export async function screenBytes(list: BlockList, bytes: Uint8Array): Promise<void> {
  for (const kind of ['md5', 'sha256'] as const) {
    if (!list.kinds.includes(kind)) continue;
    const match = list.matchDigest(kind, await digest(kind, bytes));
    if (match) throw new BlockListedError(match);
  }
}

/** A listed picture that one of the hashes matches, which are those of every frame in every rotation. */
export function findListed(list: BlockList, frames: readonly (readonly PdqHash[])[]): BlockListMatch | null {
  for (const { hash, quality } of frames.flat()) {
    const match = list.matchPdq(hash, quality);
    if (match) return match;
  }
  return null;
}
