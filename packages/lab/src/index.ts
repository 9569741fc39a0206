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
  Range as DrawnRange,
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
export type { DataSet, Part, Sample, SplitOptions, Unread } from './data-set/data-set.ts';
export { readFolders } from './data-set/folders.ts';
export { type LabelMap, readLabelMap } from './data-set/label-map.ts';
export { readManifest } from './data-set/manifest.ts';
export {
  type ClassStats,
  type DataStats,
  dataStats,
  type Spread,
  type StatsOptions,
} from './data-set/stats.ts';
export { type Calibrated, type CalibrateOptions, calibrate } from './evaluate/calibrate.ts';
export { evaluate } from './evaluate/evaluate.ts';
export type { Unreadable } from './evaluate/judging.ts';
export {
  brierScore,
  calibrationError,
  logLoss,
  type ReliabilityBin,
  reliability,
} from './evaluate/metrics/calibration.ts';
export {
  type ClassFigures,
  type ClassReport,
  type ConfusionMatrix,
  classReport,
  confusionMatrix,
  type Hits,
  hitsOf,
  type MeanFigures,
} from './evaluate/metrics/classes.ts';
export {
  type Areas,
  areasOf,
  type PrecisionRecallPoint,
  precisionRecallCurve,
  type RocPoint,
  rocCurve,
} from './evaluate/metrics/curves.ts';
export { type McNemar, mcNemar } from './evaluate/metrics/mcnemar.ts';
export {
  type Detected,
  type Interval,
  type PrevalencePrecision,
  precisionAt,
  wilson,
} from './evaluate/metrics/proportions.ts';
export { type Counts, type Ranking, rank } from './evaluate/metrics/ranking.ts';
export { type Fitted, fitTemperature } from './evaluate/metrics/temperature.ts';
export {
  figuresAt,
  recommendThreshold,
  type ThresholdFigures,
  type Wish,
} from './evaluate/metrics/thresholds.ts';
export type { DescribedModel, EvaluateOptions, EvaluateProgress } from './evaluate/options.ts';
export type { DataNote } from './evaluate/pictures.ts';
export { type Predictions, readPredictions } from './evaluate/predictions.ts';
export type {
  CalibrationFigures,
  ClassReportEntry,
  Comparison,
  Curves,
  EvaluationReport,
  Mistake,
  ModelReport,
  RecommendedThreshold,
  SourceFigures,
} from './evaluate/report.ts';
export type { AddressRule } from './fetch/address.ts';
export { type FetchOptions, type FetchProgress, type FetchSummary, fetchPictures } from './fetch/fetch.ts';
export { forgetFetched } from './fetch/forget.ts';
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
