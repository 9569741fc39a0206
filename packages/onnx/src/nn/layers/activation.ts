/** Layers without parameters that bend each element. */
import type { ValueInfo } from '../../model.ts';
import { clip, relu, sigmoid, tanh } from '../../operators/elementwise.ts';
import type { Network } from '../network.ts';

/** Which function; `relu6` is `min(max(x, 0), 6)`. */
export type Activation = 'relu' | 'relu6' | 'sigmoid' | 'tanh';

/**
 * The function applied to each element.
 *
 * @example
 * ```ts
 * const y = activation(network, x, 'relu6');
 * ```
 */
export function activation({ builder }: Network, x: ValueInfo, kind: Activation, name?: string): ValueInfo {
  switch (kind) {
    case 'relu':
      return relu(builder, x, name);
    case 'relu6':
      return clip(builder, x, 0, 6, name);
    case 'sigmoid':
      return sigmoid(builder, x, name);
    case 'tanh':
      return tanh(builder, x, name);
  }
}
