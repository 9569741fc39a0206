/** Frozen features: where only the head learns, they are computed once for each picture. */
import { GraphBuilder } from '@figleaf/onnx';
import { type Classifier, initialWeights, type NamePattern, Network } from '@figleaf/onnx/nn';
import type { Sample } from './data-set.ts';
import { StepThread } from './step-thread.ts';
import { bytesOf, type InputSource } from './trainer.ts';

/** How many features a picture has, if none of what computes them learns; else null. */
export function frozenFeatures(
  model: Classifier,
  picture: readonly number[],
  frozen: readonly NamePattern[],
): number | null {
  const builder = new GraphBuilder(model.name);
  const network = new Network(builder, { isTraining: true, frozen });
  const features = model.features(network, builder.input('images', 'float32', ['batch', ...picture]));
  const learns = network.parameters.some(({ trainable }) => trainable) || network.updates.size > 0;
  const width = features.shape?.length === 2 ? features.shape[1] : null;
  return learns || network.masks.length > 0 || typeof width !== 'number' ? null : width;
}

/** The head alone, as a classifier of features. */
export function headOf(model: Classifier): Classifier {
  return { ...model, features: (_, images) => images };
}

/** How to compute them. */
export interface FeatureOptions {
  readonly model: Classifier;
  readonly pictures: InputSource;
  readonly samples: readonly Sample[];
  /** Features of a picture. */
  readonly width: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
  readonly provider: string;
  readonly onBatch: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Computes the features of all samples, and gives them out instead of pictures. */
export async function computeFeatures(options: FeatureOptions): Promise<InputSource> {
  const { pictures, samples, batchSize, threads, provider, width, signal } = options;
  await using thread = new StepThread();
  await thread.call('start', null);
  await thread.call('open', { session: 'features', model: featureGraph(options), threads, provider });
  const known = new Map<string, Float32Array>();
  for (let from = 0; from < samples.length; from += batchSize) {
    signal?.throwIfAborted();
    const chosen = samples.slice(from, from + batchSize);
    const data = await pictures.tensor(chosen);
    const images = { type: 'float32', dims: [chosen.length, ...pictures.shape], data } as const;
    const [features] = await thread.call(
      'run',
      { session: 'features', feeds: { images }, uses: [], next: {}, wants: ['features'] },
      [data.buffer],
    );
    for (const [index, { name }] of chosen.entries()) {
      known.set(name, features!.data.slice(index * width, (index + 1) * width));
    }
    options.onBatch(known.size, samples.length);
  }
  return {
    shape: [width],
    async tensor(wanted) {
      const out = new Float32Array(wanted.length * width);
      for (const [index, { name }] of wanted.entries()) out.set(known.get(name)!, index * width);
      return out;
    },
  };
}

function featureGraph({ model, pictures, seed }: FeatureOptions): Uint8Array {
  const declared = new Network(new GraphBuilder(model.name));
  model.features(declared, imagesOf(declared.builder, pictures));
  const weights = initialWeights(declared.parameters, seed);
  const network = new Network(new GraphBuilder(model.name), { weights });
  const features = model.features(network, imagesOf(network.builder, pictures));
  network.builder.output(features, 'features');
  return bytesOf(network.builder.build());
}

function imagesOf(builder: GraphBuilder, { shape }: InputSource) {
  return builder.input('images', 'float32', ['batch', ...shape]);
}
