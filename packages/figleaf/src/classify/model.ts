/** Which models a classifier asks: from what the caller named to files, labels and preprocessing. */
import { type ModelMetadata, readMetadata } from '@figleaf/onnx/metadata';
import { z } from 'zod';
import { modelFiles } from '#models/files';
import { FigleafError, messageOf } from '../errors.ts';
import { DEFAULT_PROFILE, findModel, listModels, type Profile, profileModels } from '../models/catalogue.ts';
import type { ModelSource } from '../runtime/pool.ts';
import { checkWeights } from './scores.ts';

/**
 * Which model or models to ask: a catalogue id (`'mobilenet_v2'`), the path or URL of an ONNX file, its bytes, a
 * profile, or several models whose answers are averaged.
 */
export type ModelChoice =
  | string
  | URL
  | Uint8Array
  | { readonly profile: Profile }
  | { readonly models: readonly (string | URL | Uint8Array)[]; readonly weights?: readonly number[] };

/** What an ONNX file without Figleaf's metadata needs to be told about itself. */
export type ModelDescription = Partial<Omit<ModelMetadata, 'task'>>;

/** A classifier model, ready to be loaded. */
export interface ClassifierModel {
  readonly metadata: ModelMetadata;
  readonly source: ModelSource;
}

/** The models to ask and how much each counts. */
export interface ModelSelection {
  readonly models: readonly ClassifierModel[];
  readonly weights?: readonly number[];
}

const triple = z.tuple([z.number(), z.number(), z.number()]);

const metadataSchema = z.object({
  id: z.string().min(1),
  task: z.literal('classify'),
  labels: z.array(z.string().min(1)).min(1),
  preprocessing: z.object({
    width: z.int().positive(),
    height: z.int().positive(),
    layout: z.enum(['NHWC', 'NCHW']),
    channels: z.enum(['RGB', 'BGR']),
    resize: z.enum(['bilinear-aligned', 'bilinear-antialiased']),
    mean: triple.optional(),
    std: triple.optional(),
  }),
  taxonomy: z.record(z.string(), z.enum(['safe', 'suggestive', 'unsafe'])).optional(),
  output: z.enum(['probabilities', 'logits']).optional(),
});

/** Finds the models that `choice` names. Files are read; nothing is run yet. */
export async function selectModels(
  choice: ModelChoice = { profile: DEFAULT_PROFILE },
  description: ModelDescription = {},
  signal?: AbortSignal,
): Promise<ModelSelection> {
  if (typeof choice === 'string' || choice instanceof URL || choice instanceof Uint8Array) {
    return { models: [await openModel(choice, description, signal)] };
  }
  if ('profile' in choice) {
    return { models: profileModels(choice.profile).map((id) => bundledModel(id, description)) };
  }
  if (choice.models.length === 0)
    throw new FigleafError('option-invalid', 'an ensemble needs at least one model');
  const models = await Promise.all(
    choice.models.map((model, index) => openModel(model, description, signal, `model-${index + 1}`)),
  );
  const ids = models.map(({ metadata }) => metadata.id);
  checkSameLabels(models);
  if (!choice.weights) return { models };
  checkWeights(choice.weights, ids);
  return { models, weights: choice.weights };
}

function bundledModel(id: string, description: ModelDescription): ClassifierModel {
  const metadata = checkDescribed({ ...findModel(id).metadata, ...description, id }, id);
  return { metadata, source: { id, file: modelFiles.bundled(id) } };
}

async function openModel(
  model: string | URL | Uint8Array,
  description: ModelDescription,
  signal?: AbortSignal,
  nameOfBytes = 'model',
): Promise<ClassifierModel> {
  if (model instanceof Uint8Array) return describedModel(model, nameOfBytes, description);
  const location = String(model);
  if (listModels().some(({ metadata }) => metadata.id === location))
    return bundledModel(location, description);
  // A bare word is a misspelt id far more often than a file without extension.
  if (!/[/\\]|\.onnx$/i.test(location)) findModel(location);
  const bytes = await modelFiles.read(location, signal);
  return describedModel(bytes, location, description);
}

function describedModel(bytes: Uint8Array, name: string, description: ModelDescription): ClassifierModel {
  const { task = 'classify', ...stated } = readFileMetadata(bytes, name) ?? {};
  const id = stated.id ?? /([^/\\]+?)(\.onnx)?$/i.exec(name)?.[1] ?? name;
  if (task !== 'classify') {
    throw new FigleafError('model-unsupported', `'${name}' is a model to ${task}, not to classify`);
  }
  const metadata = checkDescribed({ id, ...stated, ...description, task }, name);
  return { metadata, source: { id: metadata.id, bytes } };
}

function checkDescribed(metadata: object, name: string): ModelMetadata {
  const parsed = metadataSchema.safeParse(metadata);
  if (parsed.success) return parsed.data as ModelMetadata;
  throw new FigleafError(
    'model-unsupported',
    `'${name}' does not say enough of itself to classify with: ${z.prettifyError(parsed.error)}. ` +
      'Give labels and preprocessing in the option `description`.',
  );
}

function readFileMetadata(bytes: Uint8Array, name: string): Partial<ModelMetadata> | null {
  try {
    return readMetadata(bytes).metadata;
  } catch (error) {
    throw new FigleafError('model-invalid', `'${name}' is not an ONNX model: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function checkSameLabels(models: readonly ClassifierModel[]): void {
  const [first, ...others] = models;
  const key = (model: ClassifierModel): string => [...model.metadata.labels].sort().join(', ');
  const odd = others.find((other) => first && key(other) !== key(first));
  if (first && odd) {
    throw new FigleafError(
      'option-invalid',
      `models of one ensemble must share their classes: '${first.metadata.id}' has ${key(first)}, ` +
        `'${odd.metadata.id}' has ${key(odd)}`,
    );
  }
}
