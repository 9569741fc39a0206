/** How severe a record is: what became of it first, then how unsafe it looks. */
import { BLOCK_LIST_RULE } from '../record.ts';
import type { ScanRecord } from '../schema.ts';

/** What became of an input, the most severe first. `unjudged` is a record without verdict or error. */
export const OUTCOMES = ['block', 'review', 'error', 'unjudged', 'allow'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** The verdict, or why there is none. */
export function outcomeOf({ verdict, error }: ScanRecord): Outcome {
  return verdict ?? (error ? 'error' : 'unjudged');
}

/** Whether the picture is known to a block list: it is never shown, not even blurred. */
export function isBlockListed({ reason }: ScanRecord): boolean {
  return reason?.rule === BLOCK_LIST_RULE;
}

/**
 * How unsafe the picture looks to whoever is surest, 0 to 1: the classifier, or the detector of an explicit part. Null where nobody
 * said anything.
 */
export function unsafeOf({ scores, detections = [] }: ScanRecord): number | null {
  let most = scores ? scores.unsafe : null;
  for (const { category, score } of detections) {
    if (category === 'unsafe') most = Math.max(score, most ?? 0);
  }
  return most;
}

/** A number that is larger for the more severe of two records. */
export function severityOf(record: ScanRecord): number {
  const rank = OUTCOMES.length - OUTCOMES.indexOf(outcomeOf(record));
  // Scores are 0 to 1, so even the highest stays below the next rank.
  return 2 * rank + (unsafeOf(record) ?? record.reason?.score ?? 0);
}
