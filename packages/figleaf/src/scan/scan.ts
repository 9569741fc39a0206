/** The scan: many inputs in, a stream of records out; a bad input is a record, never an end. */
import { checkClassifyOptions } from '../classify/classifier.ts';
import { mapInOrder } from '../concurrency.ts';
import { FigleafError } from '../errors.ts';
import type { ImageInput } from '../image/input.ts';
import { createModerator, type ModerateOptions, type Moderator, type ModeratorOptions } from './moderator.ts';
import { nameOf, type ScanRecord, toErrorRecord } from './record.ts';

/** Something to judge under a name of its own: an input, or what is wrong with it already. */
export type ScanItem = {
  /** What the record calls it. */
  readonly name: string;
} & ({ readonly input: ImageInput } | { readonly problem: FigleafError });

/** How to judge each input of a scan. */
export interface JudgeOptions extends Omit<ModerateOptions, 'name'> {
  /** Longer side in pixels of a small WebP of the first frame to make of each picture. Default: none is made. */
  readonly thumbnail?: number | undefined;
  /**
   * Receives the small WebP of each picture for which `thumbnail` asks, just before its record. There is none of pictures that
   * could not be judged, and never one of those on a block list.
   */
  readonly onThumbnail?: (record: ScanRecord, webp: Uint8Array) => void;
}

/**
 * How to scan: with a moderator that is there already and stays open, or with the options of {@link createModerator} for one that
 * is closed at the end.
 */
export type ScanOptions = JudgeOptions &
  ({ readonly moderator: Moderator } | (ModeratorOptions & { readonly moderator?: never }));

/** How many items are under way at once for each worker; most only hold a place in the queue until one is free. */
const AHEAD = 16;

/**
 * Judges inputs as they come; records appear in their order. The inputs may be endless: they are taken only as fast as the
 * records are. One that cannot be judged is a record with `error`, whose verdict is null. A `break` ends the scan in good order.
 *
 * @param inputs Whatever {@link Classifier.classify} takes, or such with a name. A record is named by the path, URL or file
 * name of its input, else by its place: `inputs[0]`, `inputs[1]`, ...
 * @throws {FigleafError} What {@link createModerator} throws; `disposed` when the moderator is.
 * @throws The signal's reason when aborted, and whatever `inputs` throws.
 * @example
 * ```ts
 * for await (const { input, verdict, reason, error } of scan(['a.jpg', 'b.png'], { profile: 'fast' })) {
 *   console.log(input, verdict ?? error?.code, reason);
 * }
 * ```
 */
export async function* scan(
  inputs: Iterable<ImageInput | ScanItem> | AsyncIterable<ImageInput | ScanItem>,
  options: ScanOptions = {},
): AsyncGenerator<ScanRecord, void, undefined> {
  checkInputs(inputs);
  checkClassifyOptions(options);
  if (options.moderator) {
    yield* recordsOf(inputs, options.moderator, options);
  } else {
    await using moderator = await createModerator(options);
    yield* recordsOf(inputs, moderator, options);
  }
}

/** A text could be iterated over, letter by letter; callers without a compiler may give anything. */
function checkInputs(inputs: unknown): void {
  if (typeof inputs === 'string') {
    throw new FigleafError('option-invalid', `'${inputs}' is one input; give a list of them: ['${inputs}']`);
  }
  const isList = (value: object): boolean => Symbol.iterator in value || Symbol.asyncIterator in value;
  if (typeof inputs === 'object' && inputs !== null && isList(inputs)) return;
  throw new FigleafError('option-invalid', 'the inputs are no list; give an array or another iterable');
}

function recordsOf(
  inputs: Iterable<ImageInput | ScanItem> | AsyncIterable<ImageInput | ScanItem>,
  moderator: Moderator,
  options: JudgeOptions,
): AsyncGenerator<ScanRecord, void, undefined> {
  moderator.checkOptions(options);
  let count = 0;
  return mapInOrder(
    inputs,
    AHEAD * moderator.classifier.workers,
    (input) => recordOf(asItem(input, count++), moderator, options),
    options.signal,
  );
}

function asItem(input: ImageInput | ScanItem, index: number): ScanItem {
  if (isItem(input)) return input;
  return { name: nameOf(input) ?? `inputs[${index}]`, input };
}

function isItem(input: unknown): input is ScanItem {
  return typeof input === 'object' && input !== null && ('input' in input || 'problem' in input);
}

async function recordOf(
  item: ScanItem,
  moderator: Moderator,
  { onThumbnail, ...options }: JudgeOptions,
): Promise<ScanRecord> {
  if ('problem' in item) return toErrorRecord(item.name, item.problem);
  try {
    const { record, thumbnail } = await moderator.judge(item.input, { ...options, name: item.name });
    if (thumbnail) onThumbnail?.(record, thumbnail);
    return record;
  } catch (error) {
    if (error instanceof FigleafError && error.code !== 'disposed') return toErrorRecord(item.name, error);
    throw error;
  }
}
