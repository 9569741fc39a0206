/** Operators that work element by element: activations, arithmetic, casts. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { broadcastDims } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, ElementType, Shape, ValueInfo } from '../model.ts';
import { ELEMENT_CODES, ELEMENT_TYPES } from '../proto.ts';
import { mismatch, output, positiveAxis, type ShapeRule, type ShapeRules } from '../shape-rule.ts';
import { scalar } from '../tensors.ts';

/**
 * `a + b`, with broadcasting.
 *
 * @example
 * ```ts
 * const sum = add(builder, x, shortcut);
 * ```
 */
export function add(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Add', [a, b], {}, name);
}

/**
 * `a - b`, with broadcasting.
 *
 * @example
 * ```ts
 * const centred = sub(builder, x, mean);
 * ```
 */
export function sub(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Sub', [a, b], {}, name);
}

/**
 * `a * b`, with broadcasting.
 *
 * @example
 * ```ts
 * const scaled = mul(builder, x, scale);
 * ```
 */
export function mul(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Mul', [a, b], {}, name);
}

/**
 * `a / b`, with broadcasting.
 *
 * @example
 * ```ts
 * const share = div(builder, x, total);
 * ```
 */
export function div(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Div', [a, b], {}, name);
}

/**
 * `max(x, 0)`.
 *
 * @example
 * ```ts
 * const y = relu(builder, x);
 * ```
 */
export function relu(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Relu', [x], {}, name);
}

/**
 * `min(max(x, low), high)` for 32-bit floats.
 *
 * @example
 * ```ts
 * const y = clip(builder, x, 0, 6);
 * ```
 */
export function clip(
  builder: GraphBuilder,
  x: ValueInfo,
  low: number,
  high: number,
  name?: string,
): ValueInfo {
  return builder.one('Clip', [x, builder.constant(scalar(low)), builder.constant(scalar(high))], {}, name);
}

/**
 * The logistic function.
 *
 * @example
 * ```ts
 * const p = sigmoid(builder, logit);
 * ```
 */
export function sigmoid(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Sigmoid', [x], {}, name);
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * const y = tanh(builder, x);
 * ```
 */
export function tanh(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Tanh', [x], {}, name);
}

/**
 * `-x`.
 *
 * @example
 * ```ts
 * const loss = neg(builder, logLikelihood);
 * ```
 */
export function neg(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Neg', [x], {}, name);
}

/**
 * The square root.
 *
 * @example
 * ```ts
 * const deviation = sqrt(builder, variance);
 * ```
 */
export function sqrt(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Sqrt', [x], {}, name);
}

/**
 * The larger of `a` and `b`, with broadcasting.
 *
 * @example
 * ```ts
 * const atLeastOne = max(builder, x, builder.constant(scalar(1)));
 * ```
 */
export function max(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Max', [a, b], {}, name);
}

/**
 * Where `a` equals `b`, with broadcasting: booleans.
 *
 * @example
 * ```ts
 * const isRight = equal(builder, argMax(builder, logits, 1), labels);
 * ```
 */
export function equal(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Equal', [a, b], {}, name);
}

/**
 * Where `a` is greater than `b`, with broadcasting: booleans.
 *
 * @example
 * ```ts
 * const isPositive = greater(builder, x, builder.constant(scalar(0)));
 * ```
 */
export function greater(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('Greater', [a, b], {}, name);
}

/**
 * Exponentials that sum to 1 along `axis` (default the last).
 *
 * @example
 * ```ts
 * const probabilities = softmax(builder, logits);
 * ```
 */
export function softmax(builder: GraphBuilder, x: ValueInfo, axis = -1, name?: string): ValueInfo {
  return builder.one('Softmax', [x], { axis: attribute.int(axis) }, name);
}

/**
 * The logarithms of the softmax along `axis` (default the last), without the overflow of taking them one by one.
 *
 * @example
 * ```ts
 * const logLikelihoods = logSoftmax(builder, logits);
 * ```
 */
export function logSoftmax(builder: GraphBuilder, x: ValueInfo, axis = -1, name?: string): ValueInfo {
  return builder.one('LogSoftmax', [x], { axis: attribute.int(axis) }, name);
}

/**
 * The same elements as another type.
 *
 * @example
 * ```ts
 * const whole = cast(builder, x, 'float32');
 * ```
 */
export function cast(builder: GraphBuilder, x: ValueInfo, to: ElementType, name?: string): ValueInfo {
  return builder.one('Cast', [x], { to: attribute.int(ELEMENT_CODES[to]) }, name);
}

/** The shape of two values combined element by element, or `undefined` if they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const dim = broadcastDims(alignedDim(a, axis, rank), alignedDim(b, axis, rank));
    if (dim === undefined) return undefined;
    shape.push(dim);
  }
  return shape;
}

/** Shapes are aligned at their last axes; missing ones count as 1. */
function alignedDim(shape: Shape, axis: number, rank: number): Dim {
  const own = axis - (rank - shape.length);
  return own < 0 ? 1 : shape[own]!;
}

const same: ShapeRule = ({ input }) => [input(0)];

const alongAxis: ShapeRule = ({ node, input }) => {
  const x = input(0);
  positiveAxis(node, intAttribute(node, 'axis', -1), x.shape.length);
  return [x];
};

const broadcast: ShapeRule = ({ node, input }) => {
  const [first, ...others] = node.inputs.map((_, index) => input(index));
  const shape = others.reduce((all, { elementType, shape: own }) => {
    const both = broadcastShapes(all, own);
    if (!both || elementType !== first!.elementType) throw mismatch(node, all, own);
    return both;
  }, first!.shape);
  return output(first!.elementType, shape);
};

const compares: ShapeRule = (context) =>
  broadcast(context).map(({ shape }) => ({ elementType: 'bool', shape }));

const casts: ShapeRule = ({ node, input }) => {
  const code = intAttribute(node, 'to');
  const type = ELEMENT_TYPES.get(code);
  if (type) return output(type, input(0).shape);
  throw new OnnxError('element-type-unsupported', `Cast '${node.name}' is to the unknown type ${code}`);
};

/** Shape rules of this family. */
export const elementwiseShapes: ShapeRules = {
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Max: broadcast,
  Equal: compares,
  Greater: compares,
  Relu: same,
  Clip: same,
  Sigmoid: same,
  Tanh: same,
  Neg: same,
  Sqrt: same,
  Identity: same,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Cast: casts,
};
