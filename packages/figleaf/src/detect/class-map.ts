/** A class activation map read as heat, as regions that are hot, and as the classifier's own answer. */
import type { Category, ModelMetadata } from '@figleaf/onnx/metadata';
import { type ClassProbabilities, softmax } from '../classify/scores.ts';
import { FigleafError } from '../errors.ts';
import type { Size } from '../image/dimensions.ts';
import type { Tensor } from '../runtime/pool.ts';
import type { Candidate } from './candidates.ts';

/** The part of a model's metadata that its map is read by. */
export type MapMetadata = Pick<ModelMetadata, 'id' | 'labels' | 'taxonomy'>;

/** How much a classifier sees at each place of a picture that is not safe. The cells divide the picture evenly. */
export interface Heat {
  /** Number of columns. */
  readonly width: number;
  /** Number of rows. */
  readonly height: number;
  /** `[height, width]`, row by row from the top left: the probability, 0 to 1, that the cell is unsafe or suggestive. */
  readonly data: Float32Array;
}

/** What the regions of a map are called; which of the two a region is its cells decide. */
export const REGION_KINDS: readonly { readonly label: string; readonly category: Category }[] = [
  { label: 'UNSAFE_REGION', category: 'unsafe' },
  { label: 'UNSAFE_REGION', category: 'suggestive' },
];
const [UNSAFE, SUGGESTIVE] = [0, 1];

/** A cell is hot where it is rather not safe than safe. */
const HOT = 0.5;

/**
 * Regions of hot cells that touch, at corners too, in pixels of the model's input. A region scores the mean heat of its cells, so more
 * than 0.5, and is unsafe where its cells are more so than suggestive.
 *
 * @param input Size of the model's input in pixels.
 */
export function readClassMap(
  model: MapMetadata,
  outputs: readonly Tensor[],
  minScore: number,
  input: Size,
): Candidate[] {
  const [heat, unsafe] = [readHeat(model, outputs), familyHeat(model, outputs, 'unsafe')];
  const [across, down] = [input.width / heat.width, input.height / heat.height];
  const candidates = hotRegions(heat).map((cells): Candidate => {
    const [columns, rows] = [
      cells.map((at) => at % heat.width),
      cells.map((at) => Math.floor(at / heat.width)),
    ];
    const [left, right] = [Math.min(...columns), Math.max(...columns) + 1];
    const [top, bottom] = [Math.min(...rows), Math.max(...rows) + 1];
    const score = meanAt(heat.data, cells);
    return {
      label: meanAt(unsafe, cells) > score / 2 ? UNSAFE : SUGGESTIVE,
      score,
      box: { x: left * across, y: top * down, width: (right - left) * across, height: (bottom - top) * down },
    };
  });
  return candidates.filter(({ score }) => score >= minScore);
}

/** The heat of each cell. */
export function readHeat(model: MapMetadata, outputs: readonly Tensor[]): Heat {
  const { dims } = mapOf(model, outputs);
  const [unsafe, suggestive] = (['unsafe', 'suggestive'] as const).map((family) =>
    familyHeat(model, outputs, family),
  );
  const data = unsafe!.map((heat, cell) => heat + suggestive![cell]!);
  checkProbabilities(model, data);
  return { width: dims[3]!, height: dims[2]!, data };
}

/**
 * What the classifier that the map is of says of the whole: the softmax of the mean over all cells of its logits, of which the map has
 * the logarithms up to a number that is the same for all labels of a cell.
 */
export function readAnswer(model: MapMetadata, outputs: readonly Tensor[]): ClassProbabilities {
  const { data } = mapOf(model, outputs);
  const cells = data.length / model.labels.length;
  const logits = model.labels.map((_, label) => {
    const ofLabel = data.subarray(label * cells, (label + 1) * cells);
    return ofLabel.reduce((sum, p) => sum + Math.log(Math.max(p, LEAST)), 0) / cells;
  });
  const probabilities = softmax(logits);
  return Object.fromEntries(model.labels.map((label, index) => [label, probabilities[index]!]));
}

/** The least number of 32 bits that has all its digits. */
const LEAST = 2 ** -126;

/** The sum over the labels of a family, in each cell. */
function familyHeat(model: MapMetadata, outputs: readonly Tensor[], family: Category): Float32Array {
  const { data } = mapOf(model, outputs);
  const sum = new Float32Array(data.length / model.labels.length);
  model.labels.forEach((label, index) => {
    if (model.taxonomy?.[label] !== family) return;
    for (let cell = 0; cell < sum.length; cell++) sum[cell] = sum[cell]! + data[index * sum.length + cell]!;
  });
  return sum;
}

function mapOf(model: MapMetadata, [output]: readonly Tensor[]): Tensor {
  checkClassMapShape(model, output?.dims ?? []);
  return output!;
}

/**
 * Whether an output of this shape can be a map of these labels; axes without a number are not judged.
 *
 * @throws {FigleafError} `model-labels-mismatch` or `model-unsupported`.
 */
export function checkClassMapShape({ id, labels }: MapMetadata, dims: readonly (number | string)[]): void {
  if (dims.length !== 4) {
    throw new FigleafError(
      'model-unsupported',
      `the model '${id}' gives an output of shape [${dims.join(', ')}]; a class activation map gives [1, classes, rows, columns]`,
    );
  }
  if (typeof dims[1] !== 'number' || dims[1] === labels.length) return;
  throw new FigleafError(
    'model-labels-mismatch',
    `the model '${id}' gives a map of ${dims[1]} classes, but ${labels.length} labels are named (${labels.join(', ')})`,
  );
}

/** Logits under the name of probabilities, or a network that overflows, must not pass for an answer. */
function checkProbabilities({ id }: MapMetadata, heat: Float32Array): void {
  const odd = heat.find((value) => !(value >= 0 && value <= 1.001));
  if (odd === undefined) return;
  throw new FigleafError(
    'model-unsupported',
    `the model '${id}' gives a heat of ${odd}; a map holds probabilities from 0 to 1`,
  );
}

/** The cells of each region, by their places in `data`. */
function hotRegions({ width, height, data }: Heat): number[][] {
  const seen = new Uint8Array(data.length);
  const regions: number[][] = [];
  for (let start = 0; start < data.length; start++) {
    const cells: number[] = [];
    const waiting = [start];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen[at] || !(data[at]! > HOT)) continue;
      seen[at] = 1;
      cells.push(at);
      waiting.push(...neighboursOf(at, width, height));
    }
    if (cells.length > 0) regions.push(cells);
  }
  return regions;
}

function neighboursOf(at: number, width: number, height: number): number[] {
  const [x, y] = [at % width, Math.floor(at / width)];
  const rows = [y - 1, y, y + 1].filter((row) => row >= 0 && row < height);
  const columns = [x - 1, x, x + 1].filter((column) => column >= 0 && column < width);
  return rows.flatMap((row) => columns.map((column) => row * width + column));
}

function meanAt(values: Float32Array, places: readonly number[]): number {
  return places.reduce((sum, at) => sum + values[at]!, 0) / places.length;
}
