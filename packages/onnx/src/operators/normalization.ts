/** Normalisation over a batch or a layer, and dropout. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { unifyDims } from '../dims.ts';
import type { Dim, ValueInfo } from '../model.ts';
import { at, mismatch, positiveAxis, type ShapeRule, type ShapeRules } from '../shape-rule.ts';
import { broadcastShapes } from './elementwise.ts';

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

/**
 * The same with the batch's own statistics, as in training.
 *
 * @param momentum How much of the old statistics the new ones keep: `old * momentum + batch * (1 - momentum)`.
 * @returns The normalised `x`, and the new statistics `mean` and `variance` (that of the batch as it is, not corrected
 * for its size).
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
): { readonly y: ValueInfo; readonly mean: ValueInfo; readonly variance: ValueInfo } {
  const attributes = {
    epsilon: attribute.float(epsilon),
    momentum: attribute.float(momentum),
    training_mode: attribute.int(1),
  };
  const inputs = [x, scale, bias, mean, variance];
  const results = builder.node('BatchNormalization', inputs, attributes, { name, outputs: 3 });
  return { y: results[0]!, mean: results[1]!, variance: results[2]! };
}

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + bias` over the axes from `axis` (default the last) on.
 *
 * @param scale The shape of those axes; `bias` too.
 * @example
 * ```ts
 * const y = layerNormalization(builder, x, scale, bias, 1e-5);
 * ```
 */
export function layerNormalization(
  builder: GraphBuilder,
  x: ValueInfo,
  scale: ValueInfo,
  bias: ValueInfo,
  epsilon: number,
  axis = -1,
  name?: string,
): ValueInfo {
  const attributes = { epsilon: attribute.float(epsilon), axis: attribute.int(axis) };
  return builder.one('LayerNormalization', [x, scale, bias], attributes, name);
}

const batchNormShape: ShapeRule = ({ node, input }) => {
  const x = input(0);
  for (let index = 1; index < 5; index++) {
    const { shape } = input(index);
    if (shape.length !== 1 || unifyDims(at(x.shape, 1), at(shape, 0)) === undefined) {
      throw mismatch(node, x.shape, shape);
    }
  }
  return [x, input(3), input(4)];
};

const layerNormShape: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const first = positiveAxis(node, intAttribute(node, 'axis', -1), x.shape.length);
  if (!broadcastShapes(x.shape, input(1).shape)) throw mismatch(node, x.shape, input(1).shape);
  const statistics = { ...x, shape: x.shape.map((dim, axis): Dim => (axis < first ? dim : 1)) };
  return [x, statistics, statistics];
};

const dropoutShape: ShapeRule = ({ input }) => [input(0), { elementType: 'bool', shape: input(0).shape }];

/** Shape rules of this family. */
export const normalizationShapes: ShapeRules = {
  BatchNormalization: batchNormShape,
  LayerNormalization: layerNormShape,
  Dropout: dropoutShape,
};
