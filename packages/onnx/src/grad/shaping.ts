/** What VJP rules share: gradients summed, reshaped and repeated to the shape of another value; numbers; zeros. */
import { attribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Dim, Shape, ValueInfo } from '../model.ts';
import { reshape } from '../operators/arrangement.ts';
import { cast, greater } from '../operators/elementwise.ts';
import { reduceSum } from '../operators/reduction.ts';
import { slice } from '../operators/selection.ts';
import { floats, integers, scalar, tensor } from '../tensors.ts';

/** A number of the element type of `like`, as a scalar. */
export function number(builder: GraphBuilder, value: number, like: ValueInfo): ValueInfo {
  if (like.elementType === 'float32') return builder.constant(scalar(value), 'number');
  const wide = builder.constant(tensor('float64', [], Float64Array.of(value)), 'number');
  return like.elementType === 'float64' ? wide : cast(builder, wide, like.elementType);
}

/** `x` in the shape of `like`, which has as many elements. */
export function reshapeLike(builder: GraphBuilder, x: ValueInfo, like: ValueInfo): ValueInfo {
  const free = like.shape?.filter((dim) => typeof dim !== 'number').length ?? Number.POSITIVE_INFINITY;
  if (free > 1 || like.shape?.includes(0)) {
    const types = [{ elementType: x.elementType, shape: like.shape }];
    return builder.node('Reshape', [x, shapeOf(builder, like)], {}, { name: 'reshape', types })[0]!;
  }
  const wanted = like.shape!.map((dim) => (typeof dim === 'number' ? dim : -1));
  return { ...reshape(builder, x, wanted), shape: like.shape };
}

/** `x` repeated to the shape of `like`. */
export function expandLike(builder: GraphBuilder, x: ValueInfo, like: ValueInfo): ValueInfo {
  const types = [{ elementType: x.elementType, shape: like.shape }];
  return builder.node('Expand', [x, shapeOf(builder, like)], {}, { name: 'expand', types })[0]!;
}

/** The shape of a value, as a value: a constant where it is known. */
export function shapeOf(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  const dims = x.shape?.filter((dim) => typeof dim === 'number');
  if (dims && dims.length === x.shape?.length) return builder.constant(integers(dims), 'shape');
  return builder.node(
    'Shape',
    [x],
    {},
    { name: 'shape', types: [{ elementType: 'int64', shape: [x.shape?.length ?? null] }] },
  )[0]!;
}

/** Zeros in the shape of `like`. */
export function zerosLike(builder: GraphBuilder, like: ValueInfo): ValueInfo {
  const value = attribute.tensor(floats([0]));
  const types = [{ elementType: 'float32' as const, shape: like.shape }];
  const zeros = builder.node(
    'ConstantOfShape',
    [shapeOf(builder, like)],
    { value },
    { name: 'zeros', types },
  )[0]!;
  return like.elementType === 'float32' ? zeros : cast(builder, zeros, like.elementType);
}

/**
 * Zeros in the shape of `like` that exist only while they are needed: a runtime would compute {@link zerosLike} of a known
 * shape once and keep them. For that they are made of `source`, which may be anything that is computed.
 */
export function passingZeros(builder: GraphBuilder, like: ValueInfo, source: ValueInfo): ValueInfo {
  const first = slice(builder, reshape(builder, source, [-1]), [{ axis: 0, start: 0, end: 1 }]);
  // Nothing is greater than itself, not even what is no number.
  const zero = cast(builder, greater(builder, first, first), source.elementType);
  return expandLike(builder, reshape(builder, zero, [1]), like);
}

/** `gradient`, summed along the axes that `like` was broadcast along. */
export function sumTo(builder: GraphBuilder, gradient: ValueInfo, like: ValueInfo): ValueInfo {
  const [from, to] = [gradient.shape, like.shape];
  if (!from || !to) return sumWhereOne(builder, gradient, like);
  const extra = from.length - to.length;
  const aligned = from.slice(extra);
  if (to.some((dim, axis) => mayBroadcast(dim, aligned[axis]!))) return sumWhereOne(builder, gradient, like);
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const ones = [...to.keys()].filter((axis) => to[axis] === 1 && aligned[axis] !== 1);
  if (leading.length === 0 && ones.length === 0) return gradient;
  const sum = reduceSum(builder, gradient, {
    axes: [...leading, ...ones.map((axis) => axis + extra)],
    keepDims: leading.length === 0,
  });
  return ones.length > 0 && leading.length > 0 ? reshapeLike(builder, sum, like) : { ...sum, shape: to };
}

/** Whether a length that is free may be 1 where the result's is not. */
function mayBroadcast(dim: Dim, result: Dim): boolean {
  return typeof dim !== 'number' && (dim === null || dim !== result);
}

/** The same where only the running graph knows which axes have length 1. */
function sumWhereOne(builder: GraphBuilder, gradient: ValueInfo, like: ValueInfo): ValueInfo {
  const ofType = (
    opType: string,
    inputs: readonly ValueInfo[],
    shape: Shape,
    type: 'int64' | 'bool',
  ): ValueInfo => builder.node(opType, inputs, {}, { types: [{ elementType: type, shape }] })[0]!;
  const rank = like.shape?.length ?? null;
  const one = builder.constant(tensor('int64', [], BigInt64Array.of(1n)), 'one');
  const isOne = ofType('Equal', [shapeOf(builder, like), one], [rank], 'bool');
  const extra = (gradient.shape?.length ?? 0) - (like.shape?.length ?? 0);
  const found = ofType('NonZero', [isOne], [1, null], 'int64');
  const flat = reshape(builder, found, [-1]);
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const inner = leading.length > 0 ? reduceSum(builder, gradient, { axes: leading }) : gradient;
  const attributes = { keepdims: attribute.int(1), noop_with_empty_axes: attribute.int(1) };
  const types = [{ elementType: gradient.elementType, shape: like.shape }];
  return builder.node('ReduceSum', [inner, flat], attributes, { types })[0]!;
}
