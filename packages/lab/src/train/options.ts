/** What a training is told, what it says on the way, and what comes out. */
import type { Category } from '@figleaf/onnx/metadata';
import type {
  L2Options,
  Loss,
  NamePattern,
  PlateauOptions,
  Schedule,
  Transformation,
} from '@figleaf/onnx/nn';
import type { Augmentation } from '../augment/operation.ts';
import type { AugmentationName } from '../augment/presets.ts';
import type { DataSet, Part } from '../data-set/data-set.ts';
import type { EpochRecord } from './metrics.ts';
import type { ModelDesign } from './models.ts';
import type { Skipped } from './pictures.ts';
import type { Measured } from './trainer.ts';

/** What is going on. */
export interface TrainProgress {
  /** Reading all pictures, and decoding those that no run before has; computing frozen features; learning; measuring. */
  readonly phase: 'reading' | 'features' | 'training' | 'validation' | 'test';
  /** Pictures done in this phase, in training those of the epoch. */
  readonly done: number;
  /** Pictures of this phase. */
  readonly total: number;
  /** From 1; 0 before training. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of the last step, while training. */
  readonly loss?: number;
  /** While training; without what an earlier run did. */
  readonly imagesPerSecond?: number;
}

/** What to train, on what, and how. */
export interface TrainOptions {
  /** A folder as {@link readFolders} takes it, a file `*.jsonl` as {@link readManifest} does, or what those give. */
  readonly data: string | DataSet;
  /** As {@link openModel} takes it: `xception`, `mobilenet-v2`, `small-cnn`, an id, an ONNX file. */
  readonly model: string | ModelDesign;
  /** Folder of the run; made if it is not there. */
  readonly out: string;
  readonly epochs: number;
  /** Pictures a step. Default 32. */
  readonly batchSize?: number;
  /** Width and height of the input in pixels; default the model's. */
  readonly size?: number;
  /** Share of the features that is dropped before the logits; default the model's. */
  readonly dropout?: number;
  /** Default SGD with momentum 0.9. */
  readonly optimiser?: Transformation;
  /** The learning rate by the epoch, from 0, with the share of it that is done: 2.5 is the middle of the third. Default always 0.01. */
  readonly schedule?: Schedule;
  /** Lowers the schedule's rate further where the validation loss stops falling, down to `minRate`. Default not. */
  readonly plateau?: PlateauOptions;
  /** Default softmax cross-entropy; sigmoid cross-entropy where a picture may be of several classes. */
  readonly loss?: Loss;
  /** How far the default loss smooths its answers, 0 to below 1. Default 0. */
  readonly labelSmoothing?: number;
  /**
   * What is done to pictures each time that they are learned from, in the model's size; an augmentation or the name of one. It follows from the seed, the
   * epoch and the picture's name. Frozen layers are then computed in each step, since no picture is the same twice. Default nothing.
   */
  readonly augment?: AugmentationName | Augmentation;
  /** Weight decay as part of the loss. Default none. */
  readonly l2?: L2Options;
  /**
   * Parameters that do not learn. What the frozen layers before those that learn give for a picture is computed once and kept beside
   * `out`, for other runs too. Default none.
   */
  readonly frozen?: readonly NamePattern[];
  /**
   * What the learning rate is multiplied with, by the names of parameters: at least 0. Of patterns that fit the last decides. Default 1
   * for all.
   */
  readonly rateFactors?: Readonly<Record<NamePattern, number>>;
  /** Ends after so many epochs without a better one, see {@link TrainResult.bestEpoch}. Default never. */
  readonly patience?: number;
  /** A whole number that everything random follows from. Default 1. */
  readonly seed?: number;
  /** Share of the pictures for the test, where no folder has them. Default 0.2. */
  readonly testShare?: number;
  /** Share of the rest for validation, where no folder has them. Default 0.1. */
  readonly validationShare?: number;
  /** Family of classes, for the scores of `figleaf classify`. Classes called `safe`, `suggestive` or `unsafe` are theirs. */
  readonly taxonomy?: Readonly<Record<string, Category>>;
  /** Goes on where the run in `out` stopped; begins where there is none. Default false. */
  readonly resume?: boolean;
  /** Seconds after which a checkpoint is written within an epoch. Default 300. */
  readonly checkpointSeconds?: number;
  /** Threads that compute. Default one a core. Other numbers give other roundings. */
  readonly threads?: number;
  /** ONNX Runtime's name of what computes. Default `cpu`. */
  readonly provider?: string;
  /** Stops after the step that runs, writes a checkpoint, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called for each picture that is read, and after each step. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called after each epoch; it is waited for. */
  readonly onEpoch?: (epoch: EpochRecord) => void | Promise<void>;
  /** Told once, when the pictures are known. */
  readonly onStart?: (start: TrainStart) => void;
}

/** What is known before the first step. */
export interface TrainStart {
  readonly classes: readonly string[];
  readonly pictures: Readonly<Record<Part, number>>;
  readonly skipped: readonly Skipped[];
  readonly parameters: { readonly all: number; readonly trainable: number };
  /** What became of the frozen layers before those that learn. */
  readonly prefix: PrefixNote;
  /** What is done to pictures that are learned from, all numbers named; null where nothing is. */
  readonly augmentation: Augmentation | null;
  /** Steps that an earlier run has done. */
  readonly resumedAt: number;
  readonly stepsPerEpoch: number;
}

/** What became of frozen layers at the beginning of a model. */
export interface PrefixNote {
  /**
   * `none`: there are no such layers. `computed`: what they give was computed for each picture, and kept. `found`: an earlier run had
   * kept it. `too-large`: it is computed in each step, as it is larger than the pictures, or than 32 GiB. `augmented`: it is computed in
   * each step, as no picture is the same twice.
   */
  readonly state: 'none' | 'computed' | 'found' | 'too-large' | 'augmented';
  /** Size of what they give for all pictures, in bytes; 0 where there are none. */
  readonly bytes: number;
}

/** What came out. */
export interface TrainResult extends TrainStart {
  readonly history: readonly EpochRecord[];
  /** The epoch whose model was kept, from 1: the one with most right answers on validation, of equals the one with the lowest loss; the last without validation. */
  readonly bestEpoch: number;
  /** Of the kept model; null where no picture is for the test. */
  readonly test: Measured | null;
  /** Path of the ONNX file. */
  readonly file: string;
  /** Why `index.html` does not show how the run ended: what kept it from being written. Null where it does. */
  readonly pageError: string | null;
}
