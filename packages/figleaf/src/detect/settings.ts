/** The options of a detection, checked and completed. */
import type { ModelMetadata, Preprocessing } from '@figleaf/onnx/metadata';
import { checkClassifyOptions } from '../classify/classifier.ts';
import { FigleafError } from '../errors.ts';
import type { Size } from '../image/dimensions.ts';
import type { DetectOptions } from './detector.ts';
import type { NmsOptions } from './nms.ts';
import type { TileGrid } from './tiles.ts';

/** What holds for a detection. */
export interface DetectionSettings extends NmsOptions {
  readonly minScore: number;
  readonly tiles: 'auto' | TileGrid | false;
  readonly frames: number;
  readonly preprocessing: Preprocessing;
}

/** Least score of a detection where none is named. */
export const DEFAULT_MIN_SCORE = 0.25;
const IOU = 0.45;
const FRAMES = 8;

const STRIDE = 32;
/** Least side of a tile in pixels. */
export const LEAST_SIDE = STRIDE;
const LARGEST_INPUT = 4096;
const MOST_OVERLAP = 0.75;

/** What the settings depend on. */
export interface SettingsOf {
  readonly metadata: ModelMetadata;
  /** The only size of input that the model takes; null where its axes are free. */
  readonly fixedSize: Size | null;
  /** The tiles that a profile asks for where the options do not say. */
  readonly tiles?: 'auto' | undefined;
}

/** @throws {FigleafError} `option-invalid` */
export function resolveSettings(
  given: DetectOptions,
  { metadata, fixedSize, tiles: otherwise }: SettingsOf,
): DetectionSettings {
  const { minScore = DEFAULT_MIN_SCORE, iou = IOU, frames = FRAMES, tiles = otherwise ?? false } = given;
  check(minScore > 0 && minScore <= 1, `minScore is ${minScore}; give a number over 0, up to 1`);
  check(iou >= 0 && iou <= 1, `iou is ${iou}; give a number from 0 to 1`);
  checkClassifyOptions(given);
  if (tiles && tiles !== 'auto') checkGrid(tiles);
  if (given.size !== undefined && fixedSize) {
    const only = Math.max(fixedSize.width, fixedSize.height);
    check(given.size === only, `size is ${given.size}; the model '${metadata.id}' takes ${only} only`);
  }
  const classAgnostic = given.classAgnostic ?? metadata.classAgnostic ?? false;
  const preprocessing = sized(metadata.preprocessing, given.size);
  return { minScore, iou, classAgnostic, tiles, frames, preprocessing };
}

function checkGrid({ side, overlap = 0 }: TileGrid): void {
  check(
    Number.isInteger(side) && side >= LEAST_SIDE,
    `tiles.side is ${side}; give whole pixels from ${LEAST_SIDE} on`,
  );
  check(
    overlap >= 0 && overlap <= MOST_OVERLAP,
    `tiles.overlap is ${overlap}; give a share from 0 to ${MOST_OVERLAP}`,
  );
}

/** The input with `size` as its longer side, in the same shape. */
function sized(preprocessing: Preprocessing, size: number | undefined): Preprocessing {
  if (size === undefined) return preprocessing;
  check(
    Number.isInteger(size) && size >= STRIDE && size <= LARGEST_INPUT && size % STRIDE === 0,
    `size is ${size}; give a multiple of ${STRIDE} from ${STRIDE} to ${LARGEST_INPUT}`,
  );
  const scale = size / Math.max(preprocessing.width, preprocessing.height);
  const side = (length: number): number => Math.max(STRIDE, Math.round((length * scale) / STRIDE) * STRIDE);
  const { width, height, letterbox } = preprocessing;
  if (letterbox?.fit !== 'sides') return { ...preprocessing, width: side(width), height: side(height) };
  const shorter = Math.round((letterbox.shorter * size) / letterbox.longer);
  return { ...preprocessing, letterbox: { fit: 'sides', shorter, longer: size } };
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new FigleafError('option-invalid', otherwise);
}
