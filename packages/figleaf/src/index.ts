/** Figleaf's public face, the same in Node and in the browser. */
export type {
  Calibration,
  Category,
  DetectorHead,
  Letterbox,
  ModelMetadata,
  Preprocessing,
  ResizeMethod,
} from '@figleaf/onnx/metadata';
export { censorFile, censorImage, decodeSticker } from '#censor/censor';
export { digest } from '#hash/digest';
export { importModel, locateModel, pullModel, removeModel, verifyModel } from '#models/store';
export { annotate } from './censor/annotate.ts';
export {
  type Censor,
  type CensoredFormat,
  type CensoredImage,
  type CensorFileOptions,
  type CensorLoss,
  type CensorOptions,
  censoredFormat,
  type FrameDetections,
} from './censor/censor.ts';
export { type CoverOptions, cover, type Region } from './censor/cover.ts';
export { drawHeat } from './censor/heat.ts';
export type { CoverLook, CoverShape, CoverStyle, Sticker } from './censor/look.ts';
export { chooseRegions, type LabelRule, type RegionOptions } from './censor/regions.ts';
export {
  type Classification,
  type Classifier,
  type ClassifyOptions,
  type ClassifyOutcome,
  classifyTogether,
  type LoadOptions,
  loadClassifier,
} from './classify/classifier.ts';
export type { ModelChoice, ModelDescription } from './classify/model.ts';
export { atTemperature, type ClassProbabilities, type Scores, taxonomyOf } from './classify/scores.ts';
export type { Heat } from './detect/class-map.ts';
export {
  type Detection,
  type DetectionResult,
  type DetectOptions,
  type DetectOutcome,
  type Detector,
  type LoadDetectorOptions,
  loadDetector,
} from './detect/detector.ts';
export {
  type Explainer,
  type ExplainOptions,
  type Explanation,
  type LoadExplainerOptions,
  loadExplainer,
} from './detect/explainer.ts';
export type { DetectorChoice, DetectorDescription } from './detect/model.ts';
export type { DetectionKind } from './detect/taxonomy.ts';
export type { TileGrid } from './detect/tiles.ts';
export { FigleafError, type FigleafErrorCode } from './errors.ts';
export { fromHex, hammingDistance, toHex } from './hash/bits.ts';
export type { BlockList, BlockListMatch, HashKind } from './hash/block-list.ts';
export type { Digester, DigestKind } from './hash/digest.ts';
export { type DistinctHashes, distinctHashes } from './hash/distinct-hashes.ts';
export { findNearPairs, type NearPairOptions, type OnNearPair } from './hash/near-pairs.ts';
export { parseBlockList } from './hash/parse-block-list.ts';
export { type PdqHash, pdq, pdqRotations } from './hash/pdq.ts';
export { BlockListedError } from './hash/screen.ts';
export type { Box } from './image/box.ts';
export { type DecodeImageOptions, decodeImage } from './image/decode.ts';
export type { Size } from './image/dimensions.ts';
export type {
  BitmapLike,
  BlobLike,
  ByteStreamLike,
  CanvasLike,
  Drawable,
  ImageElementLike,
  ImageInput,
  RgbaPixels,
  UrlLike,
} from './image/input.ts';
export {
  DEFAULT_LIMITS,
  type DecodedImage,
  type DecodeOptions,
  type ImageFormat,
  type ImageInfo,
  type ImageLimits,
  type Pixels,
} from './image/pixels.ts';
export type { Placement } from './image/place.ts';
export { resample } from './image/resample.ts';
export {
  DEFAULT_PROFILE,
  findModel,
  listModels,
  listProfiles,
  type Profile,
  type ProfileLook,
  type ProfileStage,
  profileModels,
  profileStages,
} from './models/catalogue.ts';
export {
  DEFAULT_DETECTOR_PROFILE,
  type DetectorProfile,
  type DetectorProfileModel,
  detectorProfileModels,
  listDetectorProfiles,
} from './models/detector-profiles.ts';
export type { CatalogueEntry, ModelOrigin } from './models/entry.ts';
export type {
  ImportOptions,
  ModelFile,
  ModelState,
  ModelStore,
  PullOptions,
  PullProgress,
} from './models/store.ts';
export {
  DEFAULT_DETECTION_POLICY,
  DEFAULT_POLICY,
  type Decision,
  decide,
  type Evidence,
  type Policy,
  type Thresholds,
  type Verdict,
} from './policy/policy.ts';
export {
  type AnsweredImage,
  type AskOptions,
  type Bound,
  type CallOptions,
  createPool,
  type LoadedModel,
  type Look,
  type ModelSource,
  type Plan,
  type Pool,
  type PoolOptions,
  type PreparedImage,
  type Question,
  type ReducedImage,
  type ReduceOptions,
  type RunOptions,
  type RuntimeKind,
  type SharedAnswers,
  type Stage,
  type Tensor,
  type TensorInfo,
} from './runtime/pool.ts';
export {
  createModerator,
  type ModerateOptions,
  type Moderator,
  type ModeratorOptions,
} from './scan/moderator.ts';
export { BLOCK_LIST_RULE, type ScanRecord } from './scan/record.ts';
export { type JudgeOptions, type ScanItem, type ScanOptions, scan } from './scan/scan.ts';
