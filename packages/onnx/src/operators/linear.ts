/** Matrix products. */
import { intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { unifyDims } from '../dims.ts';
import type { Shape, ValueInfo } from '../model.ts';
import { at, mismatch, output, type ShapeRule, type ShapeRules } from '../shape-rule.ts';
import { broadcastShapes } from './elementwise.ts';

/**
 * A fully connected layer: `x · weight + bias`.
 *
 * @param x `[batch, inputs]`.
 * @param weight `[inputs, outputs]`.
 * @param bias `[outputs]`; none by default.
 * @example
 * ```ts
 * const logits = gemm(builder, features, weight, bias);
 * ```
 */
export function gemm(
  builder: GraphBuilder,
  x: ValueInfo,
  weight: ValueInfo,
  bias?: ValueInfo,
  name?: string,
): ValueInfo {
  return builder.one('Gemm', bias ? [x, weight, bias] : [x, weight], {}, name);
}

/**
 * The product of matrices in the last two axes, those before them broadcast.
 *
 * @example
 * ```ts
 * const product = matMul(builder, a, b);
 * ```
 */
export function matMul(builder: GraphBuilder, a: ValueInfo, b: ValueInfo, name?: string): ValueInfo {
  return builder.one('MatMul', [a, b], {}, name);
}

const gemmShape: ShapeRule = ({ node, input }) => {
  const [a, b] = [input(0), input(1)];
  const left = turned(a.shape, intAttribute(node, 'transA', 0));
  const right = turned(b.shape, intAttribute(node, 'transB', 0));
  if (left.length !== 2 || right.length !== 2 || unifyDims(at(left, 1), at(right, 0)) === undefined) {
    throw mismatch(node, a.shape, b.shape);
  }
  return output(a.elementType, [at(left, 0), at(right, 1)]);
};

function turned(shape: Shape, transpose: number): Shape {
  return transpose ? shape.toReversed() : shape;
}

const matMulShape: ShapeRule = ({ node, input }) => {
  const [a, b] = [input(0), input(1)];
  // A vector counts as a row on the left and as a column on the right; its extra axis is dropped again.
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const outer = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  const fits = unifyDims(at(left, left.length - 1), at(right, right.length - 2)) !== undefined;
  if (!outer || !fits || a.shape.length === 0 || b.shape.length === 0) throw mismatch(node, a.shape, b.shape);
  return output(a.elementType, [
    ...outer,
    ...(a.shape.length === 1 ? [] : [at(left, left.length - 2)]),
    ...(b.shape.length === 1 ? [] : [at(right, right.length - 1)]),
  ]);
};

/** Shape rules of this family. */
export const linearShapes: ShapeRules = { Gemm: gemmShape, MatMul: matMulShape };
