/** What a preparation is told, and what it says of itself. */
import type { BlockList, HashKind, ImageLimits } from 'figleaf';
import type { Part, SplitOptions } from '../data-set/data-set.ts';

/** Where pictures come from. */
export interface PrepareSource {
  /** What tables and files call it: letters, digits, `.`, `_` and `-`. Names that differ only in case are the same. */
  readonly name: string;
  /** A folder, or a manifest (`*.jsonl`). */
  readonly path: string;
  /** Path of a label map for this source alone, in place of {@link PrepareOptions.map}. */
  readonly map?: string;
}

/** What to prepare, and how. */
export interface PrepareOptions extends Partial<SplitOptions> {
  /** At least one. */
  readonly sources: readonly PrepareSource[];
  /** Folder for the result; new, empty, or of an earlier preparation, which is gone on with. */
  readonly out: string;
  /** Path of a label map for all sources; see {@link readLabelMap}. Default: classes are called what they are. */
  readonly map?: string | undefined;
  /** Most pictures to take from a source, drawn by the seed and spread evenly over its classes. Default: all. */
  readonly maxPerSource?: number | undefined;
  /** Most pixels from top to bottom. Lower pictures are not enlarged. Default 320. */
  readonly height?: number | undefined;
  /** Whether a picture that is turned or mirrored is the same. Default false. */
  readonly flips?: boolean | undefined;
  /** Whether folders `train`, `validation` and `test` of a source say what pictures are for. Default false: it is drawn anew. */
  readonly keepParts?: boolean | undefined;
  /** Whether pictures that need no change are hard links to the originals instead of copies. Default false. */
  readonly link?: boolean | undefined;
  /** Pictures that are known: they are neither copied nor named. Default: none. */
  readonly blockList?: BlockList | undefined;
  /** Called for each picture that the block list knows, for whoever may take it away; nothing else names it. */
  readonly onBlockListed?: ((picture: PictureName) => void) | undefined;
  /** Worker threads, 1 to 256. Default: one per core, fewer where memory is short. */
  readonly workers?: number | undefined;
  /** Bounds on what a file may cost; see {@link ImageLimits}. */
  readonly limits?: Partial<ImageLimits> | undefined;
  /** Stops it; run the same again to go on. */
  readonly signal?: AbortSignal | undefined;
  /** Called as it goes on. */
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** How far it is. */
export interface PrepareProgress {
  /** Finding files, looking at each, comparing all, or putting them in their places. */
  readonly phase: 'listing' | 'reading' | 'comparing' | 'placing';
  readonly done: number;
  /** Of how many; 0 while that is not known. */
  readonly total: number;
}

/** A picture as the report names it. */
export interface PictureName {
  /** Name of the source. */
  readonly source: string;
  /** Path from the source's folder, with `/`. */
  readonly path: string;
}

/** A picture that was left out because of one that is there. */
export interface DuplicateLine extends PictureName {
  /** `exact`: the same pixels. `near`: a PDQ hash within 31 bits, of the originals or of both at one size. `part`: of a group of duplicates that the source has in two parts. */
  readonly kind: 'exact' | 'near' | 'part';
  /** In how many bits the nearer PDQ hashes differ; null for `part`. */
  readonly distance: number | null;
  /** What is there in its place. */
  readonly of: PictureName;
}

/** Pictures that are the same, in different classes. All of them were left out. */
export interface ConflictLine {
  readonly pictures: readonly (PictureName & { readonly class: string })[];
}

/** A file that was left out because of itself. */
export interface BrokenLine extends PictureName {
  readonly code: string;
  readonly message: string;
}

/** What became of the pictures of one class of one source. Those that a block list knows are found and taken, and count for nothing else. */
export interface PrepareCounts {
  readonly source: string;
  /** The target class. */
  readonly class: string;
  /** Files that are there. */
  readonly found: number;
  /** Those that were taken, which are fewer only with `maxPerSource`. */
  readonly taken: number;
  /** Pictures alone: folders that cannot be read, and links that lead back, are only in {@link PrepareReport.broken}. */
  readonly broken: number;
  readonly duplicates: number;
  readonly conflicts: number;
  /** What is left, by what it is for. */
  readonly parts: Readonly<Record<Part, number>>;
}

/** What a preparation did. Written as `report.json`; the same for the same pictures and options. */
export interface PrepareReport {
  /** A row for each class of each source. */
  readonly counts: readonly PrepareCounts[];
  /** All that are there now. */
  readonly pictures: Readonly<Record<Part, number>>;
  /** Names of the classes, sorted. */
  readonly classes: readonly string[];
  /** Files in the sources that are no pictures, videos among them. */
  readonly passedOver: number;
  /** Pictures of classes that a label map leaves out. */
  readonly leftOut: number;
  /** What should be looked at, a sentence each. */
  readonly warnings: readonly string[];
  readonly broken: readonly BrokenLine[];
  readonly duplicates: readonly DuplicateLine[];
  readonly conflicts: readonly ConflictLine[];
  /** The entries of the block list that were met, once for each picture; nothing else is said of these. */
  readonly blockListed: readonly { readonly kind: HashKind; readonly hash: string }[];
}
