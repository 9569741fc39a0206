/** Batch normalisation. */
import { attribute } from '../attributes.ts';
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

const batchNormShape: ShapeRule = ({ node, input }) => {
  const x = input(0);
  for (let index = 1; index < 5; index++) {
    const { shape } = input(index);
    if (shape.length !== 1 || unifyDims(at(x.shape, 1), at(shape, 0)) === undefined) {
      throw mismatch(node, x.shape, shape);
    }
  }
  return [x];
};

/** Shape rules of this family. */
export const normalizationShapes: ShapeRules = { BatchNormalization: batchNormShape };
