/** Stochastic gradient descent with momentum, in Keras's form. */
import { add, mul } from '../../operators/elementwise.ts';
import { scalar } from '../../tensors.ts';
import { scaleByLearningRate } from './scaling.ts';
import { chain, dimsOf, each, type Transformation } from './transformation.ts';

/** How updates pile up. */
export interface TraceOptions {
  /** How much of the velocity stays at each step. */
  readonly decay: number;
  /** Whether the update looks one step ahead; default `false`. Sutskever et al. (2013). */
  readonly nesterov?: boolean;
}

/**
 * `v = decay * v + u`, then `u = v`, or with Nesterov's look ahead `u = decay * v + u`. State: `velocity/PARAMETER`.
 *
 * @example
 * ```ts
 * const optimiser = chain(scaleByLearningRate(), trace({ decay: 0.9 }));
 * ```
 */
export function trace({ decay, nesterov = false }: TraceOptions): Transformation {
  return (scope, updates) => {
    const factor = scope.builder.constant(scalar(decay), 'momentum');
    return each(({ builder, state, keep }, update) => {
      const velocity = state(`velocity/${update.weight.name}`, dimsOf(update));
      const moved = add(builder, mul(builder, velocity, factor), update.value);
      keep(velocity, moved);
      return nesterov ? add(builder, mul(builder, moved, factor), update.value) : moved;
    })(scope, updates);
  };
}

/** Which variant. */
export interface SgdOptions {
  /** How much of the velocity stays at each step; default 0: no velocity. */
  readonly momentum?: number;
  /** Default `false`. */
  readonly nesterov?: boolean;
}

/**
 * Keras's SGD: `v = momentum * v - rate * g; w += v`, with Nesterov `w += momentum * v - rate * g`. The learning rate
 * is in the velocity, so after a change of rate the old steps go on at the old one; PyTorch's form differs there.
 *
 * @example
 * ```ts
 * const optimiser = sgd({ momentum: 0.9, nesterov: true });
 * ```
 */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Transformation {
  const descent = scaleByLearningRate();
  return momentum === 0 ? descent : chain(descent, trace({ decay: momentum, nesterov }));
}
