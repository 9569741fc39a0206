/** From trained weights to the ONNX file that is shipped. */
import { foldBatchNorm, modelOf, type Tensor, writeMetadata, writeModel } from '@figleaf/onnx';
import type { Category, ModelMetadata, TrainingSummary } from '@figleaf/onnx/metadata';
import { type Classifier, inferenceGraph, type Loss, type Parameters, type Weights } from '@figleaf/onnx/nn';
import type { Values } from './checkpoint.ts';
import { type ModelDesign, pictureShape } from './models.ts';

/** What goes into the file. */
export interface ExportOptions {
  readonly id: string;
  readonly design: ModelDesign;
  readonly model: Classifier;
  readonly weights: Weights;
  readonly classes: readonly string[];
  readonly loss: Loss;
  readonly taxonomy: Readonly<Record<string, Category>> | undefined;
  readonly training: TrainingSummary;
}

/** Classes that are called like the families are those. */
const FAMILIES: readonly Category[] = ['safe', 'suggestive', 'unsafe'];

/** The ONNX file: batch normalisation folded, with labels, preprocessing and what it was trained on. */
export function exportModel(options: ExportOptions): Uint8Array {
  const { design, model, weights, loss } = options;
  const graph = inferenceGraph({
    ...{ model, weights, picture: pictureShape(design.preprocessing) },
    output: loss.output,
  });
  return writeModel(writeMetadata(modelOf(foldBatchNorm(graph)), metadataOf(options)));
}

function metadataOf({ id, design, classes, loss, taxonomy, training }: ExportOptions): ModelMetadata {
  const named = Object.fromEntries(
    FAMILIES.filter((family) => classes.includes(family)).map((family) => [family, family] as const),
  );
  const known = { ...named, ...taxonomy };
  const { origin } = design;
  const count = training.pictures.train + training.pictures.validation + training.pictures.test;
  const before = origin?.id ? `; before, as ${origin.id}: ${origin.trainingData ?? 'unknown'}` : '';
  return {
    id,
    task: 'classify',
    labels: classes,
    preprocessing: design.preprocessing,
    ...(Object.keys(known).length > 0 && { taxonomy: known }),
    output: loss.output === 'sigmoid' ? 'independent' : 'probabilities',
    ...(origin?.licence && { licence: origin.licence }),
    ...(origin?.sources && { sources: origin.sources }),
    trainingData: `${count} pictures of ${classes.length} classes, manifest SHA-256 ${training.manifest}${before}`,
    training,
  };
}

/** The parameters of the whole model: those that were trained, and for the rest what they were at first. */
export function wholeWeights(parameters: Parameters, values: Values, seed: number): Weights {
  return new Map(
    parameters.map((parameter): [string, Tensor<'float32'>] => {
      const trained = values.get(parameter.name);
      return [parameter.name, trained ? { type: 'float32', ...trained } : parameter.initial(seed)];
    }),
  );
}
