/** Which model a detector asks: from what the caller named to a file, labels, preprocessing and head. */
import type { ModelMetadata, ModelSummary, Preprocessing } from '@figleaf/onnx/metadata';
import { modelFiles } from '#models/files';
import { locateModel } from '#models/store';
import { isModelId, nameOfFile, readSummary } from '../classify/model.ts';
import { FigleafError } from '../errors.ts';
import type { Size } from '../image/dimensions.ts';
import { findModelTo } from '../models/catalogue.ts';
import {
  DEFAULT_DETECTOR_PROFILE,
  type DetectorProfile,
  type DetectorProfileModel,
  detectorProfileModels,
} from '../models/detector-profiles.ts';
import { entryOfFile } from '../models/known-file.ts';
import { checkYoloShape } from '../models/yolo-head.ts';
import type { LoadedModel, ModelSource } from '../runtime/pool.ts';
import { checkRetinaNetShape } from './candidates.ts';
import { checkClassMapShape } from './class-map.ts';
import { yoloLabels, yoloSize } from './yolo-file.ts';

/** Which detector to ask: a catalogue id, the path or URL of an ONNX file, its bytes, or a profile. */
export type DetectorChoice = string | URL | Uint8Array | ArrayBuffer | { readonly profile: DetectorProfile };

/**
 * What an ONNX file does not say of itself, or what is to hold instead. A YOLOv8 or YOLO11 that Ultralytics exported needs
 * nothing: labels and size are in its file, and it is letterboxed as Ultralytics does.
 */
export type DetectorDescription = Partial<Omit<ModelMetadata, 'task' | 'preprocessing'>> & {
  /** What differs from the file's own word, or else from Ultralytics' way. */
  readonly preprocessing?: Partial<Preprocessing>;
};

/** A detector model, ready to be loaded. */
export interface DetectorModel {
  readonly metadata: ModelMetadata;
  readonly source: ModelSource;
  /** Whether large pictures are looked at in tiles as well, where nothing else is asked for. */
  readonly tiles?: 'auto' | undefined;
}

const ULTRALYTICS: Preprocessing = {
  width: 640,
  height: 640,
  layout: 'NCHW',
  channels: 'RGB',
  resize: 'bilinear-opencv',
  letterbox: { fit: 'centre' },
};

/** Finds the model that `choice` names. Its file is read; nothing is run yet. */
export async function openDetector(
  choice: DetectorChoice = { profile: DEFAULT_DETECTOR_PROFILE },
  description: DetectorDescription = {},
  signal?: AbortSignal,
): Promise<DetectorModel> {
  if (choice instanceof Uint8Array) return describedModel(choice, 'model', description);
  if (choice instanceof ArrayBuffer) return openDetector(new Uint8Array(choice), description, signal);
  if (typeof choice === 'object' && 'profile' in choice)
    return profileModel(detectorProfileModels(choice.profile), description, signal);
  const location = String(choice);
  if (await isModelId(location)) return cataloguedModel(location, description, signal);
  return describedModel(await modelFiles.read(location, signal), location, description);
}

/** The first that is on this machine. */
async function profileModel(
  [first, ...others]: readonly DetectorProfileModel[],
  description: DetectorDescription,
  signal?: AbortSignal,
): Promise<DetectorModel> {
  const { model, preprocessing, tiles } = first!;
  const described = { ...description, preprocessing: { ...preprocessing, ...description.preprocessing } };
  try {
    return { ...(await cataloguedModel(model, described, signal)), tiles };
  } catch (error) {
    const isElsewhere = error instanceof FigleafError && error.code === 'model-not-pulled';
    if (!isElsewhere || others.length === 0) throw error;
    return profileModel(others, description, signal);
  }
}

async function cataloguedModel(
  id: string,
  description: DetectorDescription,
  signal?: AbortSignal,
): Promise<DetectorModel> {
  const known = findModelTo('detect', id).metadata;
  const metadata = await checked(merged(known, description, { id }), id);
  return { metadata, source: { id, file: await locateModel(id, signal) } };
}

async function describedModel(
  bytes: Uint8Array,
  name: string,
  description: DetectorDescription,
): Promise<DetectorModel> {
  const summary = readSummary(bytes, name);
  const stated = (await entryOfFile(bytes))?.metadata ?? summary.metadata ?? {};
  checkTask(stated.task ?? 'detect', name);
  const fromFile = { id: nameOfFile(name), ...fromUltralytics(summary), ...stated };
  const metadata = await checked(merged(fromFile, description), name);
  return { metadata, source: { id: metadata.id, bytes } };
}

function checkTask(task: string, name: string): void {
  if (task === 'detect') return;
  throw new FigleafError('model-unsupported', `'${name}' is a model to ${task}, not to detect`);
}

function fromUltralytics({ properties, inputs }: ModelSummary): Partial<ModelMetadata> {
  const labels = yoloLabels(properties);
  const size = declaredSize(inputs[0]?.shape) ?? yoloSize(properties) ?? {};
  return { ...(labels && { labels }), preprocessing: { ...ULTRALYTICS, ...size } };
}

/** Height and width where the input `[n, 3, height, width]` of a file has them fixed. */
function declaredSize(shape: readonly (number | string | null)[] | null | undefined): Size | null {
  const [, , height, width] = shape ?? [];
  return typeof height === 'number' && typeof width === 'number' ? { width, height } : null;
}

function merged(
  stated: Partial<ModelMetadata>,
  description: DetectorDescription,
  always: Partial<ModelMetadata> = {},
): object {
  const preprocessing = { ...stated.preprocessing, ...description.preprocessing };
  return { ...stated, ...description, preprocessing, task: 'detect', ...always };
}

/** The check brings a schema library along, which takes a while to load. */
async function checked(metadata: object, name: string): Promise<ModelMetadata> {
  const { checkMetadata } = await import('./metadata.ts');
  return checkMetadata(metadata, name);
}

/**
 * Checks that a loaded model takes and gives what its metadata say, as far as its declared shapes tell.
 *
 * @returns The only size that it takes; null where its axes are free.
 * @throws {FigleafError} `model-labels-mismatch` or `model-unsupported`.
 */
export function checkLoaded(metadata: ModelMetadata, { inputs, outputs }: LoadedModel): Size | null {
  const dims = outputs.map((output) => output.dims);
  if (metadata.head === 'retinanet') checkRetinaNetShape(metadata, dims);
  else if (metadata.head === 'class-map') checkClassMapShape(metadata, dims[0] ?? []);
  else checkYoloShape(metadata, dims[0] ?? []);
  const fixed = fixedSize(metadata.preprocessing, inputs[0]?.dims ?? []);
  if (fixed) checkSize(metadata, fixed);
  return fixed;
}

function fixedSize({ layout }: Preprocessing, dims: readonly (number | string)[]): Size | null {
  const [height, width] = layout === 'NCHW' ? [dims[2], dims[3]] : [dims[1], dims[2]];
  const isFixed = typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0;
  return isFixed ? { width, height } : null;
}

function checkSize({ id, preprocessing: { width, height, letterbox } }: ModelMetadata, fixed: Size): void {
  if (letterbox?.fit === 'free' || letterbox?.fit === 'sides') {
    throw new FigleafError(
      'model-unsupported',
      `the model '${id}' takes ${fixed.width} x ${fixed.height} only; the letterbox '${letterbox.fit}' needs free axes`,
    );
  }
  if (width === fixed.width && height === fixed.height) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' takes ${fixed.width} x ${fixed.height} only, not ${width} x ${height}`,
  );
}
