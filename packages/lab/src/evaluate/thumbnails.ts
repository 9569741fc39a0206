/** Small pictures for the page: blurred ones hold no more than 8 cells, so that nothing in the file shows what was there. */
import type { Pool } from 'figleaf';
import { eachAtOnce } from '../each-at-once.ts';
import { isOwnFault } from '../own-fault.ts';
import type { Mistake } from './report.ts';

/** Longer side in pixels. */
const BLURRED = 8;
const CLEAR = 208;

/** Mistakes that are shown. */
const MOST = 30;

/** WebP as `data:` URLs, by the pictures' paths. */
export async function thumbnailsOf(
  mistakes: readonly Mistake[],
  isBlurred: boolean,
  pool: Pool,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const urls = new Map<string, string>();
  await eachAtOnce(mistakes.slice(0, MOST), pool.workers * 2, async ({ path }) => {
    signal?.throwIfAborted();
    try {
      const { thumbnail } = await pool.ask(path, [], {
        thumbnail: isBlurred ? BLURRED : CLEAR,
        frames: 1,
        signal,
      });
      if (thumbnail) urls.set(path, `data:image/webp;base64,${Buffer.from(thumbnail).toString('base64')}`);
    } catch (error) {
      // Predictions may be of pictures that are not here.
      if (!isOwnFault(error)) throw error;
    }
  });
  return urls;
}
