/** Batch normalisation. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { unifyDims } from '../dims.ts';
import type { ValueInfo } from '../model.ts';
import { at, mismatch, type ShapeRule, type ShapeRules } from '../shape-rule.ts';

/** What batch normalisation knows of each channel, all `[channels]`. */
export interface BatchNormParameters {
  readonly scale: ValueInfo;
  readonly bias: ValueInfo;
  readonly mean: ValueInfo;
  readonly variance: ValueInfo;
}

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias` per channel, with fixed statistics.
 *
 * @param x `[batch, channels, ...]`.
 * @param epsilon Keeps the root away from 0.
 * @example
 * ```ts
 * const y = batchNormalization(builder, x, { scale, bias, mean, variance }, 1e-3);
 * ```
 */
export function batchNormalization(
  builder: GraphBuilder,
  x: ValueInfo,
  { scale, bias, mean, variance }: BatchNormParameters,
  epsilon: number,
  name?: string,
): ValueInfo {
  const attributes = { epsilon: attribute.float(epsilon) };
  return builder.one('BatchNormalization', [x, scale, bias, mean, variance], attributes, name);
}

/** What batch normalisation gives while training. */
export interface BatchStatistics {
  /** `x`, normalised. */
  readonly y: ValueInfo;
  /** The mean after this batch, a number a channel. */
  readonly mean: ValueInfo;
  /** The variance after this batch (of the batch as it is, not corrected for its size), a number a channel. */
  readonly variance: ValueInfo;
}

/**
 * The same with the mean and variance of `x` itself, over all axes but the channels, as in training.
 *
 * @param x `[batch, channels, ...]`.
 * @param epsilon Keeps the root away from 0.
 * @param momentum How much of the given `mean` and `variance` stays: `old * momentum + batch * (1 - momentum)`.
 * @example
 * ```ts
 * const { y, mean, variance } = batchNormalizationTraining(builder, x, parameters, 1e-3, 0.99);
 * ```
 */
export function batchNormalizationTraining(
  builder: GraphBuilder,
  x: ValueInfo,
  { scale, bias, mean, variance }: BatchNormParameters,
  epsilon: number,
  momentum: number,
  name?: string,
): BatchStatistics {
  const attributes = {
    epsilon: attribute.float(epsilon),
    momentum: attribute.float(momentum),
    training_mode: attribute.int(1),
  };
  const inputs = [x, scale, bias, mean, variance];
  const results = builder.node('BatchNormalization', inputs, attributes, { name });
  return { y: results[0]!, mean: results[1]!, variance: results[2]! };
}

const batchNormShape: ShapeRule = ({ node, input }) => {
  const x = input(0);
  for (let index = 1; index < 5; index++) {
    const { shape } = input(index);
    if (shape.length !== 1 || unifyDims(at(x.shape, 1), at(shape, 0)) === undefined) {
      throw mismatch(node, x.shape, shape);
    }
  }
  return intAttribute(node, 'training_mode', 0) === 1 ? [x, input(3), input(4)] : [x];
};

/** Shape rules of this family. */
export const normalizationShapes: ShapeRules = { BatchNormalization: batchNormShape };
