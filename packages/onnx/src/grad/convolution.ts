/** VJP rules: convolution and transposed convolution, written as whatever ONNX Runtime's CPU provider computes fastest. */
import { attribute, intAttribute, intsAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { productOf } from '../dims.ts';
import type { Node, ValueInfo } from '../model.ts';
import { concat, pad, reshape, transpose } from '../operators/arrangement.ts';
import { matMul } from '../operators/linear.ts';
import { reduceSum } from '../operators/reduction.ts';
import { slice } from '../operators/selection.ts';
import { windowPads } from '../operators/window.ts';
import { depthwiseWeightGradient } from './depthwise.ts';
import { turned } from './linear.ts';
import { reshapeLike } from './shaping.ts';
import type { Border, Sliding } from './sliding.ts';
import { type RankedValue, type VjpRule, type VjpRules, withoutDerivative } from './vjp.ts';

/** y = W ∗ x + b: dx = Wᵀ ∗ dy, dW = x ∗ dy, db = Σ dy over batch and places. */
const conv: VjpRule = ({ builder, node, dy, input }) => {
  const [x, weight] = [input(0), input(1)];
  const sliding = slidingOf(node, x, weight);
  return [
    () => inputGradient(builder, node, dy, x, weight, sliding),
    () => weightGradient(builder, node, dy, x, weight, sliding),
    () => reduceSum(builder, dy, { axes: [0, ...spatialAxes(x)] }),
  ];
};

function slidingOf(node: Node, x: RankedValue, weight: RankedValue): Sliding {
  const kernel = weight.shape.slice(2).map((dim) => {
    if (typeof dim === 'number') return dim;
    throw withoutDerivative(node, 'a kernel whose size is not known');
  });
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: intsAttribute(node, 'strides', ones),
    dilations: intsAttribute(node, 'dilations', ones),
    pads: windowPads(node, x.shape.slice(2), kernel),
    group: intAttribute(node, 'group', 1),
  };
}

function spatialAxes(x: RankedValue): number[] {
  return Array.from({ length: x.shape.length - 2 }, (_, axis) => axis + 2);
}

function lengthsOf(node: Node, value: RankedValue, axes: readonly number[]): number[] {
  return axes.map((axis) => {
    const length = value.shape[axis];
    if (typeof length === 'number') return length;
    throw withoutDerivative(node, `a picture of free size (axis ${axis} of '${value.name}')`);
  });
}

/** dx: what each tap of the kernel gave to dy goes back to where it came from. */
export function inputGradient(
  builder: GraphBuilder,
  node: Node,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  sliding: Sliding,
): ValueInfo {
  // With stride 1 a convolution does that in a fifth of a transposed one's time; with longer ones it would mostly see zeros.
  const isDense = sliding.strides.every((stride) => stride === 1);
  const gradient = isDense
    ? byFlippedKernel(builder, dy, weight, sliding)
    : byTransposedConvolution(builder, node, dy, x, weight, sliding);
  return { ...gradient, shape: x.shape };
}

/** A convolution of dy with the kernel turned by 180 degrees, its channels exchanged. */
function byFlippedKernel(
  builder: GraphBuilder,
  dy: ValueInfo,
  weight: RankedValue,
  { kernel, dilations, pads, group }: Sliding,
): ValueInfo {
  const borders = kernel.map((size, place): Border => {
    const reach = (size - 1) * dilations[place]!;
    return [reach - pads[place]![0], reach - pads[place]![1]];
  });
  const attributes = {
    kernel_shape: attribute.ints(kernel),
    dilations: attribute.ints(dilations),
    group: attribute.int(group),
    pads: attribute.ints(inOnnxOrder(borders.map(notNegative))),
  };
  const turnedOver = flipped(builder, exchanged(builder, weight, group));
  return cropped(builder, builder.one('Conv', [dy, turnedOver], attributes), borders);
}

function byTransposedConvolution(
  builder: GraphBuilder,
  node: Node,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  { kernel, strides, dilations, pads, group }: Sliding,
): ValueInfo {
  const lengths = lengthsOf(node, x, spatialAxes(x));
  const counts = lengthsOf(node, { ...dy, shape: dy.shape! }, spatialAxes(x));
  // The rows at the end that no window reached.
  const unseen = kernel.map((size, place) => {
    const reach = (size - 1) * dilations[place]! + 1;
    return (
      lengths[place]! + pads[place]![0] + pads[place]![1] - reach - (counts[place]! - 1) * strides[place]!
    );
  });
  return builder.one('ConvTranspose', [dy, weight], {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(strides),
    dilations: attribute.ints(dilations),
    group: attribute.int(group),
    pads: attribute.ints(inOnnxOrder(pads)),
    output_padding: attribute.ints(unseen),
  });
}

