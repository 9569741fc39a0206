/** Which model is trained: one of the architectures with fresh weights, or a classifier that is there already. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { raiseOpset, readModel } from '@figleaf/onnx';
import { type ModelMetadata, OnnxError, type Preprocessing, readMetadata } from '@figleaf/onnx/metadata';
import {
  type ArchitectureOptions,
  type Classifier,
  importedClassifier,
  mobilenetV2,
  smallCnn,
  xception,
} from '@figleaf/onnx/nn';
import { FigleafError, findModel, listModels, locateModel } from 'figleaf';
import { sha256 } from '../sha256.ts';

/** Which model, and how large its pictures are. */
export interface ModelRequest {
  /** `xception`, `mobilenet-v2`, `small-cnn`, an id such as `mobilenet_v2`, or the path of an ONNX classifier. */
  readonly model: string;
  /**
   * Width and height of the input in pixels. Default: what the architecture was made for (299, 224, 64). An ONNX
   * classifier keeps its own.
   */
  readonly size?: number;
  /** Share of the features that is dropped before the logits, 0 to below 1. Default: the architecture's; 0 for a replaced head. */
  readonly dropout?: number;
}

/** A model to train. */
export interface ModelDesign {
  /** Lower case, fit for the name of a file. */
  readonly name: string;
  /** How pictures come in. */
  readonly preprocessing: Preprocessing;
  /** The model for so many classes. */
  readonly build: (classes: number) => Classifier;
  /** SHA-256 of the file whose weights it begins with, lower-case hex. A run is not gone on with where it is another. */
  readonly source?: string;
  /** What is known of a model that is trained further. */
  readonly origin?: Partial<ModelMetadata>;
}

interface Architecture {
  readonly build: (options: ArchitectureOptions) => Classifier;
  /** In pixels. */
  readonly size: number;
  readonly smallest: number;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  xception: { build: xception, size: 299, smallest: 71 },
  'mobilenet-v2': { build: mobilenetV2, size: 224, smallest: 32 },
  'small-cnn': { build: smallCnn, size: 64, smallest: 16 },
};

/**
 * Finds a model to train. Of an ONNX classifier the head is replaced; it must end as `importedClassifier` says.
 *
 * @throws {FigleafError} `model-unknown`, `model-not-found`, `model-not-pulled`, `model-invalid`; `model-unsupported`
 * for what is no classifier, or does not say how pictures come in; `option-invalid` for a size that the model cannot have.
 *
 * @example
 * ```ts
 * const { preprocessing } = await openModel({ model: 'xception', size: 256 });
 * ```
 */
export async function openModel({ model, size, dropout }: ModelRequest): Promise<ModelDesign> {
  const share = dropout === undefined ? {} : { dropout };
  const architecture = Object.hasOwn(ARCHITECTURES, model) ? ARCHITECTURES[model] : undefined;
  if (architecture) {
    const preprocessing = squareOf(model, architecture, size);
    return {
      name: model,
      preprocessing,
      build: (classes) => architecture.build({ classes, ...share }),
    };
  }
  const { bytes, metadata } = await readClassifier(model);
  const { preprocessing } = metadata;
  if (size !== undefined && (size !== preprocessing.width || size !== preprocessing.height)) {
    throw new FigleafError(
      'option-invalid',
      `'${model}' takes pictures of ${preprocessing.width} x ${preprocessing.height}, not of ${size}: leave the size out`,
    );
  }
  const graph = asFigleaf(model, () => raiseOpset(readModel(bytes)));
  return {
    name: metadata.id ?? basename(model, '.onnx').toLowerCase(),
    preprocessing,
    build: (classes) => asFigleaf(model, () => importedClassifier(graph, { classes, ...share })),
    source: sha256(bytes),
    origin: metadata,
  };
}

/** Pictures scaled to -1..1. */
function squareOf(name: string, architecture: Architecture, size = architecture.size): Preprocessing {
  if (!Number.isInteger(size) || size < architecture.smallest) {
    throw new FigleafError(
      'option-invalid',
      `${name} takes pictures of at least ${architecture.smallest} pixels a side, not of ${size}`,
    );
  }
  return {
    width: size,
    height: size,
    layout: 'NCHW',
    channels: 'RGB',
    resize: 'bilinear-antialiased',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
}

type Known = Partial<ModelMetadata> & Pick<ModelMetadata, 'preprocessing'>;

async function readClassifier(model: string): Promise<{ bytes: Uint8Array; metadata: Known }> {
  const isListed = listModels().some(({ metadata }) => metadata.id === model);
  if (!isListed && !/[/\\]|\.onnx$/i.test(model)) throw unknown(model);
  const path = isListed ? await locateModel(model) : model;
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new FigleafError('model-not-found', `cannot read the model file '${path}'`, { cause: error });
  });
  const stated = isListed
    ? findModel(model).metadata
    : (asFigleaf(model, () => readMetadata(bytes).metadata) ?? {});
  const { task = 'classify', preprocessing } = stated;
  if (task !== 'classify') {
    throw new FigleafError('model-unsupported', `'${model}' is a model to ${task}, not to classify`);
  }
  if (!preprocessing?.width || !preprocessing.height || !preprocessing.layout) {
    throw new FigleafError(
      'model-unsupported',
      `'${model}' does not say how pictures come in: put 'preprocessing' into its metadata under the key 'figleaf'`,
    );
  }
  return { bytes, metadata: { ...stated, preprocessing } };
}

function unknown(model: string): FigleafError {
  const ids = listModels().flatMap(({ metadata }) => (metadata.task === 'classify' ? [metadata.id] : []));
  const names = [...Object.keys(ARCHITECTURES), ...ids].join(', ');
  return new FigleafError(
    'model-unknown',
    `there is no model '${model}' to train; there are: ${names}, and ONNX files`,
  );
}

/** What goes wrong in a graph, as an error of Figleaf's. */
export function asFigleaf<T>(model: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    const code =
      error.code === 'malformed' || error.code === 'metadata-malformed'
        ? 'model-invalid'
        : 'model-unsupported';
    throw new FigleafError(code, `cannot train '${model}': ${error.message}`, { cause: error });
  }
}

/** Shape of one picture as a model takes it. */
export function pictureShape({ layout, width, height }: Preprocessing): readonly number[] {
  return layout === 'NCHW' ? [3, height, width] : [height, width, 3];
}
