/** Dropout whose masks come from outside, so that a step can be repeated exactly. */
import { OnnxError } from '../../errors.ts';
import type { ValueInfo } from '../../model.ts';
import { mul } from '../../operators/elementwise.ts';
import type { Network } from '../network.ts';

/** How to drop. */
export interface DropoutOptions {
  /** The layer's name; its mask is the input `NAME/mask`. */
  readonly name: string;
  /** Which share is set to 0: 0 to below 1. The rest is scaled by `1 / (1 - rate)`. */
  readonly rate: number;
}

/**
 * While training, `x` times a mask that is an input of the graph (make it with `dropoutMask`); otherwise `x`.
 * ONNX Runtime's own random operators start again with each session, so a resumed run would not be the same run.
 * Srivastava et al., "Dropout" (2014).
 *
 * @throws {OnnxError} `option-invalid` unless `rate` is from 0 to below 1.
 *
 * @example
 * ```ts
 * const y = dropout(network, features, { name: 'dropout', rate: 0.5 });
 * ```
 */
export function dropout(network: Network, x: ValueInfo, { name, rate }: DropoutOptions): ValueInfo {
  if (!network.isTraining || rate === 0) return x;
  if (!x.shape)
    throw new OnnxError('shape-unknown', `the layer '${name}' has to know the shape of '${x.name}'`);
  return mul(network.builder, x, network.mask(`${name}/mask`, x.shape, rate), name);
}