function notNegative([before, after]: Border): Border {
  return [Math.max(0, before), Math.max(0, after)];
}

/** Without as many rows and columns as the borders are negative. */
function cropped(builder: GraphBuilder, x: ValueInfo, borders: readonly Border[]): ValueInfo {
  return withBorders(
    builder,
    x,
    borders.map(([before, after]): Border => [Math.min(0, before), Math.min(0, after)]),
  );
}

/** All that is before, then all that is after. */
function inOnnxOrder(borders: readonly Border[]): number[] {
  return [...borders.map(([before]) => before), ...borders.map(([, after]) => after)];
}

/** A kernel with its output and input channels exchanged within each group. */
function exchanged(builder: GraphBuilder, weight: RankedValue, group: number): ValueInfo {
  const [outputs, inputs, ...kernel] = weight.shape as readonly number[];
  const rest = kernel.map((_, axis) => axis);
  if (inputs === 1 && outputs === group) return weight;
  if (group === 1) return transpose(builder, weight, [1, 0, ...rest.map((axis) => axis + 2)]);
  const grouped = reshape(builder, weight, [group, outputs! / group, inputs!, ...kernel]);
  const turnedOver = transpose(builder, grouped, [0, 2, 1, ...rest.map((axis) => axis + 3)]);
  return reshape(builder, turnedOver, [group * inputs!, outputs! / group, ...kernel]);
}

/** A kernel turned by 180 degrees. */
function flipped(builder: GraphBuilder, weight: ValueInfo): ValueInfo {
  const axes = [...weight.shape!.keys()].slice(2).filter((axis) => weight.shape![axis] !== 1);
  if (axes.length === 0) return weight;
  return slice(
    builder,
    weight,
    axes.map((axis) => ({ axis, start: -1, step: -1 })),
  );
}

/** dW: how dy goes with what each tap of the kernel saw of x, summed over batch and places. */
function weightGradient(
  builder: GraphBuilder,
  node: Node,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  sliding: Sliding,
): ValueInfo {
  const gradient =
    depthwiseWeightGradient(builder, dy, x, weight, sliding) ??
    byImageAsKernel(builder, dy, x, weight, sliding) ??
    byProducts(builder, node, dy, x, weight, sliding);
  return reshapeLike(builder, gradient, weight);
}

/**
 * Depthwise convolutions where all lengths are known, else `null`: x convolved with dy as its kernel, every picture's
 * channel a group of its own, then summed over the pictures.
 */
function byImageAsKernel(
  builder: GraphBuilder,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  { kernel, strides, dilations, pads, group }: Sliding,
): ValueInfo | null {
  const isDepthwise = weight.shape[1] === 1 && group > 1;
  if (!isDepthwise || [...x.shape, ...dy.shape!].some((dim) => typeof dim !== 'number')) return null;
  const [batch, channels, ...lengths] = x.shape as readonly number[];
  const [, outputs, ...counts] = dy.shape as readonly number[];
  const picture = reshape(builder, x, [1, batch! * channels!, ...lengths]);
  const image = reshape(builder, dy, [batch! * outputs!, 1, ...counts]);
  const slid = builder.one('Conv', [picture, image], {
    kernel_shape: attribute.ints(counts),
    // Neighbours in dy are a stride apart in x, and neighbours in the kernel a dilation.
    strides: attribute.ints(dilations),
    dilations: attribute.ints(strides),
    group: attribute.int(batch! * group),
    pads: attribute.ints(inOnnxOrder(pads)),
  });
  const surplus = kernel.map((size, place): Border => [0, size - (slid.shape![place + 2] as number)]);
  const taps = cropped(builder, slid, surplus);
  return reduceSum(builder, reshape(builder, taps, [batch!, outputs!, ...kernel]), { axes: [0] });
}

