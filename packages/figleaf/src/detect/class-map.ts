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
  /**
   * `[height, width]`, row by row from the top left, 0 to 1: how likely it is, to the classifier, that what is around the cell is unsafe or
   * suggestive.
   */
  readonly data: Float32Array;
}

/** What the regions of a map are called; which of the two a region is its cells decide. */
export const REGION_KINDS: readonly { readonly label: string; readonly category: Category }[] = [
  { label: 'UNSAFE_REGION', category: 'unsafe' },
  { label: 'UNSAFE_REGION', category: 'suggestive' },
];
const [UNSAFE, SUGGESTIVE] = [0, 1];

/** Side of what a cell's heat is averaged over, in cells. Single cells waver, and wider windows lose the place; docs/detecting.md shows it. */
const WINDOW = 3;

/** A cell is hot where it is rather not safe than safe. */
const HOT = 0.5;

/** A map by the families of its labels. */
export interface FamilyMap {
  readonly heat: Heat;
  /** The unsafe part of the heat, cell by cell. */
  readonly unsafe: Float32Array;
}

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
  const { heat, unsafe } = readFamilies(model, outputs);
  const [across, down] = [input.width / heat.width, input.height / heat.height];
  const candidates = hotRegions(heat).map((cells): Candidate => {
    const columns = cells.map((at) => at % heat.width);
    const rows = cells.map((at) => Math.floor(at / heat.width));
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

/** What the classifier says of the {@link WINDOW} around each cell: as of the whole, the softmax of the mean of its logits there. */
export function readFamilies(model: MapMetadata, outputs: readonly Tensor[]): FamilyMap {
  const { dims, data } = mapOf(model, outputs);
  const [width, height] = [dims[3]!, dims[2]!];
  const logits = logitsOf(model, data).map((ofLabel) => windowMeans(ofLabel, width, height));
  const heat = new Float32Array(width * height);
  const unsafe = new Float32Array(width * height);
  for (let cell = 0; cell < heat.length; cell++) {
    softmax(logits.map((ofLabel) => ofLabel[cell]!)).forEach((p, index) => {
      const family = model.taxonomy?.[model.labels[index]!];
      if (family === 'unsafe') unsafe[cell] = unsafe[cell]! + p;
      if (family === 'unsafe' || family === 'suggestive') heat[cell] = heat[cell]! + p;
    });
  }
  return { heat: { width, height, data: heat }, unsafe };
}

/** What the classifier that the map is of says of the whole: the softmax of the mean of its logits over all cells. */
export function readAnswer(model: MapMetadata, outputs: readonly Tensor[]): ClassProbabilities {
  const means = logitsOf(model, mapOf(model, outputs).data).map((ofLabel) => meanOf(ofLabel));
  const probabilities = softmax(means);
  return Object.fromEntries(model.labels.map((label, index) => [label, probabilities[index]!]));
}

/** The least number of 32 bits that has all its digits. */
const LEAST = 2 ** -126;

/** The logits of each label, cell by cell, up to a number that all labels of a cell share: a softmax does not see it. */
function logitsOf({ labels }: MapMetadata, data: Float32Array): Float32Array[] {
  const cells = data.length / labels.length;
  return labels.map((_, index) =>
    data.subarray(index * cells, (index + 1) * cells).map((p) => Math.log(Math.max(p, LEAST))),
  );
}

/** The mean over the window around each cell, or what of it lies in the map. */
function windowMeans(values: Float32Array, width: number, height: number): Float32Array {
  const reach = (WINDOW - 1) / 2;
  return values.map((_, cell) => {
    const [x, y] = [cell % width, Math.floor(cell / width)];
    const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
    const rows = Array.from({ length: height }, (_, row) => row).slice(Math.max(0, y - reach), y + reach + 1);
    return meanOf(rows.flatMap((row) => [...values.subarray(row * width + left, row * width + right)]));
  });
}

/** Checks that it is one, and that it holds probabilities: logits, or a network that overflows, must not pass for an answer. */
function mapOf(model: MapMetadata, [output]: readonly Tensor[]): Tensor {
  checkClassMapShape(model, output?.dims ?? []);
  const odd = output!.data.find((p) => !(p >= 0 && p <= 1.001));
  if (odd === undefined) return output!;
  throw new FigleafError(
    'model-unsupported',
    `the model '${model.id}' gives ${odd} for a cell; a class activation map holds probabilities from 0 to 1`,
  );
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
  return meanOf(places.map((at) => values[at]!));
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum / values.length;
}
