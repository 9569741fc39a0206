/** Layers that pool; pictures are `[batch, channels, height, width]`. */
import type { ValueInfo } from '../../model.ts';
import { flatten } from '../../operators/arrangement.ts';
import { averagePool, globalAveragePool, maxPool, type PoolOptions } from '../../operators/pooling.ts';
import type { Network } from '../network.ts';
import { type Padding, padsOf, pairOf, type Size } from './padding.ts';

/** How to pool. */
export interface Pool2dOptions {
  /** The layer's name. */
  readonly name: string;
  /** The window. */
  readonly poolSize: Size;
  /** Default as large as the window. */
  readonly strides?: Size;
  /** Default `valid`. */
  readonly padding?: Padding;
}

/**
 * The largest value of each window.
 *
 * @example
 * ```ts
 * const y = maxPool2d(network, x, { name: 'pool', poolSize: 3, strides: 2, padding: 'same' });
 * ```
 */
export function maxPool2d({ builder }: Network, x: ValueInfo, options: Pool2dOptions): ValueInfo {
  return maxPool(builder, x, pairOf(options.poolSize), windowOf(x, options));
}

/**
 * The mean of each window; padding is not counted.
 *
 * @example
 * ```ts
 * const y = averagePool2d(network, x, { name: 'pool', poolSize: 2 });
 * ```
 */
export function averagePool2d({ builder }: Network, x: ValueInfo, options: Pool2dOptions): ValueInfo {
  return averagePool(builder, x, pairOf(options.poolSize), windowOf(x, options));
}

/**
 * The mean over height and width: `[batch, channels]`.
 *
 * @example
 * ```ts
 * const features = globalAveragePool2d(network, x, { name: 'avg_pool' });
 * ```
 */
export function globalAveragePool2d(
  { builder }: Network,
  x: ValueInfo,
  { name }: Pick<Pool2dOptions, 'name'>,
): ValueInfo {
  return flatten(builder, globalAveragePool(builder, x, `${name}/mean`), 1, name);
}

function windowOf(
  x: ValueInfo,
  { name, poolSize, strides = poolSize, padding = 'valid' }: Pool2dOptions,
): PoolOptions {
  const [window, steps] = [pairOf(poolSize), pairOf(strides)];
  return { name, strides: steps, pads: padsOf(x, padding, window, steps) };
}
