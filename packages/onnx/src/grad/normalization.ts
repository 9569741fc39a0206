/** VJP rules: normalisation over a batch or a layer, and dropout. */
import { floatAttribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';
import { reshape } from '../operators/arrangement.ts';
import { add, div, mul, neg, sub, where } from '../operators/elementwise.ts';
import { batchNormalization } from '../operators/normalization.ts';
import { reduceMean, reduceSum } from '../operators/reduction.ts';
import { positiveAxis } from '../shape-rule.ts';
import { countAlong } from './reduction.ts';
import { number } from './shaping.ts';
import type { RankedValue, Vjp, VjpRule, VjpRules } from './vjp.ts';

/** What both forms of batch normalisation need, each `[channels]`. */
interface ChannelSums {
  /** r = 1 / √(variance + ε). */
  readonly inverse: ValueInfo;
  /** Σ dy. */
  readonly ofDy: ValueInfo;
  /** Σ dy (x - mean) r. */
  readonly ofNormalized: ValueInfo;
}

function channelSums({ builder, node, dy, input }: Vjp, mean: ValueInfo, variance: ValueInfo): ChannelSums {
  const x = input(0);
  const axes = otherAxes(x);
  const epsilon = number(builder, floatAttribute(node, 'epsilon', 1e-5), x);
  const deviation = builder.one('Sqrt', [add(builder, variance, epsilon)]);
  const inverse = builder.one('Reciprocal', [deviation]);
  const ofDy = reduceSum(builder, dy, { axes });
  const ofProduct = reduceSum(builder, mul(builder, dy, x), { axes });
  const centred = sub(builder, ofProduct, mul(builder, mean, ofDy));
  return { inverse, ofDy, ofNormalized: mul(builder, centred, inverse) };
}

/** Every axis but the channels'. */
function otherAxes(x: RankedValue): number[] {
  return [...x.shape.keys()].filter((axis) => axis !== 1);
}

/** One number a channel, in a shape that broadcasts with `x`. */
function perChannel(builder: GraphBuilder, value: ValueInfo, x: RankedValue): ValueInfo {
  return reshape(builder, value, [-1, ...x.shape.slice(2).map(() => 1)]);
}

const normalized: VjpRule = (vjp) =>
  intAttribute(vjp.node, 'training_mode', 0) === 0 ? withFixedStatistics(vjp) : withBatchStatistics(vjp);

/** y = s (x - m) r + b: dx = s r dy, ds = Σ dy (x - m) r, db = Σ dy, dm = -s r db, dv = -s r² ds / 2. */
function withFixedStatistics(vjp: Vjp): ReturnType<VjpRule> {
  const { builder, dy, input } = vjp;
  const [x, scale, mean, variance] = [input(0), input(1), input(3), input(4)];
  const sums = channelSums(vjp, mean, variance);
  const factor = mul(builder, scale, sums.inverse);
  return [
    () => mul(builder, dy, perChannel(builder, factor, x)),
    () => sums.ofNormalized,
    () => sums.ofDy,
    () => neg(builder, mul(builder, factor, sums.ofDy)),
    () => {
      const product = mul(builder, mul(builder, factor, sums.inverse), sums.ofNormalized);
      return mul(builder, product, number(builder, -0.5, product));
    },
  ];
}

/**
 * The same with the mean m and variance of the batch's n places: dx = s r (dy - db/n - (x - m) r ds/n), which is
 * p dy + q x + t per channel with p = s r, q = -p r ds/n, t = -p db/n - q m.
 */
function withBatchStatistics(vjp: Vjp): ReturnType<VjpRule> {
  const { builder, dy, input, output } = vjp;
  const [x, scale, mean, variance] = [input(0), input(1), output(1), output(2)];
  const sums = channelSums(vjp, mean, variance);
  return [
    () => {
      const count = countAlong(builder, x, otherAxes(x), x);
      const p = mul(builder, scale, sums.inverse);
      const q = neg(
        builder,
        div(builder, mul(builder, mul(builder, p, sums.inverse), sums.ofNormalized), count),
      );
      const t = neg(
        builder,
        add(builder, div(builder, mul(builder, p, sums.ofDy), count), mul(builder, q, mean)),
      );
      return add(builder, mul(builder, dy, perChannel(builder, p, x)), line(builder, x, q, t));
    },
    () => sums.ofNormalized,
    () => sums.ofDy,
    0,
    0,
  ];
}

/** `q x + t` per channel in one pass: normalisation with mean 0 and variance 1. */
function line(builder: GraphBuilder, x: RankedValue, q: ValueInfo, t: ValueInfo): ValueInfo {
  const zero = mul(builder, q, number(builder, 0, q));
  const parameters = { scale: q, bias: t, mean: zero, variance: add(builder, zero, number(builder, 1, q)) };
  return batchNormalization(builder, x, parameters, 0);
}

/** y = s z + b with z = (x - m) r: dx = r (g - mean g - z mean(g z)) with g = s dy; ds = Σ dy z, db = Σ dy. */
const layerNormalization: VjpRule = ({ builder, node, dy, input, output, sumTo }) => {
  const x = input(0);
  const first = positiveAxis(node, intAttribute(node, 'axis', -1), x.shape.length);
  const axes = [...x.shape.keys()].slice(first);
  const mean = (value: ValueInfo): ValueInfo => reduceMean(builder, value, { axes, keepDims: true });
  const normalized = mul(builder, sub(builder, x, output(1)), output(2));
  return [
    () => {
      const scaled = mul(builder, dy, input(1));
      const along = mul(builder, normalized, mean(mul(builder, scaled, normalized)));
      return mul(builder, sub(builder, sub(builder, scaled, mean(scaled)), along), output(2));
    },
    () => sumTo(mul(builder, dy, normalized), 1),
    () => sumTo(dy, 2),
  ];
};

/** y = x / (1 - ratio) where kept, else 0: dx = dy / (1 - ratio) where kept. Without training, y = x. */
const dropout: VjpRule = ({ builder, dy, input, output, constant, has }) => [
  () => {
    const isTraining = constant(2);
    if (!has('inputs', 2) || isTraining?.data[0] === 0) return dy;
    const ratio = has('inputs', 1) ? input(1) : number(builder, 0.5, dy);
    const grown = div(builder, dy, sub(builder, number(builder, 1, ratio), ratio));
    const kept = isTraining ? grown : where(builder, input(2), grown, dy);
    return where(builder, output(1), kept, number(builder, 0, dy));
  },
  null,
  null,
];

/** VJP rules of this family. */
export const normalizationVjps: VjpRules = {
  BatchNormalization: normalized,
  LayerNormalization: layerNormalization,
  Dropout: dropout,
};
