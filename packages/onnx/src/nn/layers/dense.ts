/** The fully connected layer. */
import type { ValueInfo } from '../../model.ts';
import { gemm } from '../../operators/linear.ts';
import { glorotUniform, type Initialiser, zeros } from '../initialisers.ts';
import type { Network } from '../network.ts';
import { channelsOf } from './padding.ts';

/** What a fully connected layer is. */
export interface DenseOptions {
  /** The layer's name. */
  readonly name: string;
  /** Number of outputs. */
  readonly units: number;
  /** Of the kernel; default Glorot's. */
  readonly initialiser?: Initialiser;
}

/**
 * `x · kernel + bias` for `x` of `[batch, features]`. Parameters: `kernel` `[features, units]`, `bias` `[units]`.
 *
 * @example
 * ```ts
 * const logits = dense(network, features, { name: 'predictions', units: 10 });
 * ```
 */
export function dense(
  network: Network,
  x: ValueInfo,
  { name, units, initialiser = glorotUniform }: DenseOptions,
): ValueInfo {
  const features = channelsOf(x, name);
  const kernel = network.parameter({
    name: `${name}/kernel`,
    dims: [features, units],
    initialiser,
    fans: { in: features, out: units },
  });
  const bias = network.parameter({ name: `${name}/bias`, dims: [units], initialiser: zeros });
  return gemm(network.builder, x, kernel, bias, name);
}
