/** Imports the three models that come with the dev dependency `nsfwjs` into ONNX files for the package `figleaf`, and maps one. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findModel } from '../../packages/figleaf/src/models/catalogue.ts';
import {
  classActivationMap,
  foldBatchNorm,
  foldPadding,
  importTfjs,
  type Model,
  renameValues,
  type TfjsModel,
  writeMetadata,
  writeModel,
} from '../../packages/onnx/src/index.ts';
import { whenChanged } from '../stamp.ts';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The models of nsfwjs, by the ids they have in the catalogue. */
export const NSFWJS_MODELS = ['mobilenet_v2', 'inception_v3', 'mobilenet_v2_mid'] as const;

/** The parsed `model.json` and the weight files, one after another, of a model that nsfwjs ships. */
export function readNsfwjsModel(id: string): { readonly model: TfjsModel; readonly weights: Uint8Array } {
  const folder = join(packageFolder(), 'dist', 'models', id);
  const model = require(join(folder, 'model.min.js')) as TfjsModel;
  const files = model.weightsManifest.flatMap((group) => group.paths);
  // Each is a script that gives a base64 string.
  const shards = files.map((file) => require(join(folder, `${basename(file)}.min.js`)) as string);
  return { model, weights: Buffer.concat(shards.map((shard) => Buffer.from(shard, 'base64'))) };
}

/** One of nsfwjs's models as Figleaf ships it. */
export function importNsfwjsModel(id: string): Model {
  const { model, weights } = readNsfwjsModel(id);
  const imported = importTfjs(model, weights);
  const graph = foldBatchNorm(foldPadding(imported.graph));
  const renamed = renameValues(graph, {
    [graph.inputs[0]!.name]: 'image',
    [graph.outputs[0]!.name]: 'probabilities',
  });
  return writeMetadata({ ...imported, graph: { ...renamed, name: id } }, findModel(id).metadata);
}

/** The classifier that the activation map is of. */
export const MAPPED_MODEL = 'mobilenet_v2_mid';

/** What the classifier answers at each place of its feature map, as Figleaf ships it. */
export function mapNsfwjsModel(): Model {
  const classifier = importNsfwjsModel(MAPPED_MODEL);
  const { metadata } = findModel('activation-map');
  const graph = renameValues(classActivationMap(classifier.graph), { probabilities: 'map' });
  return writeMetadata({ ...classifier, graph: { ...graph, name: metadata.id } }, metadata);
}

/** A file that was written. */
export interface ImportedFile {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes `<id>.onnx` for each model and nsfwjs's licence into a folder, unless they are up to date.
 *
 * @returns Whether anything was written.
 */
export async function importNsfwjs(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const stamp = join(folder, '.stamp');
  if (!(await allThere(folder))) await rm(stamp, { force: true });
  const inputs = [
    join(packageFolder(), 'package.json'),
    join(packageFolder(), 'dist', 'models'),
    join(root, 'packages', 'onnx', 'src'),
    join(root, 'packages', 'figleaf', 'src', 'models', 'catalogue.ts'),
    join(root, 'tools', 'models'),
  ];
  return whenChanged(stamp, inputs, async () => {
    for (const id of NSFWJS_MODELS)
      await writeWhole(join(folder, fileName(id)), writeModel(importNsfwjsModel(id)));
    await writeWhole(join(folder, fileName('activation-map')), writeModel(mapNsfwjsModel()));
    await copyFile(join(packageFolder(), 'LICENSE'), join(folder, LICENCE));
  });
}

/** Size and SHA-256 of the files in a folder, as the catalogue states them. */
export async function describeFiles(folder: string): Promise<ImportedFile[]> {
  return Promise.all(
    SHIPPED.map(async (id) => {
      const bytes = await readFile(join(folder, fileName(id)));
      return { id, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

const SHIPPED: readonly string[] = [...NSFWJS_MODELS, 'activation-map'];
const LICENCE = 'LICENSE-nsfwjs';

function fileName(id: string): string {
  return `${id}.onnx`;
}

function packageFolder(): string {
  // The package does not export its own package.json; its entry is `dist/cjs/index.js`.
  return join(dirname(require.resolve('nsfwjs')), '..', '..');
}

async function allThere(folder: string): Promise<boolean> {
  const wanted = [...SHIPPED.map(fileName), LICENCE];
  const found = await Promise.all(wanted.map((name) => readFile(join(folder, name)).catch(() => null)));
  return found.every((bytes) => bytes !== null && bytes.length > 0);
}

/** Written beside and renamed, so that a file is never half there. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  await writeFile(beside, bytes);
  await rename(beside, file);
}
