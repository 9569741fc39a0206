/** VJP rules: operators that move elements, take parts of a value, join or repeat. */
import { attribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { productOf } from '../dims.ts';
import type { ValueInfo } from '../model.ts';
import { concat, pad, reshape, transpose, unsqueeze } from '../operators/arrangement.ts';
import { resolvedRange, slice, sliceRanges, splitLengths } from '../operators/selection.ts';
import { at, positiveAxis, requiredIntegers } from '../shape-rule.ts';
import { expandLike, passingZeros, reshapeLike, zerosLike } from './shaping.ts';
import { type VjpRule, type VjpRules, withoutDerivative } from './vjp.ts';

/** The same elements in another shape: dx = dy in the shape of x. */
const reshaped: VjpRule = ({ builder, dy, input }) => [() => reshapeLike(builder, dy, input(0)), null];

/** y = x with its axes in another order: dx = dy with them back. */
const transposed: VjpRule = ({ builder, node, dy, input }) => [
  () => {
    const backwards = input(0).shape.map((_, axis, { length }) => length - 1 - axis);
    const permutation = intsAttribute(node, 'perm', backwards);
    return transpose(
      builder,
      dy,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    );
  },
];

/** y = x₁ x₂ ... joined: dxᵢ = its part of dy. */
const concatenated: VjpRule = ({ builder, node, dy, input }) => {
  const axis = positiveAxis(node, intAttribute(node, 'axis'), input(0).shape.length);
  const lengths = node.inputs.map((_, index) => at(input(index).shape, axis));
  const starts = lengths.map((_, index) =>
    lengths.slice(0, index).reduce<number>((sum, length) => {
      if (typeof length === 'number') return sum + length;
      throw withoutDerivative(node, 'parts whose lengths are not known');
    }, 0),
  );
  return starts.map((start, index) => () => {
    const length = lengths[index]!;
    const part = slice(builder, dy, [
      { axis, start, ...(typeof length === 'number' && { end: start + length }) },
    ]);
    return { ...part, shape: input(index).shape };
  });
};

/** The parts of x: dx = the dyᵢ joined, zeros for those that the loss does not depend on. */
const parts: VjpRule = (vjp) => {
  const { builder, node, cotangent, input, output } = vjp;
  const axis = intAttribute(node, 'axis', 0);
  const lengths = splitLengths(vjp, at(input(0).shape, positiveAxis(node, axis, input(0).shape.length)));
  if (!lengths) throw withoutDerivative(node, 'parts whose lengths are not known');
  const gradients = node.outputs.map((_, index) => cotangent(index) ?? zerosLike(builder, output(index)));
  return [() => concat(builder, gradients, axis), null];
};

/** y = every step-th of x from start on: dx = dy with zeros in between and around. */
const sliced: VjpRule = (vjp) => {
  const { builder, node, dy, input } = vjp;
  return [
    () => {
      const x = input(0);
      return sliceRanges(vjp, x.shape.length).reduce<ValueInfo>((gradient, range) => {
        const length = at(x.shape, range.axis);
        if (length === gradient.shape![range.axis] && range.step === 1) return gradient;
        if (typeof length !== 'number') throw withoutDerivative(node, 'a part of an axis of free length');
        return spreadAlong(builder, gradient, length, resolvedRange(range, length));
      }, dy);
    },
  ];
};

/** `x` laid out along one axis of `length` places, zeros elsewhere. */
function spreadAlong(
  builder: GraphBuilder,
  x: ValueInfo,
  length: number,
  { axis, start, step, count }: ReturnType<typeof resolvedRange>,
): ValueInfo {
  const forward = step < 0 ? slice(builder, x, [{ axis, start: -1, step: -1 }]) : x;
  const stride = Math.abs(step);
  const first = step < 0 ? start + (count - 1) * step : start;
  const spread = withGaps(builder, forward, axis, stride);
  return padAlong(builder, spread, axis, first, length - first - count * stride);
}

/** `stride - 1` zeros behind each place of an axis of known length. */
function withGaps(builder: GraphBuilder, x: ValueInfo, axis: number, stride: number): ValueInfo {
  const [shape, count] = [x.shape!, x.shape![axis]];
  if (stride === 1 || typeof count !== 'number') return x;
  const spaced = padAlong(builder, unsqueeze(builder, x, [axis + 1]), axis + 1, 0, stride - 1);
  const behind = shape.slice(axis + 1).map((dim) => (typeof dim === 'number' ? dim : -1));
  return {
    ...reshape(builder, spaced, [...shape.slice(0, axis).map(() => 0), count * stride, ...behind]),
    shape: shape.with(axis, count * stride),
  };
}

/** Zeros before and after along one axis. */
function padAlong(
  builder: GraphBuilder,
  x: ValueInfo,
  axis: number,
  before: number,
  after: number,
): ValueInfo {
  if (before === 0 && after === 0) return x;
  const rank = x.shape!.length;
  const pads = new Array<number>(2 * rank)
    .fill(0)
    .with(axis, before)
    .with(axis + rank, after);
  return pad(builder, x, pads);
}

/** y = x with borders: dx = dy without them. */
const padded: VjpRule = (vjp) => {
  const { builder, node, dy, input, has } = vjp;
  if (stringAttribute(node, 'mode', 'constant') !== 'constant') throw withoutDerivative(node, 'its mode');
  return [
    () => {
      const { shape } = input(0);
      const axes = has('inputs', 3) ? requiredIntegers(vjp, 3) : [...shape.keys()];
      const pads = requiredIntegers(vjp, 1);
      const negated = new Array<number>(2 * shape.length).fill(0);
      for (const [index, stated] of axes.entries()) {
        const axis = positiveAxis(node, stated, shape.length);
        negated[axis] = -pads[index]!;
        negated[axis + shape.length] = -pads[index + axes.length]!;
      }
      return { ...pad(builder, dy, negated), shape };
    },
  ];
};

/** y = x at indices: dx = dy added up at those indices, zeros elsewhere. */
const gathered: VjpRule = (vjp) => [
  () => {
    const { builder, node, dy, input } = vjp;
    const [x, indices] = [input(0), input(1)];
    const axis = positiveAxis(node, intAttribute(node, 'axis', 0), x.shape.length);
    const behind = x.shape.slice(axis + 1).map((dim) => {
      if (typeof dim === 'number') return dim;
      throw withoutDerivative(node, 'axes of free length behind the one that is indexed');
    });
    const inFront = Array.from({ length: axis }, () => 0);
    // One axis of indices, and as many copies of it as there are numbers in dy.
    const updates = {
      ...reshape(builder, dy, [...inFront, -1, ...behind]),
      shape: [...x.shape.slice(0, axis), productOf(indices.shape), ...behind],
    };
    const column = reshape(builder, indices, [-1, ...behind.map(() => 1)]);
    return addedUp(builder, x, expandLike(builder, column, updates), updates, axis);
  },
  null,
];

/**
 * Zeros in the shape of `like`, with `updates` added at `indices` along one axis.
 *
 * ScatterND would need fewer indices, but ONNX Runtime adds in parallel there and loses some where indices meet.
 */
export function addedUp(
  builder: GraphBuilder,
  like: ValueInfo,
  indices: ValueInfo,
  updates: ValueInfo,
  axis: number,
): ValueInfo {
  const attributes = { axis: attribute.int(axis), reduction: attribute.string('add') };
  return builder.one('ScatterElements', [passingZeros(builder, like, updates), indices, updates], attributes);
}

/** y = x at indices along one axis: dx = dy added up at those indices. */
const gatheredElements: VjpRule = ({ builder, node, dy, input }) => [
  () => addedUp(builder, input(0), input(1), dy, intAttribute(node, 'axis', 0)),
  null,
];

/** VJP rules of this family. */
export const arrangementVjps: VjpRules = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transposed,
  Concat: concatenated,
  Split: parts,
  Slice: sliced,
  Pad: padded,
  Gather: gathered,
  GatherElements: gatheredElements,
  /** y = x repeated: dx = Σ dy over the repeats. */
  Expand: ({ dy, sumTo }) => [() => sumTo(dy, 0), null],
};
