/** Batch normalisation with running statistics. */
import type { ValueInfo } from '../../model.ts';
import {
  type BatchNormParameters,
  batchNormalization,
  batchNormalizationTraining,
} from '../../operators/normalization.ts';
import { type Initialiser, ones, zeros } from '../initialisers.ts';
import type { Network } from '../network.ts';
import { channelsOf } from './padding.ts';

/** How to normalise. */
export interface BatchNormOptions {
  /** The layer's name. */
  readonly name: string;
  /** How much of the running statistics stays at each step; default 0.99, Keras's. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-3, Keras's. */
  readonly epsilon?: number;
}

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta` per channel; `x` is `[batch, channels, ...]`.
 *
 * While training, mean and variance are those of the batch (the variance is the plain mean of squares, as in Keras 3),
 * and the running ones move: `momentum * running + (1 - momentum) * batch`. Otherwise, and where `gamma` is frozen, the
 * running ones are used and stay. Parameters, all `[channels]`: `gamma`, `beta`; statistics: `moving_mean`,
 * `moving_variance`. Ioffe and Szegedy, "Batch Normalization" (2015).
 *
 * @example
 * ```ts
 * const y = batchNorm(network, x, { name: 'conv1_bn' });
 * ```
 */
export function batchNorm(
  network: Network,
  x: ValueInfo,
  { name, momentum = 0.99, epsilon = 1e-3 }: BatchNormOptions,
): ValueInfo {
  const dims = [channelsOf(x, name)];
  const named = (part: string, initialiser: Initialiser) => ({ name: `${name}/${part}`, dims, initialiser });
  const gamma = network.parameter(named('gamma', ones));
  const beta = network.parameter(named('beta', zeros));
  const mean = network.statistic(named('moving_mean', zeros));
  const variance = network.statistic(named('moving_variance', ones));
  const parameters = { scale: gamma, bias: beta, mean, variance };
  return normalise(network, x, parameters, { name, momentum, epsilon });
}

/** The same with parameters that are there already. */
export function normalise(
  network: Network,
  x: ValueInfo,
  parameters: BatchNormParameters,
  { name, momentum, epsilon }: Required<BatchNormOptions>,
): ValueInfo {
  const { builder } = network;
  if (!network.isTraining || !network.isTrainable(parameters.scale.name)) {
    return batchNormalization(builder, x, parameters, epsilon, name);
  }
  const moved = batchNormalizationTraining(builder, x, parameters, epsilon, momentum, name);
  network.update(parameters.mean, moved.mean);
  network.update(parameters.variance, moved.variance);
  return moved.y;
}
