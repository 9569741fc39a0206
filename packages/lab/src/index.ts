/** The public interface of `@figleaf/lab`: from folders of pictures to a model. */
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
export type { EpochRecord } from './train/metrics.ts';
export { type ModelDesign, type ModelRequest, openModel } from './train/models.ts';
export type { PrefixNote, TrainOptions, TrainProgress, TrainResult, TrainStart } from './train/options.ts';
export type { Skipped } from './train/pictures.ts';
export { train } from './train/train.ts';
export type { Measured } from './train/trainer.ts';
