/** The scan: many inputs in, a stream of records out; a bad input is a record, never an end. */
import type { Classifier, ClassifyOptions } from '../classify/classifier.ts';
import { mapInOrder } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import type { ImageInput } from '../image/input.ts';
import { type ScanRecord, toErrorRecord, toRecord } from './record.ts';

/** Something to judge: an input, or what is wrong with it already. */
export type ScanItem = {
  /** What the record calls it. */
  readonly name: string;
} & ({ readonly input: ImageInput } | { readonly problem: FigleafError });

/** How many items are under way at once; each only holds a place in the queue until a worker is free. */
const AHEAD = 32;

/**
 * Judges items as they come; records appear in their order.
 *
 * @throws The signal's reason when aborted; `disposed` when the classifier is.
 * @example
 * ```ts
 * for await (const record of scan(classifier, [{ name: 'cat', input: bytes }])) console.log(record.scores);
 * ```
 */
export function scan(
  classifier: Classifier,
  items: Iterable<ScanItem> | AsyncIterable<ScanItem>,
  options: ClassifyOptions = {},
): AsyncGenerator<ScanRecord, void, undefined> {
  return mapInOrder(items, AHEAD, async (item) => {
    if ('problem' in item) return toErrorRecord(item.name, item.problem);
    try {
      return toRecord(item.name, await classifier.classify(item.input, options));
    } catch (error) {
      if (error instanceof FigleafError && error.code !== 'disposed') return toErrorRecord(item.name, error);
      throw error;
    }
  });
}
