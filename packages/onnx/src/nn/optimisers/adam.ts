/** Adam with decoupled weight decay. */
import type { ValueInfo } from '../../model.ts';
import { add, div, mul, sqrt } from '../../operators/elementwise.ts';
import { scalar } from '../../tensors.ts';
import type { NamePattern } from '../names.ts';
import { decoupledWeightDecay, scaleByLearningRate } from './scaling.ts';
import { chain, dimsOf, each, type OptimiserScope, type Transformation } from './transformation.ts';

/** Adam's settings. */
export interface AdamOptions {
  /** How much of the mean gradient stays at each step; default 0.9. */
  readonly beta1?: number;
  /** How much of the mean square stays at each step; default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square; default 1e-8. */
  readonly epsilon?: number;
}

/**
 * `m = b1 * m + (1 - b1) * u; v = b2 * v + (1 - b2) * u^2; u = (m / c1) / (sqrt(v / c2) + epsilon)`. The corrections `c
 * = 1 - b^step` are state as well, as `c = b * c + (1 - b)`: computed as written they would cancel in 32 bits, and this
 * way nobody counts steps. State: `mean/PARAMETER`, `square/PARAMETER`, `mean_correction`, `square_correction`. Kingma
 * and Ba, "Adam" (2015).
 *
 * @example
 * ```ts
 * const optimiser = chain(scaleByAdam(), scaleByLearningRate());
 * ```
 */
export function scaleByAdam({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions = {}): Transformation {
  return (scope, updates) => {
    const { builder } = scope;
    const [first, second] = [decayOf(scope, beta1), decayOf(scope, beta2)];
    const smallest = builder.constant(scalar(epsilon), 'epsilon');
    const meanCorrection = first('mean_correction', []);
    const squareCorrection = second('square_correction', []);
    return each((_, update) => {
      const { weight, value } = update;
      const mean = first(`mean/${weight.name}`, dimsOf(update), value);
      const square = second(`square/${weight.name}`, dimsOf(update), mul(builder, value, value));
      const deviation = sqrt(builder, div(builder, square, squareCorrection));
      return div(builder, div(builder, mean, meanCorrection), add(builder, deviation, smallest));
    })(scope, updates);
  };
}

/** A running mean kept as state, of a value or of 1; called with its name, it gives the mean after this step. */
function decayOf(
  { builder, state, keep }: OptimiserScope,
  beta: number,
): (name: string, dims: readonly number[], value?: ValueInfo) => ValueInfo {
  const [stays, comes] = [
    builder.constant(scalar(beta), 'beta'),
    builder.constant(scalar(1 - beta), 'share'),
  ];
  return (name, dims, value) => {
    const before = state(name, dims);
    const share = value ? mul(builder, value, comes) : comes;
    const after = add(builder, mul(builder, before, stays), share);
    keep(before, after);
    return after;
  };
}

/** AdamW's settings. */
export interface AdamWOptions extends AdamOptions {
  /** How fast weights decay; default 0.01. */
  readonly weightDecay?: number;
  /** Which weights do; default kernels, not biases or batch normalisation. */
  readonly decays?: readonly NamePattern[];
}

/**
 * AdamW as in PyTorch: Adam's step, and decay of the weights by `rate * weightDecay` beside it.
 * Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).
 *
 * @example
 * ```ts
 * const optimiser = adamW({ weightDecay: 0.05 });
 * ```
 */
export function adamW({ weightDecay = 0.01, decays, ...adam }: AdamWOptions = {}): Transformation {
  const decay = decoupledWeightDecay({ rate: weightDecay, ...(decays && { names: decays }) });
  return chain(scaleByAdam(adam), scaleByLearningRate(), decay);
}
