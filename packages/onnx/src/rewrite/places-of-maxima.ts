/** Where the maxima of a pool were, found by comparing: for runtimes whose `MaxPool` does not tell. */
import { intsAttribute } from '../attributes.ts';
import type { Node, Shape } from '../model.ts';
import { windowPads } from '../operators/window.ts';
import { floats, integers, tensor } from '../tensors.ts';
import type { NodeWriter } from './editing.ts';

/** `[batch, channels, height, width]`, all known. */
type PlaneBatch = readonly [number, number, number, number];

/** Whether that is the shape. */
export function isPlaneBatch(shape: Shape | null): shape is PlaneBatch {
  return shape?.length === 4 && shape.every((dim) => typeof dim === 'number');
}

/** Height and width. */
type Pair = readonly [number, number];

/** How the pool's window slides. */
interface Window {
  readonly kernel: Pair;
  readonly dilations: Pair;
  readonly strides: Pair;
  /** Rows above and columns to the left. */
  readonly before: Pair;
  /** Rows below and columns to the right. */
  readonly after: Pair;
}

/**
 * Writes the second output of a `MaxPool`, whose first one is there: for each maximum its place, counted through the whole
 * of x; the first in the window of equal ones.
 */
export function writePlacesOfMaxima(writer: NodeWriter, node: Node, x: PlaneBatch, y: PlaneBatch): void {
  const [maxima = '', places = ''] = node.outputs;
  const window = windowOf(node, x);
  const width = x[3];
  const padded = writePadded(writer, node.inputs[0]!, window);
  // From the last tap to the first, so that the first of equal ones has the last word.
  const [last, ...earlier] = tapsOf(window).reverse();
  const offsetOf = ([row, column]: Pair): string =>
    writer.constant(tensor('int32', [], Int32Array.of(row * width + column)), `${maxima}/offset`);
  let offset = offsetOf(last!);
  for (const tap of earlier) {
    const values = writeTap(writer, padded, tap, window, y);
    offset = writer.add('Where', [writer.add('Equal', [values, maxima]), offsetOf(tap), offset]);
  }
  writer.add('Add', [writeCorners(writer, maxima, window, x, y), offset], {}, places);
}

function windowOf(node: Node, [, , height, width]: PlaneBatch): Window {
  const kernel = pair(intsAttribute(node, 'kernel_shape'));
  const [rows, columns] = windowPads(node, [height, width], kernel);
  return {
    kernel,
    dilations: pair(intsAttribute(node, 'dilations', [1, 1])),
    strides: pair(intsAttribute(node, 'strides', [1, 1])),
    before: [rows![0], columns![0]],
    after: [rows![1], columns![1]],
  };
}

const pair = ([rows = 0, columns = 0]: readonly number[]): Pair => [rows, columns];

/** Row and column of each tap within the window, in the order in which the runtime looks at them. */
function tapsOf({ kernel, dilations }: Window): Pair[] {
  return upTo(kernel[0]).flatMap((row) =>
    upTo(kernel[1]).map((column): Pair => [row * dilations[0], column * dilations[1]]),
  );
}

const upTo = (count: number): number[] => [...Array(count).keys()];

function writePadded(writer: NodeWriter, x: string, { before, after }: Window): string {
  if ([...before, ...after].every((size) => size === 0)) return x;
  const pads = writer.constant(integers([0, 0, ...before, 0, 0, ...after]), `${x}/pads`);
  return writer.add('Pad', [x, pads, writer.constant(floats([LOWEST], []), `${x}/lowest`)]);
}

/** Of the 32-bit floats; infinities are not to be had in every shader. */
const LOWEST = -3.4028234663852886e38;

/** What one tap of the window sees at each of its stops: the shape of y. */
function writeTap(writer: NodeWriter, padded: string, tap: Pair, { strides }: Window, y: PlaneBatch): string {
  const ends = tap.map((start, axis) => start + (y[axis + 2]! - 1) * strides[axis]! + 1);
  const inputs = [tap, ends, [2, 3], strides].map((numbers) =>
    writer.constant(integers([...numbers]), `${padded}/slice`),
  );
  return writer.add('Slice', [padded, ...inputs]);
}

/** The place of the first tap at each stop of the window, which may lie in the padding. */
function writeCorners(
  writer: NodeWriter,
  maxima: string,
  window: Window,
  x: PlaneBatch,
  y: PlaneBatch,
): string {
  const { strides, before } = window;
  const [batch, channels, height, width] = x;
  const constant = (values: number[], dims: number[]): string =>
    writer.constant(tensor('int32', dims, Int32Array.from(values)), `${maxima}/corner`);
  const rows = constant(
    upTo(y[2]).map((row) => (row * strides[0] - before[0]) * width),
    [y[2], 1],
  );
  const columns = constant(
    upTo(y[3]).map((column) => column * strides[1] - before[1]),
    [y[3]],
  );
  const planes = constant(
    upTo(batch * channels).map((plane) => plane * height * width),
    [batch, channels, 1, 1],
  );
  return writer.add('Add', [writer.add('Add', [rows, columns]), planes]);
}
