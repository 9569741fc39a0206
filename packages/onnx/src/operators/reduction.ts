/** Operators that make one number of many: sums, means, the place of the largest. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Dim, ElementType, Shape, ValueInfo } from '../model.ts';
import {
  output,
  positiveAxis,
  requiredIntegers,
  type ShapeContext,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';
import { integers } from '../tensors.ts';

/** What to reduce, and what is left of it. */
export interface ReduceOptions {
  /** Which axes; default all of them. */
  readonly axes?: readonly number[];
  /** Whether they stay, with length 1; default `false`. */
  readonly keepDims?: boolean;
  readonly name?: string;
}

/**
 * The sum over axes.
 *
 * @example
 * ```ts
 * const total = reduceSum(builder, x); // a scalar
 * ```
 */
export function reduceSum(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce(builder, 'ReduceSum', x, options);
}

/**
 * The mean over axes.
 *
 * @example
 * ```ts
 * const mean = reduceMean(builder, x, { axes: [0, 2, 3] }); // one a channel
 * ```
 */
export function reduceMean(builder: GraphBuilder, x: ValueInfo, options: ReduceOptions = {}): ValueInfo {
  return reduce(builder, 'ReduceMean', x, options);
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
  return reduce(builder, 'ReduceSumSquare', x, options);
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

function reduce(
  builder: GraphBuilder,
  opType: string,
  x: ValueInfo,
  { axes, keepDims = false, name }: ReduceOptions,
): ValueInfo {
  const inputs = axes ? [x, builder.constant(integers(axes))] : [x];
  return builder.one(opType, inputs, { keepdims: attribute.int(keepDims ? 1 : 0) }, name);
}

const reduceShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  return reduced(context, elementType, shape, axesOf(context));
};

/** The axes are an input since operator set 13 or 18; none, or an empty list, is all of them. */
function axesOf(context: ShapeContext): readonly number[] | null {
  if (!context.node.inputs[1]) return null;
  const axes = requiredIntegers(context, 1);
  return axes.length > 0 || intAttribute(context.node, 'noop_with_empty_axes', 0) === 1 ? axes : null;
}

const argMaxShape: ShapeRule = (context) => {
  const axis = intAttribute(context.node, 'axis', 0);
  return reduced(context, 'int64', context.input(0).shape, [axis]);
};

function reduced(
  { node }: ShapeContext,
  elementType: ElementType,
  shape: Shape,
  axes: readonly number[] | null,
): ReturnType<ShapeRule> {
  const gone = new Set(axes?.map((axis) => positiveAxis(node, axis, shape.length)) ?? shape.keys());
  const keeps = intAttribute(node, 'keepdims', 1) === 1;
  const dims = shape.flatMap((dim, axis): Dim[] => (gone.has(axis) ? (keeps ? [1] : []) : [dim]));
  return output(elementType, dims);
}

/** Shape rules of this family. */
export const reductionShapes: ShapeRules = {
  ReduceSum: reduceShape,
  ReduceMean: reduceShape,
  ReduceSumSquare: reduceShape,
  ArgMax: argMaxShape,
};