/** For each tap of the kernel, the product of dy with what that tap saw of x, as matrices. */
function byProducts(
  builder: GraphBuilder,
  node: Node,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  sliding: Sliding,
): ValueInfo {
  const [outputs, inputs] = weight.shape as readonly number[];
  const { group } = sliding;
  const isOneProduct = group === 1 && isCheaperAsOneProduct(dy, outputs!, inputs!);
  const asMatrices = (value: ValueInfo, channels: number): ValueInfo => {
    if (isOneProduct) return reshape(builder, channelsFirst(builder, value), [channels, -1]);
    return reshape(builder, value, group === 1 ? [0, channels, -1] : [0, group, channels, -1]);
  };
  const left = asMatrices(dy, outputs! / group);
  const padded = withBorders(builder, x, sliding.pads);
  const product = (seen: ValueInfo, channels: number): ValueInfo => {
    const products = matMul(builder, left, turned(builder, asMatrices(seen, channels)));
    return isOneProduct ? products : reduceSum(builder, products, { axes: [0] });
  };
  const seen = tapsOf(sliding.kernel).map((tap) => seenBy(builder, node, padded, dy, tap, sliding));
  if (group === 1 && seen.length > 1 && inputs! < THIN) {
    const together = product(concat(builder, seen, 1), seen.length * inputs!);
    return transpose(builder, reshape(builder, together, [outputs!, seen.length, inputs!]), [0, 2, 1]);
  }
  const taps = seen.map((one) => reshape(builder, product(one, inputs!), [outputs!, inputs!, 1]));
  return taps.length === 1 ? taps[0]! : concat(builder, taps, 2);
}

/** With fewer input channels, as of a picture, all taps go into one product, which is as fast as that of a single one. */
const THIN = 8;

/**
 * Whether to lay the pictures of the batch one after another for a single product, rather than to multiply each picture by
 * itself and sum: it costs a copy of both operands, and saves one product as large as the kernel for each picture.
 */
function isCheaperAsOneProduct(dy: ValueInfo, outputs: number, inputs: number): boolean {
  const places = productOf(dy.shape!.slice(2));
  return typeof places === 'number' && places * (outputs + inputs) < outputs * inputs;
}

function channelsFirst(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  return transpose(builder, x, [1, 0, ...[...x.shape!.keys()].slice(2)]);
}

/** Every place in a kernel, in row-major order. */
function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, size) => all.flatMap((tap) => Array.from({ length: size }, (_, place) => [...tap, place])),
    [[]],
  );
}

/** With zeros around the spatial axes; cut off where a border is negative. */
function withBorders(builder: GraphBuilder, x: ValueInfo, borders: readonly Border[]): ValueInfo {
  if (borders.flat().every((size) => size === 0)) return x;
  return pad(builder, x, inOnnxOrder([[0, 0], [0, 0], ...borders]));
}

/** The part of x, borders included, that one tap of the kernel meets as it slides. */
function seenBy(
  builder: GraphBuilder,
  node: Node,
  padded: ValueInfo,
  dy: ValueInfo,
  tap: readonly number[],
  { kernel, strides, dilations }: Sliding,
): ValueInfo {
  const ranges = tap.map((place, index) => {
    const [axis, stride, start] = [index + 2, strides[index]!, place * dilations[index]!];
    const reach = (kernel[index]! - 1) * dilations[index]!;
    const count = dy.shape![axis];
    if (typeof count === 'number')
      return { axis, start, end: start + (count - 1) * stride + 1, step: stride };
    if (stride !== 1) throw withoutDerivative(node, `a picture of free size and stride ${stride}`);
    // Counted from the end, so that the length need not be known.
    return start === reach ? { axis, start } : { axis, start, end: start - reach };
  });
  const cutting = ranges.filter(({ axis, start, end, step = 1 }) => {
    const whole = padded.shape![axis];
    return start !== 0 || step !== 1 || (end !== undefined && end !== whole);
  });
  return cutting.length === 0 ? padded : slice(builder, padded, cutting);
}

/** y = Wᵀ ∗ x + b: dx = W ∗ dy, dW = dy ∗ x, db = Σ dy: a convolution that goes the other way. */
const convTranspose: VjpRule = ({ builder, node, dy, input, output }) => {
  const [x, weight] = [input(0), input(1)];
  const sliding = slidingOf(node, output(0), weight);
  // ONNX allows it up to the dilation, but ONNX Runtime does not run it, and dx would have too many rows.
  if (intsAttribute(node, 'output_padding', []).some((extra, place) => extra >= sliding.strides[place]!))
    throw withoutDerivative(node, 'output_padding that is not less than the stride');
  const attributes = {
    kernel_shape: attribute.ints(sliding.kernel),
    strides: attribute.ints(sliding.strides),
    dilations: attribute.ints(sliding.dilations),
    group: attribute.int(sliding.group),
    pads: attribute.ints(inOnnxOrder(sliding.pads)),
  };
  return [
    () => ({ ...builder.one('Conv', [dy, weight], attributes), shape: x.shape }),
    () => weightGradient(builder, node, x, { ...dy, shape: output(0).shape }, weight, sliding),
    () => reduceSum(builder, dy, { axes: [0, ...spatialAxes(x)] }),
  ];
};

/** VJP rules of this family. */
export const convolutionVjps: VjpRules = { Conv: conv, ConvTranspose: convTranspose };
