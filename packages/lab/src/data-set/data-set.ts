/** What a data set is: pictures, their classes, and what each is for. */
import { FigleafError, type FigleafErrorCode } from 'figleaf';

/** What a picture is for. */
export type Part = 'train' | 'validation' | 'test';

/** One picture. */
export interface Sample {
  /** Path of the file. */
  readonly path: string;
  /** Its name in the manifest: the path from the folder of the data, with `/`. */
  readonly name: string;
  /** Places of its classes in {@link DataSet.classes}, rising: one, or any number where the data set is multi-label. */
  readonly labels: readonly number[];
  readonly part: Part;
  /** SHA-256 of the file that it was made of, lower-case hex, where the data tell. */
  readonly originalSha256?: string;
}

/** Pictures and their classes. */
export interface DataSet {
  /** Names of the classes, lower case, sorted. */
  readonly classes: readonly string[];
  /** Whether a picture may be of several classes, or of none. */
  readonly multiLabel: boolean;
  readonly samples: readonly Sample[];
  /** What could not be looked at when pictures were searched. Default nothing. */
  readonly unread?: readonly Unread[];
}

/** A place in the folder of the data that pictures are expected in and none were looked for. */
export interface Unread {
  /** Its path from the folder of the data, with `/`. */
  readonly name: string;
  readonly code: FigleafErrorCode;
  readonly message: string;
}

/** How pictures are parted of which it is not said what they are for. */
export interface SplitOptions {
  /** A whole number; the same gives the same parts. */
  readonly seed: number;
  /** Share of all pictures that the test gets, where none is said to be for it: 0 to below 1. Default 0.2. */
  readonly testShare?: number;
  /** Share of the rest that validation gets, where none is said to be for it: 0 to below 1. Default 0.1. */
  readonly validationShare?: number;
}

/** Pictures that cannot be trained with. */
export function invalid(message: string): FigleafError {
  return new FigleafError('data-set-invalid', message);
}
