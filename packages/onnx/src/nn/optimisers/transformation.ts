/** Optimisers as chains of small transformations, from gradients to what is added to the weights. */
import type { GraphBuilder } from '../../builder.ts';
import type { ValueInfo } from '../../model.ts';
import { add } from '../../operators/elementwise.ts';

/** What is going to be added to one parameter; before the first transformation it is the gradient. */
export interface Update {
  /** The parameter, with its value before the step; its name is the parameter's. */
  readonly weight: ValueInfo;
  readonly value: ValueInfo;
}

/** A tensor that an optimiser keeps between steps: 32-bit floats, all 0 at first. */
export interface StateTensor {
  /** Name of the input that takes it. */
  readonly name: string;
  readonly dims: readonly number[];
}

/** What a transformation builds with. */
export interface OptimiserScope {
  readonly builder: GraphBuilder;
  /** The learning rate, a scalar. */
  readonly learningRate: ValueInfo;
  /** A tensor kept between steps, all 0 at first: its value before this step. */
  state(name: string, dims: readonly number[]): ValueInfo;
  /** States the value of such a tensor after this step. */
  keep(state: ValueInfo, next: ValueInfo): void;
}

/** One transformation of all updates. */
export type Transformation = (scope: OptimiserScope, updates: readonly Update[]) => readonly Update[];

/**
 * One transformation after the other.
 *
 * @example
 * ```ts
 * const optimiser = chain(clipByGlobalNorm(1), scaleByLearningRate(), trace({ decay: 0.9 }));
 * ```
 */
export function chain(...transformations: readonly Transformation[]): Transformation {
  return (scope, updates) => transformations.reduce((all, transform) => transform(scope, all), updates);
}

/** The same function of each update. */
export function each(transform: (scope: OptimiserScope, update: Update) => ValueInfo): Transformation {
  return (scope, updates) =>
    updates.map((update) => ({ weight: update.weight, value: transform(scope, update) }));
}

/** The lengths of a parameter; they are always known. */
export function dimsOf({ weight }: Update): readonly number[] {
  return weight.shape as readonly number[];
}

/** What an optimiser added to a graph. */
export interface OptimiserStep {
  /** What it keeps; each is an input of the graph. */
  readonly state: readonly StateTensor[];
  /** Values after the step, of parameters and of state, by the name of the input that they replace. */
  readonly next: ReadonlyMap<string, ValueInfo>;
}

/**
 * Adds an optimiser's nodes to a graph that has the gradients.
 *
 * @param gradients Parameters with their gradients.
 * @param learningRate A scalar.
 *
 * @example
 * ```ts
 * const { next } = applyOptimiser(builder, sgd({ momentum: 0.9 }), [{ weight, value: gradient }], learningRate);
 * builder.output(next.get(weight.name)!, 'weight/next');
 * ```
 */
export function applyOptimiser(
  builder: GraphBuilder,
  optimiser: Transformation,
  gradients: readonly Update[],
  learningRate: ValueInfo,
): OptimiserStep {
  const state: StateTensor[] = [];
  const next = new Map<string, ValueInfo>();
  const scope: OptimiserScope = {
    builder,
    learningRate,
    state(name, dims) {
      state.push({ name, dims });
      return builder.input(name, 'float32', dims);
    },
    keep: (tensor, value) => next.set(tensor.name, value),
  };
  for (const { weight, value } of optimiser(scope, gradients)) {
    next.set(weight.name, add(builder, weight, value, `${weight.name}/moved`));
  }
  return { state, next };
}
