/** Whether a file is the kind of model that the catalogue says, by what it takes and gives; its weights are not looked at. */
import { type DeclaredValue, type ModelSummary, readMetadata } from '@figleaf/onnx/metadata';
import { FigleafError, messageOf } from '../errors.ts';
import type { CatalogueEntry } from './entry.ts';

/**
 * Refuses a file that cannot be the model of that entry.
 *
 * @param name What to call the file.
 * @throws {FigleafError} `model-invalid`: no ONNX model. `model-unsupported`: a model of another kind.
 */
export function checkKind(bytes: Uint8Array, { metadata }: CatalogueEntry, name: string): void {
  const { inputs, outputs } = summaryOf(bytes, name);
  if (inputs.length !== 1 || !takesPictures(inputs[0]!, metadata))
    throw another(name, metadata.id, `it takes ${inputs.map(describe).join(', ') || 'nothing'}`);
  const wanted = metadata.head === 'retinanet' ? 3 : 1;
  if (outputs.length < wanted)
    throw another(name, metadata.id, `it has ${outputs.length} of ${wanted} outputs`);
  const axes = metadata.head === undefined ? 2 : 3;
  if (outputs[0]?.shape && outputs[0].shape.length !== axes)
    throw another(name, metadata.id, `it gives ${describe(outputs[0])}, not ${axes} axes`);
  const [found, expected] = widthOf(outputs[0], metadata);
  if (typeof found === 'number' && expected !== null && found !== expected)
    throw another(name, metadata.id, `its output is ${found} wide, not ${expected}`);
}

/** Whether an input can be a batch of pictures in colour, laid out as the catalogue says. */
function takesPictures({ shape }: DeclaredValue, { preprocessing }: CatalogueEntry['metadata']): boolean {
  if (shape === null) return true;
  const channels = shape[preprocessing.layout === 'NCHW' ? 1 : 3];
  return shape.length === 4 && (typeof channels !== 'number' || channels === 3);
}

function summaryOf(bytes: Uint8Array, name: string): ModelSummary {
  try {
    return readMetadata(bytes);
  } catch (cause) {
    throw new FigleafError('model-invalid', `'${name}' is no ONNX model: ${messageOf(cause)}`, { cause });
  }
}

/** How many numbers there are for one answer, and how many there must be. */
function widthOf(
  output: DeclaredValue | undefined,
  { head, labels }: CatalogueEntry['metadata'],
): [number | string | null | undefined, number | null] {
  if (head === 'retinanet') return [null, null];
  if (head === 'yolo') return [output?.shape?.at(1), labels.length + 4];
  return [output?.shape?.at(-1), labels.length];
}

function describe({ name, shape }: DeclaredValue): string {
  return `${name} [${shape?.map(lengthOf).join(', ') ?? '?'}]`;
}

/** A number or a name. Exporters write whole formulas too, which tell nobody anything. */
const lengthOf = (length: number | string | null): number | string =>
  typeof length === 'string' && !/^\w+$/.test(length) ? '?' : (length ?? '?');

function another(name: string, id: string, why: string): FigleafError {
  return new FigleafError('model-unsupported', `'${name}' is not the model '${id}': ${why}`);
}
