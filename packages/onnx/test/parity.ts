/** The parity tests: nsfwjs's models as imported, beside TensorFlow.js, on the same input. */
import { expect } from 'vitest';
import { importNsfwjsModel, readNsfwjsModel } from '../../../tools/models/nsfwjs.ts';
import type { TfjsLayer, TfjsModel, TfjsNode } from '../src/index.ts';
import { largestDifference, loadModel } from './ort.ts';
import { loadTfjs, type Picture, readPicture } from './tfjs.ts';

/** The size that each model was made for. */
export const SIZES = { mobilenet_v2: 224, mobilenet_v2_mid: 224, inception_v3: 299 } as const;

/** A model of nsfwjs. */
export type Id = keyof typeof SIZES;

/** How far probabilities may be apart on the same input. */
export const TOLERANCE = 1e-5;

/** Fails unless the imported model agrees with TensorFlow.js on these pictures at this size. */
export async function expectParity(
  id: Id,
  files: readonly string[],
  height: number,
  width: number,
): Promise<void> {
  const { model, weights } = readNsfwjsModel(id);
  const asMade = height === SIZES[id] && width === SIZES[id];
  using reference = await loadTfjs(asMade ? model : withFreeSize(model), weights);
  const session = await loadModel(importNsfwjsModel(id));
  for (const file of files) {
    const picture = await readPicture(file, height, width);
    const { data } = await session.run(picture);
    expect(largestDifference(data, reference.run(picture)), file).toBeLessThan(TOLERANCE);
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(1e-5);
  }
}

/** Two pictures as one batch. */
export function batchOf(a: Picture, b: Picture): Picture {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  const [, height, width, channels] = a.dims;
  return { data, dims: [2, height, width, channels] };
}

/** The model as it would have been, had it been made for pictures of any size: with a global pool. */
function withFreeSize(model: TfjsModel): TfjsModel {
  const copy = structuredClone(model) as { modelTopology: { node?: TfjsNode[]; model_config?: KerasConfig } };
  const { node, model_config: keras } = copy.modelTopology;
  if (node) {
    const dims = node.find(({ op }) => op === 'Placeholder')!.attr!.shape!.shape!.dim as { size: string }[];
    dims[1]!.size = dims[2]!.size = '-1';
  }
  if (keras) keras.config.layers = keras.config.layers.map(freed);
  return copy as unknown as TfjsModel;
}

interface KerasConfig {
  readonly config: { layers: TfjsLayer[] };
}

function freed(layer: TfjsLayer, index: number, layers: readonly TfjsLayer[]): TfjsLayer {
  if (layer.class_name === 'InputLayer') {
    return { ...layer, config: { ...layer.config, batch_input_shape: [null, null, null, 3] } };
  }
  const isLastPool = layer.class_name === 'AveragePooling2D' && layers[index + 1]?.class_name === 'Flatten';
  if (isLastPool) return { ...layer, class_name: 'GlobalAveragePooling2D', config: { name: layer.name } };
  // Flat already.
  const flat = { ...layer, class_name: 'Activation', config: { name: layer.name, activation: 'linear' } };
  return layer.class_name === 'Flatten' ? flat : layer;
}
