/** Operators that move elements without changing them: transposing, reshaping, joining, padding. */
import { attribute, describeNode, intAttribute, intsAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { productOf, shiftAndDivide, sumOf, unifyDims } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, Shape, ValueInfo } from '../model.ts';
import {
  at,
  constantIntegers,
  mismatch,
  output,
  positiveAxis,
  requiredIntegers,
  type ShapeContext,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';
import { integers, scalar } from '../tensors.ts';

/**
 * Axis `i` of the result is axis `permutation[i]` of `x`.
 *
 * @example
 * ```ts
 * const nchw = transpose(builder, nhwc, [0, 3, 1, 2]);
 * ```
 */
export function transpose(
  builder: GraphBuilder,
  x: ValueInfo,
  permutation: readonly number[],
  name?: string,
): ValueInfo {
  return builder.one('Transpose', [x], { perm: attribute.ints(permutation) }, name);
}

/**
 * Two axes: those before `axis` (default 1) made into one, and the rest.
 *
 * @example
 * ```ts
 * const rows = flatten(builder, pooled); // [batch, channels, 1, 1] to [batch, channels]
 * ```
 */
export function flatten(builder: GraphBuilder, x: ValueInfo, axis = 1, name?: string): ValueInfo {
  return builder.one('Flatten', [x], { axis: attribute.int(axis) }, name);
}

/**
 * The same elements in another shape; 0 keeps an axis, one -1 takes what is left.
 *
 * @example
 * ```ts
 * const rows = reshape(builder, x, [0, -1]);
 * ```
 */
export function reshape(
  builder: GraphBuilder,
  x: ValueInfo,
  shape: readonly number[],
  name?: string,
): ValueInfo {
  return builder.one('Reshape', [x, builder.constant(integers(shape))], {}, name);
}

/**
 * Without these axes, which must have length 1.
 *
 * @example
 * ```ts
 * const vector = squeeze(builder, pooled, [2, 3]);
 * ```
 */
export function squeeze(
  builder: GraphBuilder,
  x: ValueInfo,
  axes: readonly number[],
  name?: string,
): ValueInfo {
  return builder.one('Squeeze', [x, builder.constant(integers(axes))], {}, name);
}

/**
 * With new axes of length 1 at these places of the result.
 *
 * @example
 * ```ts
 * const column = unsqueeze(builder, vector, [1]);
 * ```
 */
export function unsqueeze(
  builder: GraphBuilder,
  x: ValueInfo,
  axes: readonly number[],
  name?: string,
): ValueInfo {
  return builder.one('Unsqueeze', [x, builder.constant(integers(axes))], {}, name);
}

/**
 * One after another along `axis`.
 *
 * @example
 * ```ts
 * const all = concat(builder, [left, right], 1);
 * ```
 */
export function concat(
  builder: GraphBuilder,
  values: readonly ValueInfo[],
  axis: number,
  name?: string,
): ValueInfo {
  return builder.one('Concat', values, { axis: attribute.int(axis) }, name);
}

/**
 * Zeros around `x`.
 *
 * @param pads How many before each axis, then how many after each.
 * @example
 * ```ts
 * const padded = pad(builder, x, [0, 0, 1, 1, 0, 0, 1, 1]); // one pixel around
 * ```
 */
export function pad(builder: GraphBuilder, x: ValueInfo, pads: readonly number[], name?: string): ValueInfo {
  return builder.one('Pad', [x, builder.constant(integers(pads)), builder.constant(scalar(0))], {}, name);
}

const transposeShape: ShapeRule = ({ node, input }) => {
  const { elementType, shape } = input(0);
  const permutation = intsAttribute(
    node,
    'perm',
    shape.map((_, axis) => shape.length - 1 - axis),
  );
  const axes = new Set(permutation.map((axis) => positiveAxis(node, axis, shape.length)));
  if (axes.size !== shape.length || permutation.length !== shape.length)
    throw mismatch(node, shape, permutation);
  return output(
    elementType,
    permutation.map((axis) => at(shape, axis)),
  );
};

const flattenShape: ShapeRule = ({ node, input }) => {
  const { elementType, shape } = input(0);
  const axis = intAttribute(node, 'axis', 1);
  const cut = axis === shape.length ? axis : positiveAxis(node, axis, shape.length);
  return output(elementType, [productOf(shape.slice(0, cut)), productOf(shape.slice(cut))]);
};

const reshapeShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const wanted = requiredIntegers(context, 1);
  const keepZero = intAttribute(context.node, 'allowzero', 0) === 0;
  const kept = wanted.map((dim, axis): Dim => (dim === 0 && keepZero ? at(shape, axis) : dim));
  return output(
    elementType,
    kept.map((dim) => (dim === -1 ? remainder(context, shape, kept) : dim)),
  );
};

