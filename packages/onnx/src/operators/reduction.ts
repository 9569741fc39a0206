/** Operators that make one number of many: sums, means and extremes along axes. */
import { attribute, describeNode, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, ElementType, Shape, ValueInfo } from '../model.ts';
import {
  constantIntegers,
  output,
  positiveAxis,
  type ShapeContext,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';
import { integers } from '../tensors.ts';

/** How to reduce. */
export interface ReduceOptions {
  /** The axes that go; default all. */
  readonly axes?: readonly number[];
  /** Whether they stay, with length 1; default false. */
  readonly keepDims?: boolean;
  readonly name?: string;
}

/**
 * The sum along axes.
 *
 * @example
 * ```ts
 * const perChannel = reduceSum(builder, x, { axes: [0, 2, 3] });
 * ```
 */
export function reduceSum(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce('ReduceSum', builder, x, options);
}

/**
 * The mean along axes.
 *
 * @example
 * ```ts
 * const loss = reduceMean(builder, losses);
 * ```
 */
export function reduceMean(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce('ReduceMean', builder, x, options);
}

/**
 * The largest along axes.
 *
 * @example
 * ```ts
 * const best = reduceMax(builder, logits, { axes: [-1], keepDims: true });
 * ```
 */
export function reduceMax(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce('ReduceMax', builder, x, options);
}

/**
 * The sum of squares over axes.
 *
 * @example
 * ```ts
 * const energy = reduceSumSquare(builder, gradient); // a scalar
 * ```
 */
export function reduceSumSquare(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce('ReduceSumSquare', builder, x, options);
}

/**
 * The index of the largest value along `axis`, which goes away: 64-bit integers. The first, where there are several.
 *
 * @example
 * ```ts
 * const predicted = argMax(builder, logits, 1); // [batch]
 * ```
 */
export function argMax(builder: GraphBuilder, x: ValueInfo, axis: number, name?: string): ValueInfo {
  const attributes = { axis: attribute.int(axis), keepdims: attribute.int(0) };
  return builder.one('ArgMax', [x], attributes, name);
}

function reduce(opType: string, builder: GraphBuilder, x: ValueInfo, options: ReduceOptions): ValueInfo {
  const { axes, keepDims = false, name } = options;
  const inputs = axes ? [x, builder.constant(integers(axes), 'axes')] : [x];
  return builder.one(opType, inputs, { keepdims: attribute.int(keepDims ? 1 : 0) }, name);
}

/** The axes that a reduction takes away, counted from the front. */
export function reducedAxes(
  context: Pick<ShapeContext, 'node' | 'constant'>,
  shape: Shape,
): ReadonlySet<number> {
  const { node } = context;
  const isStated = (node.inputs[1] ?? '') !== '';
  const stated = isStated ? constantIntegers(context, 1) : [];
  if (!stated) {
    throw new OnnxError('shape-unknown', `${describeNode(node)}: its axes are not constant`);
  }
  if (stated.length > 0) return new Set(stated.map((axis) => positiveAxis(node, axis, shape.length)));
  return new Set(intAttribute(node, 'noop_with_empty_axes', 0) === 0 ? shape.keys() : []);
}

/** A shape with some of its axes gone, or of length 1. */
export function withoutAxes(shape: Shape, axes: ReadonlySet<number>, keepDims: boolean): Shape {
  if (keepDims) return shape.map((dim, axis): Dim => (axes.has(axis) ? 1 : dim));
  return shape.filter((_, axis) => !axes.has(axis));
}

const reduced: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const keepDims = intAttribute(context.node, 'keepdims', 1) !== 0;
  return output(elementType, withoutAxes(shape, reducedAxes(context, shape), keepDims));
};

const indexOf =
  (elementType: ElementType): ShapeRule =>
  ({ node, input }) => {
    const { shape } = input(0);
    const axis = positiveAxis(node, intAttribute(node, 'axis', 0), shape.length);
    const keepDims = intAttribute(node, 'keepdims', 1) !== 0;
    return output(elementType, withoutAxes(shape, new Set([axis]), keepDims));
  };

/** Shape rules of this family. */
export const reductionShapes: ShapeRules = {
  ReduceSum: reduced,
  ReduceMean: reduced,
  ReduceMax: reduced,
  ReduceMin: reduced,
  ReduceProd: reduced,
  ReduceL2: reduced,
  ReduceSumSquare: reduced,
  ArgMax: indexOf('int64'),
  ArgMin: indexOf('int64'),
};
