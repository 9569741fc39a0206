/** Which models a classifier asks: from what the caller named to files, labels and preprocessing. */
import { type ModelMetadata, type ModelSummary, readMetadata } from '@figleaf/onnx/metadata';
import { modelFiles } from '#models/files';
import { locateModel, locateModels } from '#models/store';
import { FigleafError, messageOf } from '../errors.ts';
import {
  DEFAULT_PROFILE,
  findModel,
  findModelTo,
  listModels,
  type Profile,
  type ProfileStage,
  profileModels,
  profileStages,
} from '../models/catalogue.ts';
import { entryOfFile } from '../models/known-file.ts';
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
  | ArrayBuffer
  | { readonly profile: Profile }
  | { readonly models: readonly (string | URL | Uint8Array)[]; readonly weights?: readonly number[] };

/** What an ONNX file without Figleaf's metadata needs to be told about itself. */
export type ModelDescription = Partial<Omit<ModelMetadata, 'task'>>;

/** A model, ready to be loaded: a classifier, or a detector that a profile asks beside. */
export interface ClassifierModel {
  readonly metadata: ModelMetadata;
  readonly source: ModelSource;
}

/** A model's look at a picture. */
export interface ClassifierLook {
  readonly model: ClassifierModel;
  /** Share of width and height that it is shown, around the middle. */
  readonly crop: number;
  /** How much its answer counts beside those of the other looks. */
  readonly weight: number;
  /** Whether its classes are averaged with those of others, or it says only how surely a photograph is explicit. */
  readonly judges: 'classes' | 'photographs';
}

/** Looks that are taken together, and when those that follow are spared. */
export interface ClassifierStage {
  readonly looks: readonly ClassifierLook[];
  readonly certain?: ProfileStage['certain'];
}

/** The models to ask, in what order they are asked, and how their answers become one. */
export interface ModelSelection {
  readonly models: readonly ClassifierModel[];
  /** What is averaged. By logits a model that is sure counts for more than one that wavers. */
  readonly average: 'probabilities' | 'logits';
  readonly stages: readonly ClassifierStage[];
}

/** Finds the models that `choice` names. Files are read; nothing is run yet. */
export async function selectModels(
  choice: ModelChoice = { profile: DEFAULT_PROFILE },
  description: ModelDescription = {},
  signal?: AbortSignal,
): Promise<ModelSelection> {
  if (typeof choice === 'string' || choice instanceof URL || choice instanceof Uint8Array) {
    return together([await openModel(choice, description, signal)]);
  }
  if (choice instanceof ArrayBuffer) return selectModels(new Uint8Array(choice), description, signal);
  checkChoice(choice);
  if ('profile' in choice) return selectProfile(choice.profile, description, signal);
  if (choice.models.length === 0)
    throw new FigleafError('option-invalid', 'an ensemble needs at least one model');
  const models = await Promise.all(
    choice.models.map((model, index) => openModel(model, description, signal, `model-${index + 1}`)),
  );
  const ids = models.map(({ metadata }) => metadata.id);
  checkSameClasses(models);
  checkNames(ids);
  if (choice.weights) checkWeights(choice.weights, ids);
  return together(models, choice.weights);
}

/** All models at once, each on the whole picture. */
function together(models: readonly ClassifierModel[], weights: readonly number[] = []): ModelSelection {
  const looks = models.map(
    (model, index): ClassifierLook => ({ model, crop: 1, weight: weights[index] ?? 1, judges: 'classes' }),
  );
  return { models, stages: [{ looks }], average: 'probabilities' };
}

async function selectProfile(
  profile: Profile,
  description: ModelDescription,
  signal?: AbortSignal,
): Promise<ModelSelection> {
  const ids = profileModels(profile);
  const files = await locateModels(ids, signal);
  const asked = profileStages(profile);
  // A description is of the classes that are averaged.
  const beside = new Set(
    asked.flatMap(({ looks }) => looks.filter(({ judges }) => judges).map(({ model }) => model)),
  );
  const models = await Promise.all(
    ids.map(async (id, index) => ({
      metadata: beside.has(id) ? findModel(id).metadata : await knownMetadata(id, description),
      source: { id, file: files[index]! },
    })),
  );
  const stages = asked.map(({ looks, certain }) => ({
    looks: looks.map(
      ({ model, crop = 1, weight = 1, judges }): ClassifierLook => ({
        model: models[ids.indexOf(model)]!,
        crop,
        weight,
        judges: judges ?? 'classes',
      }),
    ),
    certain,
  }));
  return { models, stages, average: 'logits' };
}

