/** What an evaluation is told, and what it says on the way. */

import type { ModelDescription } from 'figleaf';
import type { Part } from '../data-set/data-set.ts';
import type { LabelMap } from '../data-set/label-map.ts';
import type { Wish } from './metrics/thresholds.ts';

/** What is evaluated on what, and what is asked. */
export interface EvaluateOptions {
  /** Folders as `readFolders` takes them, or manifests `*.jsonl`; also of one class alone. At least one. */
  readonly data: readonly string[];
  /**
   * Ids of the catalogue, profiles, ONNX files; or several of these joined by `+`, whose answers are averaged. All models are asked of
   * a picture when it is decoded.
   */
  readonly models?: readonly (string | DescribedModel)[];
  /** Files of scores that others gave, see `readPredictions`. */
  readonly predictions?: readonly string[];
  /**
   * Which pictures. Default: those that folders or manifests say to be for the test, or all where none are. Named, parts that the data
   * do not tell are drawn by the seed, as in a training.
   */
  readonly part?: Part | 'all';
  /** What classes of the data are called here; a file or a map. It has to name all of them. Default: as they are. */
  readonly labels?: string | LabelMap;
  /**
   * The same for classes of the models; those that share a target are added up. Default: as they are; where the data tell safe from
   * unsafe (nude, nsfw), the families of the model's classes.
   */
  readonly modelLabels?: string | LabelMap;
  /** The class that alarms are about. Default: `unsafe`, `nsfw` or `nude`, where there is one of these; else each class in turn. */
  readonly positive?: string;
  /** What a recommended threshold should give. Default: none is recommended. */
  readonly wish?: Wish;
  /** Share of real traffic that is of the class, above 0 and below 1, such as 0.001. Default: nothing is said of it. */
  readonly prevalence?: number;
  /** How often pictures are drawn anew for the intervals, 0 to leave them out. Default 1000, fewer where that would take minutes. */
  readonly resamples?: number;
  /** A whole number; parts and intervals follow from it. Default 1. */
  readonly seed?: number;
  /** Share of the pictures for the test where the data do not tell, as in the training. Default 0.2. */
  readonly testShare?: number;
  /** Share of the rest for validation where the data do not tell, as in the training. Default 0.1. */
  readonly validationShare?: number;
  /** Folder for `report.json` and the page `index.html`; made if it is not there. Default: nothing is written. */
  readonly out?: string;
  /** Whether the page shows pictures blurred to 8 cells. Default true. */
  readonly isBlurred?: boolean;
  /** Threads that compute. Default one a core. */
  readonly workers?: number;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each picture, then after each resample. */
  readonly onProgress?: (progress: EvaluateProgress) => void;
}

/** A model that is run in another way than it says of itself, or says nothing of itself. */
export interface DescribedModel {
  /** What reports and ensembles call it. */
  readonly name: string;
  /** An id of the catalogue, or an ONNX file. */
  readonly model: string;
  /** As `loadClassifier` takes it. */
  readonly description: ModelDescription;
}

/** What is going on. */
export interface EvaluateProgress {
  /** Models judge pictures; pictures are drawn anew. */
  readonly phase: 'judging' | 'resampling';
  /** Pictures or resamples that are done, and all of them. */
  readonly done: number;
  readonly total: number;
}
