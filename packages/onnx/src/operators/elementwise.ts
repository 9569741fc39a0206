/** Operators that work element by element: activations, arithmetic, casts. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { broadcastDims } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, ElementType, Shape, ValueInfo } from '../model.ts';
import { ELEMENT_CODES, ELEMENT_TYPES } from '../proto.ts';
import {
  mismatch,
  output,
  positiveAxis,
  type RankedType,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';
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

/**
 * `-x`.
 *
 * @example
 * ```ts
 * const opposite = neg(builder, x);
 * ```
 */
export function neg(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Neg', [x], {}, name);
}

/**
 * `e ** x`.
 *
 * @example
 * ```ts
 * const odds = exp(builder, logit);
 * ```
 */
export function exp(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Exp', [x], {}, name);
}

/**
 * The natural logarithm.
 *
 * @example
 * ```ts
 * const information = neg(builder, log(builder, p));
 * ```
 */
export function log(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('Log', [x], {}, name);
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
 * `base ** exponent`, with broadcasting.
 *
 * @example
 * ```ts
 * const rate = pow(builder, decay, step);
 * ```
 */
export function pow(builder: GraphBuilder, base: ValueInfo, exponent: ValueInfo, name?: string): ValueInfo {
  return builder.one('Pow', [base, exponent], {}, name);
}

/**
 * `a > b` as booleans, with broadcasting.
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
 * `a` where the condition holds, else `b`; all three broadcast.
 *
 * @param condition Booleans.
 * @example
 * ```ts
 * const rectified = where(builder, isPositive, x, builder.constant(scalar(0)));
 * ```
 */
export function where(
  builder: GraphBuilder,
  condition: ValueInfo,
  a: ValueInfo,
  b: ValueInfo,
  name?: string,
): ValueInfo {
  return builder.one('Where', [condition, a, b], {}, name);
}

/**
 * The logarithm of {@link softmax} along `axis` (default the last).
 *
 * @example
 * ```ts
 * const logProbabilities = logSoftmax(builder, logits);
 * ```
 */
export function logSoftmax(builder: GraphBuilder, x: ValueInfo, axis = -1, name?: string): ValueInfo {
  return builder.one('LogSoftmax', [x], { axis: attribute.int(axis) }, name);
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

/** The shape that all inputs, from the given one on, have together. */
function together(inputs: readonly RankedType[], fail: () => Error): Shape {
  return inputs.reduce<Shape>((all, { shape }) => {
    const combined = broadcastShapes(all, shape);
    if (!combined) throw fail();
    return combined;
  }, []);
}

const broadcast: ShapeRule = ({ node, input }) => {
  const inputs = node.inputs.map((_, index) => input(index));
  const fail = (): Error => mismatch(node, ...inputs.map(({ shape }) => shape));
  const { elementType } = inputs[0]!;
  if (inputs.some((other) => other.elementType !== elementType)) throw fail();
  return output(elementType, together(inputs, fail));
};

const power: ShapeRule = ({ node, input }) => {
  const inputs = [input(0), input(1)];
  return output(
    inputs[0]!.elementType,
    together(inputs, () => mismatch(node, ...inputs.map(({ shape }) => shape))),
  );
};

const compare: ShapeRule = (context) => output('bool', broadcast(context)[0]!.shape);

const choose: ShapeRule = ({ node, input }) => {
  const inputs = [input(0), input(1), input(2)];
  return output(
    inputs[1]!.elementType,
    together(inputs, () => mismatch(node, ...inputs.map(({ shape }) => shape))),
  );
};

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
  Sum: broadcast,
  Min: broadcast,
  Max: broadcast,
  And: broadcast,
  Or: broadcast,
  Pow: power,
  Greater: compare,
  GreaterOrEqual: compare,
  Less: compare,
  LessOrEqual: compare,
  Equal: compare,
  Where: choose,
  Relu: same,
  Neg: same,
  Abs: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Reciprocal: same,
  Erf: same,
  Gelu: same,
  LeakyRelu: same,
  PRelu: same,
  Elu: same,
  Selu: same,
  Softplus: same,
  HardSigmoid: same,
  HardSwish: same,
  Sign: same,
  Floor: same,
  Ceil: same,
  Round: same,
  Not: same,
  Clip: same,
  Sigmoid: same,
  Tanh: same,
  Identity: same,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  Cast: casts,
};
