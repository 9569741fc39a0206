/** What is found in a source of pictures. */
import type { Part } from '../data-set/data-set.ts';
import type { BrokenLine } from './options.ts';

/** A picture in a source. */
export interface Listed {
  /** Place of the source in the list of sources. */
  readonly source: number;
  /** Path from the source's folder, with `/`. */
  readonly name: string;
  /** The source's word for its class, lower case. */
  readonly className: string;
  /** What the source says that it is for; null where it does not, or is not asked. */
  readonly part: Part | null;
  /** What the source says that it belongs with. */
  readonly group: string | null;
}

/** What lies in a source. */
export interface Listing {
  readonly pictures: readonly Listed[];
  readonly broken: readonly BrokenLine[];
  /** Files that are no pictures, videos among them. */
  readonly passedOver: number;
  readonly warnings: readonly string[];
}

/** How to list. */
export interface ListOptions {
  readonly keepParts: boolean;
  /** Called after each file. */
  readonly onFile: () => void;
  readonly signal?: AbortSignal | undefined;
}
