/** VJP rules: pooling. */
import { intAttribute, intsAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node, ValueInfo } from '../model.ts';
import { reshape } from '../operators/arrangement.ts';
import { div, mul } from '../operators/elementwise.ts';
import { windowPads } from '../operators/window.ts';
import { elementCount, floats } from '../tensors.ts';
import { addedUp } from './arrangement.ts';
import { inputGradient } from './convolution.ts';
import { countAlong, shareAmongLargest } from './reduction.ts';
import { expandLike, number, reshapeLike } from './shaping.ts';
import type { Border, Sliding } from './sliding.ts';
import { type RankedValue, type VjpRule, type VjpRules, withoutDerivative } from './vjp.ts';

/** y = the largest of each window: dx = dy added up where the largest were found. */
const maxPool: VjpRule = ({ builder, node, dy, input, output }) => [
  () => {
    if (intAttribute(node, 'storage_order', 0) !== 0)
      throw withoutDerivative(node, 'indices in column order');
    // The indices count through the whole of x.
    const [places, flat, updates] = [output(1), input(0), dy].map((value) => flattened(builder, value));
    return reshapeLike(builder, addedUp(builder, flat!, places!, updates!, 0), input(0));
  },
];

/** The same elements along one axis. */
function flattened(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  return reshape(builder, x, [-1]);
}

/** y = the mean of each window: dx = dy / n, repeated over the window: a convolution with a kernel of ones. */
const averagePool: VjpRule = ({ builder, node, dy, input, output }) => [
  () => {
    const x = input(0);
    const sliding = slidingOf(node, x);
    const ones = floats(new Float32Array(sliding.group * elementCount(sliding.kernel)).fill(1), [
      sliding.group,
      1,
      ...sliding.kernel,
    ]);
    const kernel = { ...builder.constant(ones, 'ones'), shape: ones.dims };
    return inputGradient(
      builder,
      node,
      meanShares(builder, node, dy, x, output(0), sliding),
      x,
      kernel,
      sliding,
    );
  },
];

function slidingOf(node: Node, x: RankedValue): Sliding {
  const kernel = intsAttribute(node, 'kernel_shape');
  const ones = kernel.map(() => 1);
  const [, channels] = x.shape;
  if (typeof channels !== 'number') throw withoutDerivative(node, 'a free number of channels');
  return {
    kernel,
    strides: intsAttribute(node, 'strides', ones),
    dilations: intsAttribute(node, 'dilations', ones),
    pads: windowPads(node, x.shape.slice(2), kernel),
    group: channels,
  };
}

/** dy / n, where n is how many places the mean was taken over. */
function meanShares(
  builder: GraphBuilder,
  node: Node,
  dy: ValueInfo,
  x: RankedValue,
  y: RankedValue,
  sliding: Sliding,
): ValueInfo {
  const borders = countedBorders(node, sliding);
  const isEverywhereWhole = sliding.pads.flat().every((size, index) => size <= borders.flat()[index]!);
  if (isEverywhereWhole) return mul(builder, dy, number(builder, 1 / elementCount(sliding.kernel), dy));
  const counts = sliding.kernel.map((_, place) => {
    const [length, count] = [x.shape[place + 2], y.shape[place + 2]];
    if (typeof length === 'number' && typeof count === 'number')
      return insideCounts(sliding, place, count, [-borders[place]![0], length + borders[place]![1]]);
    throw withoutDerivative(node, 'a picture of free size with padding');
  });
  const shares = counts.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  const dims = counts.map(({ length }) => length);
  return mul(
    builder,
    dy,
    builder.constant(
      floats(
        shares.map((count) => 1 / count),
        dims,
      ),
      'shares',
    ),
  );
}

/** How much of the padding counts towards the mean. What a window stands out by `ceil_mode` never does. */
function countedBorders(node: Node, { kernel, pads }: Sliding): readonly Border[] {
  if (intAttribute(node, 'count_include_pad', 0) === 0) return kernel.map(() => [0, 0]);
  if (intAttribute(node, 'ceil_mode', 0) === 0) return pads;
  const given = intsAttribute(
    node,
    'pads',
    [...kernel, ...kernel].map(() => 0),
  );
  return kernel.map((_, place) => [given[place]!, given[place + kernel.length]!]);
}

/** How many taps of the window lie from `begin` to below `end`, for each of `count` places along one axis. */
function insideCounts(
  { kernel, strides, dilations, pads }: Sliding,
  place: number,
  count: number,
  [begin, end]: readonly [begin: number, end: number],
): number[] {
  const taps = Array.from({ length: kernel[place]! }, (_, tap) => tap * dilations[place]! - pads[place]![0]);
  return Array.from({ length: count }, (_, index) => {
    const start = index * strides[place]!;
    return taps.filter((tap) => start + tap >= begin && start + tap < end).length;
  });
}

function spatialAxes(x: RankedValue): number[] {
  return [...x.shape.keys()].slice(2);
}

/** y = the mean over all places: dx = dy / n, repeated. */
const globalAveragePool: VjpRule = ({ builder, dy, input }) => [
  () => {
    const x = input(0);
    return expandLike(builder, div(builder, dy, countAlong(builder, x, spatialAxes(x), dy)), x);
  },
];

/** y = the largest of all places: dx = dy where x = y, in equal parts where several are. */
const globalMaxPool: VjpRule = ({ builder, dy, input, output }) => [
  () => shareAmongLargest(builder, dy, input(0), output(0), spatialAxes(input(0))),
];

/** VJP rules of this family. */
export const poolingVjps: VjpRules = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
