/** VJP rules: sums, means and extremes, and exponentials that sum to 1. */
import { intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';
import { unsqueeze } from '../operators/arrangement.ts';
import { cast, div, exp, mul, sub, where } from '../operators/elementwise.ts';
import { reducedAxes, reduceSum } from '../operators/reduction.ts';
import { elementCount, integers } from '../tensors.ts';
import { expandLike, number, shapeOf } from './shaping.ts';
import type { RankedValue, Vjp, VjpRule, VjpRules } from './vjp.ts';

/** A value of the reduced shape, with the reduced axes back as ones. */
function withAxes({ builder, node }: Vjp, value: ValueInfo, axes: ReadonlySet<number>): ValueInfo {
  const isKept = intAttribute(node, 'keepdims', 1) !== 0;
  return isKept || axes.size === 0
    ? value
    : unsqueeze(
        builder,
        value,
        [...axes].sort((a, b) => a - b),
      );
}

/** y = Σ x: dx = dy, repeated. */
const sum: VjpRule = (vjp) => [
  () => expandLike(vjp.builder, withAxes(vjp, vjp.dy, reducedAxes(vjp, vjp.input(0).shape)), vjp.input(0)),
  null,
];

/** y = Σ x / n: dx = dy / n, repeated. */
const mean: VjpRule = (vjp) => {
  const { builder, dy, input } = vjp;
  return [
    () => {
      const axes = reducedAxes(vjp, input(0).shape);
      const share = div(builder, dy, countAlong(builder, input(0), [...axes], dy));
      return expandLike(builder, withAxes(vjp, share, axes), input(0));
    },
    null,
  ];
};

/** How many elements there are along these axes, as a scalar of the element type of `like`. */
export function countAlong(
  builder: GraphBuilder,
  x: RankedValue,
  axes: readonly number[],
  like: ValueInfo,
): ValueInfo {
  const lengths = axes.map((axis) => x.shape[axis]!);
  const known = lengths.filter((length) => typeof length === 'number');
  if (known.length === lengths.length) return number(builder, elementCount(known), like);
  const all = builder.one('Gather', [shapeOf(builder, x), builder.constant(integers(axes), 'axes')]);
  const product = builder.node(
    'ReduceProd',
    [all],
    { keepdims: { type: 'int', value: 0 } },
    {
      types: [{ elementType: 'int64', shape: [] }],
    },
  )[0]!;
  return cast(builder, product, like.elementType);
}

/** y = max or min of x: dx = dy where x = y, in equal parts where several are. */
const extreme: VjpRule = (vjp) => [
  () => {
    const axes = reducedAxes(vjp, vjp.input(0).shape);
    const [dy, y] = [vjp.dy, vjp.output(0)].map((value) => withAxes(vjp, value, axes));
    return shareAmongLargest(vjp.builder, dy!, vjp.input(0), y!, [...axes]);
  },
  null,
];

/** dy where x = y, in equal parts where several along the axes are; dy and y have length 1 there. */
export function shareAmongLargest(
  builder: GraphBuilder,
  dy: ValueInfo,
  x: ValueInfo,
  y: ValueInfo,
  axes: readonly number[],
): ValueInfo {
  const isChosen = builder.one('Equal', [x, y]);
  const count = reduceSum(builder, cast(builder, isChosen, dy.elementType), { axes, keepDims: true });
  return where(builder, isChosen, div(builder, dy, count), number(builder, 0, dy));
}

/** y = √Σ x²: dx = dy x / y, 0 where y = 0. */
const norm: VjpRule = (vjp) => [
  () => {
    const { builder, dy, input, output } = vjp;
    const [axes, zero] = [reducedAxes(vjp, input(0).shape), number(builder, 0, dy)];
    const isNothing = builder.one('Equal', [output(0), zero]);
    const share = where(builder, isNothing, zero, div(builder, dy, output(0)));
    return mul(builder, input(0), withAxes(vjp, share, axes));
  },
  null,
];

/** y = Σ x²: dx = 2 dy x. */
const sumOfSquares: VjpRule = (vjp) => [
  () => {
    const { builder, dy, input } = vjp;
    const twice = mul(builder, dy, number(builder, 2, dy));
    return mul(builder, input(0), withAxes(vjp, twice, reducedAxes(vjp, input(0).shape)));
  },
  null,
];

/** y = e^x / Σ e^x: dx = y (dy - Σ y dy). */
const softmax: VjpRule = ({ builder, node, dy, output }) => [
  () => {
    const axes = [intAttribute(node, 'axis', -1)];
    const total = reduceSum(builder, mul(builder, output(0), dy), { axes, keepDims: true });
    return mul(builder, output(0), sub(builder, dy, total));
  },
];

/** y = x - ln Σ e^x: dx = dy - e^y Σ dy. */
const logSoftmax: VjpRule = ({ builder, node, dy, output }) => [
  () => {
    const total = reduceSum(builder, dy, { axes: [intAttribute(node, 'axis', -1)], keepDims: true });
    return sub(builder, dy, mul(builder, exp(builder, output(0)), total));
  },
];

/** VJP rules of this family. */
export const reductionVjps: VjpRules = {
  ReduceSum: sum,
  ReduceMean: mean,
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceL2: norm,
  ReduceSumSquare: sumOfSquares,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
