/** The public interface of `@figleaf/lab`: from folders of pictures to a model. */
export { applySteps } from './augment/apply.ts';
export {
  type Augmenter,
  type AugmenterOptions,
  type NamedPicture,
  openAugmenter,
} from './augment/augmenter.ts';
export { type CopyOptions, type CopyResult, writeCopies } from './augment/copies.ts';
export { type DrawKey, drawSteps } from './augment/draw.ts';
export { type CheckedAugmentation, checkAugmentation } from './augment/fields.ts';
export type {
  Augmentation,
  Brightness,
  Chance,
  Colour,
  Contrast,
  Crop,
  Cutout,
  Distort,
  Flip,
  Jpeg,
  Mixup,
  Operation,
  Range,
  Rotate,
  Skew,
  Whole,
  Zoom,
} from './augment/operation.ts';
export { AUGMENTATIONS, type AugmentationName, readAugmentation } from './augment/presets.ts';
export { drawPreview, type PreviewOptions } from './augment/preview.ts';
export type {
  AugmentStep,
  ColourStep,
  FinishStep,
  GeometryStep,
  Shift,
  SkewDirection,
} from './augment/step.ts';
export type { DataSet, Part, Sample, SplitOptions } from './data-set/data-set.ts';
export { readFolders } from './data-set/folders.ts';
export { type LabelMap, readLabelMap } from './data-set/label-map.ts';
export { readManifest } from './data-set/manifest.ts';
export {
  type ClassStats,
  type DataStats,
  dataStats,
  type Range,
  type StatsOptions,
} from './data-set/stats.ts';
export { type Calibrated, type CalibrateOptions, calibrate } from './evaluate/calibrate.ts';
export { evaluate } from './evaluate/evaluate.ts';
export type { DescribedModel, EvaluateOptions, EvaluateProgress } from './evaluate/options.ts';
export type { EvaluationReport } from './evaluate/report.ts';
export type { AddressRule } from './fetch/address.ts';
export { type FetchOptions, type FetchProgress, type FetchSummary, fetchPictures } from './fetch/fetch.ts';
export type { FetchedLine } from './fetch/log.ts';
export { type ListedUrl, readUrlList } from './fetch/url-list.ts';
export type {
  BrokenLine,
  ConflictLine,
  DuplicateLine,
  PictureName,
  PrepareCounts,
  PrepareOptions,
  PrepareProgress,
  PrepareReport,
  PrepareSource,
} from './prepare/options.ts';
export { prepare } from './prepare/prepare.ts';
export {
  drawSheet,
  type SheetOptions,
  type SheetPicture,
  type SheetSection,
} from './sheet/sheet.ts';
export type { EpochRecord } from './train/metrics.ts';
export { type ModelDesign, type ModelRequest, openModel } from './train/models.ts';
export type { PrefixNote, TrainOptions, TrainProgress, TrainResult, TrainStart } from './train/options.ts';
export type { Skipped } from './train/pictures.ts';
export { train } from './train/train.ts';
export type { Measured } from './train/trainer.ts';
