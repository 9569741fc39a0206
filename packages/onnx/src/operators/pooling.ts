/** Pooling: the largest or the mean of a window, or of the whole picture. */
import { attribute, intsAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { ValueInfo } from '../model.ts';
import { mismatch, output, type ShapeRule, type ShapeRules } from '../shape-rule.ts';
import { slide, type WindowOptions, windowAttributes } from './window.ts';

/** How to pool. */
export interface PoolOptions extends Omit<WindowOptions, 'dilations'> {
  readonly name?: string;
}

/**
 * The largest value of each window; `x` is `[batch, channels, height, width]`.
 *
 * @example
 * ```ts
 * const half = maxPool(builder, x, [2, 2], { strides: [2, 2] });
 * ```
 */
export function maxPool(
  builder: GraphBuilder,
  x: ValueInfo,
  kernel: readonly [number, number],
  options: PoolOptions = {},
): ValueInfo {
  return builder.one('MaxPool', [x], windowAttributes(kernel, options), options.name);
}

/**
 * The mean of each window, padding not counted; `x` is `[batch, channels, height, width]`.
 *
 * @example
 * ```ts
 * const half = averagePool(builder, x, [2, 2], { strides: [2, 2] });
 * ```
 */
export function averagePool(
  builder: GraphBuilder,
  x: ValueInfo,
  kernel: readonly [number, number],
  options: PoolOptions = {},
): ValueInfo {
  const { dilations: _, ...attributes } = windowAttributes(kernel, options);
  return builder.one(
    'AveragePool',
    [x],
    { ...attributes, count_include_pad: attribute.int(0) },
    options.name,
  );
}

/**
 * The mean over height and width, whatever they are: `[batch, channels, 1, 1]`.
 *
 * @example
 * ```ts
 * const pooled = globalAveragePool(builder, x);
 * ```
 */
export function globalAveragePool(builder: GraphBuilder, x: ValueInfo, name?: string): ValueInfo {
  return builder.one('GlobalAveragePool', [x], {}, name);
}

const windowed: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const kernel = intsAttribute(node, 'kernel_shape');
  if (x.shape.length !== kernel.length + 2) throw mismatch(node, x.shape, kernel);
  return output(x.elementType, [...x.shape.slice(0, 2), ...slide(node, x.shape.slice(2), kernel)]);
};

const withIndices: ShapeRule = (context) => {
  const [y] = windowed(context);
  return [y!, { ...y!, elementType: 'int64' }];
};

const global: ShapeRule = ({ node, input }) => {
  const x = input(0);
  if (x.shape.length < 3) throw mismatch(node, x.shape);
  return output(x.elementType, [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)]);
};

/** Shape rules of this family. */
export const poolingShapes: ShapeRules = {
  MaxPool: withIndices,
  AveragePool: windowed,
  GlobalAveragePool: global,
  GlobalMaxPool: global,
};
