/** VJP rules: matrix products. */
import { attribute, floatAttribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';
import { reshape, transpose, unsqueeze } from '../operators/arrangement.ts';
import { mul } from '../operators/elementwise.ts';
import { matMul } from '../operators/linear.ts';
import { number, reshapeLike, sumTo } from './shaping.ts';
import type { VjpRule, VjpRules } from './vjp.ts';

/** A matrix, and whether its transpose is meant. */
type Factor = readonly [matrix: ValueInfo, isTurned: boolean];

/** y = α A B + β C, with A and B turned or not: dA = α dy Bᵀ, dB = α Aᵀ dy, dC = β dy. */
const gemm: VjpRule = ({ builder, node, dy, input, ...vjp }) => {
  const [turnA, turnB] = [intAttribute(node, 'transA', 0) !== 0, intAttribute(node, 'transB', 0) !== 0];
  const product = ([a, transA]: Factor, [b, transB]: Factor): ValueInfo =>
    builder.one('Gemm', [a, b], {
      alpha: attribute.float(floatAttribute(node, 'alpha', 1)),
      transA: attribute.int(transA ? 1 : 0),
      transB: attribute.int(transB ? 1 : 0),
    });
  const beta = floatAttribute(node, 'beta', 1);
  return [
    () => (turnA ? product([input(1), turnB], [dy, true]) : product([dy, false], [input(1), !turnB])),
    () => (turnB ? product([dy, true], [input(0), turnA]) : product([input(0), !turnA], [dy, false])),
    () => {
      const sum = vjp.sumTo(dy, 2);
      return beta === 1 ? sum : mul(builder, sum, number(builder, beta, sum));
    },
  ];
};

/** The matrices in the last two axes, turned. */
export function turned(builder: GraphBuilder, x: ValueInfo): ValueInfo {
  const rank = x.shape!.length;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return transpose(builder, x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** y = A B: dA = dy Bᵀ, dB = Aᵀ dy, summed along the axes in front that were broadcast. */
const product: VjpRule = ({ builder, dy, input }) => {
  const [a, b] = [input(0), input(1)];
  // A vector counts as a row on the left and as a column on the right.
  const row = a.shape.length === 1 ? unsqueeze(builder, a, [0]) : a;
  const column = b.shape.length === 1 ? unsqueeze(builder, b, [1]) : b;
  const wide = b.shape.length === 1 ? unsqueeze(builder, dy, [-1]) : dy;
  const matrix = a.shape.length === 1 ? unsqueeze(builder, wide, [-2]) : wide;
  return [
    () => {
      const gradient = sumTo(builder, matMul(builder, matrix, turned(builder, column)), row);
      return row === a ? gradient : reshapeLike(builder, gradient, a);
    },
    () => {
      const inOne = sharedFactor(builder, row, column, matrix);
      const gradient = inOne ?? sumTo(builder, matMul(builder, turned(builder, row), matrix), column);
      return column === b ? gradient : reshapeLike(builder, gradient, b);
    },
  ];
};

/** The gradient of one matrix that multiplies many: all their rows in one product. */
function sharedFactor(
  builder: GraphBuilder,
  left: ValueInfo,
  right: ValueInfo,
  dy: ValueInfo,
): ValueInfo | null {
  const [inputs, outputs] = right.shape!;
  const isShared = right.shape!.length === 2 && left.shape!.length > 2;
  if (!isShared || typeof inputs !== 'number' || typeof outputs !== 'number') return null;
  const [rows, gradients] = [reshape(builder, left, [-1, inputs]), reshape(builder, dy, [-1, outputs])];
  return builder.one('Gemm', [rows, gradients], { transA: attribute.int(1) });
}

/** VJP rules of this family. */
export const linearVjps: VjpRules = { Gemm: gemm, MatMul: product };