/** A model of the catalogue. Its file, if it was pulled, need not say anything of itself. */
async function knownModel(
  id: string,
  description: ModelDescription,
  signal?: AbortSignal,
): Promise<ClassifierModel> {
  const metadata = await knownMetadata(id, description);
  return { metadata, source: { id, file: await locateModel(id, signal) } };
}

async function knownMetadata(id: string, description: ModelDescription): Promise<ModelMetadata> {
  const known = findModelTo('classify', id).metadata;
  const changed = Object.keys(description).length > 0;
  const metadata = changed ? await checked({ ...known, ...description, id }, id) : known;
  checkPreparation(metadata, id);
  return metadata;
}

function checkTask(task: string, name: string): void {
  if (task === 'classify') return;
  throw new FigleafError('model-unsupported', `'${name}' is a model to ${task}, not to classify`);
}

/** Classifiers are shown pictures that are stretched to their size; scores of one that wants a letterbox would be wrong. */
function checkPreparation({ preprocessing }: ModelMetadata, name: string): void {
  if (!preprocessing.letterbox) return;
  throw new FigleafError(
    'model-unsupported',
    `'${name}' cannot be classified with: its preprocessing wants a letterbox, which only detectors are given`,
  );
}

async function openModel(
  model: string | URL | Uint8Array,
  description: ModelDescription,
  signal?: AbortSignal,
  nameOfBytes = 'model',
): Promise<ClassifierModel> {
  if (model instanceof Uint8Array) return describedModel(model, nameOfBytes, description);
  const location = String(model);
  if (await isModelId(location)) return knownModel(location, description, signal);
  const bytes = await modelFiles.read(location, signal);
  return describedModel(bytes, location, description);
}

/** Whether that is the id of a model, perhaps a misspelt one, and not the path or URL of a file. */
export async function isModelId(location: string): Promise<boolean> {
  if (listModels().some(({ metadata }) => metadata.id === location)) return true;
  // A bare word is a misspelt id far more often than a file of another ending.
  return !/[/\\]|\.onnx$/i.test(location) && !(await modelFiles.isFile(location));
}

async function describedModel(
  bytes: Uint8Array,
  name: string,
  description: ModelDescription,
): Promise<ClassifierModel> {
  const summary = readSummary(bytes, name);
  const { task = 'classify', ...stated } =
    (await entryOfFile(bytes))?.metadata ?? summary.metadata ?? ({} as Partial<ModelMetadata>);
  const id = stated.id ?? nameOfFile(name);
  checkTask(task, name);
  const metadata = await checked({ id, ...stated, ...description, task }, name);
  checkPreparation(metadata, name);
  return { metadata, source: { id: metadata.id, bytes } };
}

/** Bundled models are right as they are; the check of others brings a schema library along, which takes a while to load. */
async function checked(metadata: object, name: string): Promise<ModelMetadata> {
  const { checkMetadata } = await import('./metadata.ts');
  return checkMetadata(metadata, name);
}

/** The last part of a path or URL, without `.onnx`. */
export function nameOfFile(location: string): string {
  return /([^/\\]+?)(\.onnx)?$/i.exec(location)?.[1] ?? location;
}

/** @throws {FigleafError} `model-invalid` for what is no ONNX file. */
export function readSummary(bytes: Uint8Array, name: string): ModelSummary {
  try {
    return readMetadata(bytes);
  } catch (error) {
    throw new FigleafError('model-invalid', `cannot use the model '${name}': ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** For callers without a compiler. */
function checkChoice(choice: object): void {
  const isOne =
    typeof choice === 'object' &&
    choice !== null &&
    ('profile' in choice || ('models' in choice && Array.isArray(choice.models)));
  if (isOne) return;
  throw new FigleafError(
    'option-invalid',
    "that names no model; give an id, a path or URL, an ONNX file's bytes, { profile } or { models: [...] }",
  );
}

function checkNames(ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  throw new FigleafError(
    'option-invalid',
    `two models of the ensemble are both called '${twice}'; name each once`,
  );
}

function checkSameClasses(models: readonly ClassifierModel[]): void {
  const [first, ...others] = models;
  const classesOf = ({ metadata: { labels, taxonomy = {}, output } }: ClassifierModel): string =>
    labels
      .map((label) => (taxonomy[label] ? `${label} (${taxonomy[label]})` : label))
      .sort()
      .join(', ') + (output === 'independent' ? ', each by itself' : '');
  const odd = others.find((other) => first && classesOf(other) !== classesOf(first));
  if (first && odd) {
    throw new FigleafError(
      'option-invalid',
      `models of one ensemble must share their classes: '${first.metadata.id}' has ${classesOf(first)}, ` +
        `'${odd.metadata.id}' has ${classesOf(odd)}`,
    );
  }
}