/** What -1 stands for. Free lengths that are kept as they are cancel out. */
function remainder({ node }: ShapeContext, shape: Shape, kept: readonly Dim[]): Dim {
  const left = [...shape];
  const divisors = kept.filter((dim) => {
    const match = typeof dim === 'string' ? left.indexOf(dim) : -1;
    if (match >= 0) left.splice(match, 1);
    return dim !== -1 && match < 0;
  });
  const [total, divisor] = [productOf(left), productOf(divisors)];
  if (divisor === 1) return total;
  if (typeof total !== 'number' || typeof divisor !== 'number') return null;
  if (divisor > 0 && total % divisor === 0) return total / divisor;
  throw mismatch(node, shape, kept);
}

function axesOf(context: ShapeContext, rank: number): Set<number> | null {
  const axes = constantIntegers(context, 1);
  return axes && new Set(axes.map((axis) => positiveAxis(context.node, axis, rank)));
}

const squeezeShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const axes = axesOf(context, shape.length);
  if (!axes) {
    throw new OnnxError('shape-unknown', `${describeNode(context.node)}: its axes are not constant`);
  }
  for (const axis of axes) {
    if (unifyDims(at(shape, axis), 1) === undefined) throw mismatch(context.node, shape, [...axes]);
  }
  return output(
    elementType,
    shape.filter((_, axis) => !axes.has(axis)),
  );
};

const unsqueezeShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const rank = shape.length + requiredIntegers(context, 1).length;
  const axes = axesOf(context, rank)!;
  const rest = shape.values();
  const dims = Array.from(
    { length: rank },
    (_, axis): Dim => (axes.has(axis) ? 1 : (rest.next().value ?? null)),
  );
  return output(elementType, dims);
};

const concatShape: ShapeRule = ({ node, input }) => {
  const values = node.inputs.map((_, index) => input(index));
  const first = values[0]!;
  const along = positiveAxis(node, intAttribute(node, 'axis'), first.shape.length);
  const dims = first.shape.map((_, axis): Dim => {
    const lengths = values.map(({ shape }) => at(shape, axis));
    if (axis === along) return sumOf(lengths);
    return lengths.reduce<Dim>((all, dim) => {
      const unified = unifyDims(all, dim);
      if (unified === undefined) throw mismatch(node, ...values.map(({ shape }) => shape));
      return unified;
    }, lengths[0]!);
  });
  if (values.some(({ shape }) => shape.length !== first.shape.length)) {
    throw mismatch(node, ...values.map(({ shape }) => shape));
  }
  return output(first.elementType, dims);
};

const padShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const pads = requiredIntegers(context, 1);
  if (pads.length !== 2 * shape.length) throw mismatch(context.node, shape, pads);
  const dims = shape.map((dim, axis) => shiftAndDivide(dim, pads[axis]! + pads[axis + shape.length]!, 1));
  return output(elementType, dims);
};

/** Shape rules of this family. */
export const arrangementShapes: ShapeRules = {
  Transpose: transposeShape,
  Flatten: flattenShape,
  Reshape: reshapeShape,
  Squeeze: squeezeShape,
  Unsqueeze: unsqueezeShape,
  Concat: concatShape,
  Pad: padShape,
};
