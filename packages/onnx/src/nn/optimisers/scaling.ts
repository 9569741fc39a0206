/** Transformations that only make updates longer or shorter: learning rates, clipping, weight decay. */
import { OnnxError } from '../../errors.ts';
import type { ValueInfo } from '../../model.ts';
import { add, div, max, mul, neg, sqrt } from '../../operators/elementwise.ts';
import { reduceSumSquare } from '../../operators/reduction.ts';
import { scalar } from '../../tensors.ts';
import { decays } from '../losses.ts';
import { isChosen, type NamePattern } from '../names.ts';
import { each, type OptimiserScope, type Transformation } from './transformation.ts';

/**
 * `u = -rate * u`: from the way uphill to a step downhill. The rate is an input of the graph.
 *
 * @example
 * ```ts
 * const optimiser = chain(scaleByLearningRate());
 * ```
 */
export function scaleByLearningRate(): Transformation {
  return (scope, updates) => {
    const factor = neg(scope.builder, scope.learningRate);
    return each(({ builder }, { value }) => mul(builder, value, factor))(scope, updates);
  };
}

/**
 * `u = factor * u`, with a factor by the parameter's name: learning rates for groups, at the end of a chain. Of
 * patterns that fit the last decides; where none fits the factor is 1.
 *
 * @example
 * ```ts
 * const optimiser = chain(sgd(), scaleByName({ '*': 0.1, 'predictions/*': 1 }));
 * ```
 */
export function scaleByName(factors: Readonly<Record<NamePattern, number>>): Transformation {
  return each(({ builder }, { weight, value }) => {
    const factor =
      Object.entries(factors).findLast(([pattern]) => isChosen(weight.name, [pattern]))?.[1] ?? 1;
    return factor === 1 ? value : mul(builder, value, builder.constant(scalar(factor)));
  });
}

/**
 * `u = u * limit / max(norm, limit)`, with the norm of all updates as one vector, as TensorFlow's `clip_by_global_norm`
 * does. Pascanu et al., "On the difficulty of training recurrent neural networks" (2013).
 *
 * @param limit Length that a step may have; more than 0.
 * @throws {OnnxError} `option-invalid` for another.
 *
 * @example
 * ```ts
 * const optimiser = chain(clipByGlobalNorm(1), sgd({ momentum: 0.9 }));
 * ```
 */
export function clipByGlobalNorm(limit: number): Transformation {
  if (!(limit > 0)) throw new OnnxError('option-invalid', `a norm is clipped at more than 0, not ${limit}`);
  return (scope, updates) => {
    if (updates.length === 0) return updates;
    const factor = clipFactor(
      scope,
      updates.map(({ value }) => value),
      limit,
    );
    return each(({ builder }, { value }) => mul(builder, value, factor))(scope, updates);
  };
}

function clipFactor({ builder }: OptimiserScope, values: readonly ValueInfo[], limit: number): ValueInfo {
  const squares = values.map((value) => reduceSumSquare(builder, value));
  const norm = sqrt(
    builder,
    squares.reduce((sum, next) => add(builder, sum, next)),
  );
  const bound = builder.constant(scalar(limit));
  return div(builder, bound, max(builder, norm, bound), 'clip_factor');
}

/** Which weights decay, and how fast. */
export interface WeightDecayOptions {
  readonly rate: number;
  /** Which parameters; default kernels, which are those of several axes: not biases or batch normalisation. */
  readonly names?: readonly NamePattern[];
}

/**
 * `u = u - learning rate * rate * w`: decay beside the gradient, so that neither momentum nor Adam's scaling sees it.
 * It stands behind them in a chain. (Decay as L2 is a term of the loss.) Loshchilov and Hutter, "Decoupled Weight Decay
 * Regularization" (2019).
 *
 * @example
 * ```ts
 * const optimiser = chain(sgd({ momentum: 0.9 }), decoupledWeightDecay({ rate: 1e-4 }));
 * ```
 */
export function decoupledWeightDecay({ rate, names }: WeightDecayOptions): Transformation {
  return (scope, updates) => {
    const { builder, learningRate } = scope;
    const share = mul(builder, learningRate, builder.constant(scalar(-rate)));
    return each((_, { weight, value }) =>
      decays(weight, names) ? add(builder, value, mul(builder, weight, share)) : value,
    )(scope, updates);
  };
}
