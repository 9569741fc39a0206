/** A whole training step as one graph. */
import { GraphBuilder } from '../builder.ts';
import { differentiate } from '../grad/index.ts';
import { widenScalars } from '../rewrite/widen-scalars.ts';
import { begun, type EvaluationOptions, type EvaluationStep, float, measure } from './evaluation.ts';
import { type Mask, Network } from './network.ts';
import { applyOptimiser, type StateTensor, type Transformation } from './optimisers/transformation.ts';

/** What a training step is made of. */
export interface TrainingOptions extends EvaluationOptions {
  readonly optimiser: Transformation;
}

/**
 * A step that learns. Inputs: `images` or the values at the cut, `labels`, `learning_rate` (a scalar), the masks of dropout, all parameters by
 * name, the optimiser's state by name. Outputs: `loss` (mean over the batch, penalty included), `correct` (how many
 * answers are right), and what `next` names.
 */
export interface TrainingStep extends EvaluationStep {
  /** Inputs that dropout multiplies with; `dropoutMask` makes them. */
  readonly masks: readonly Mask[];
  /** What the optimiser keeps, all 0 at first. */
  readonly state: readonly StateTensor[];
  /** By name of an input, the output that is its value in the next step: trained parameters, running statistics, state. */
  readonly next: Readonly<Record<string, string>>;
}

/**
 * The graph of a whole training step: forward, loss, metrics, backward, optimiser, running statistics.
 *
 * @throws {OnnxError} What the layers throw; `operator-unsupported` from `differentiate` for an operator without a rule
 * on the way to a parameter.
 *
 * @example
 * ```ts
 * const step = trainingStep({
 *   model: xception({ classes: 2 }),
 *   picture: [3, 256, 256],
 *   loss: softmaxCrossEntropy(),
 *   optimiser: sgd({ momentum: 0.9 }),
 *   l2: { rate: 1e-5 },
 * });
 * let values = initialWeights(step.parameters, 42);
 * ```
 */
export function trainingStep(options: TrainingOptions): TrainingStep {
  const { optimiser, frozen = [] } = options;
  const forward = new GraphBuilder(options.model.name);
  const network = new Network(forward, { isTraining: true, frozen });
  measure(network, options);
  const next: Record<string, string> = {};
  for (const [name, value] of network.updates) next[name] = forward.output(value, `${name}/next`).name;
  const { graph: start, parameters } = begun(forward.build(), network.parameters, options);
  const learning = parameters.filter(({ trainable }) => trainable);
  const wrt = learning.map(({ name }) => name);
  const { graph, gradients } = differentiate(start, { loss: 'loss', wrt });
  const updates = learning.map(({ name, dims }) => ({
    weight: float(name, dims),
    value: float(gradients[name]!, dims),
  }));
  const kept = new Set(start.outputs.map(({ name }) => name));
  const builder = GraphBuilder.from({
    ...graph,
    outputs: graph.outputs.filter(({ name }) => kept.has(name)),
    values: [...graph.values, ...updates.map(({ value }) => value)],
  });
  const rate = builder.input('learning_rate', 'float32', []);
  const done = applyOptimiser(builder, optimiser, updates, rate);
  for (const [name, value] of done.next) next[name] = builder.output(value, `${name}/next`).name;
  const { masks } = network;
  return { graph: widenScalars(builder.build()), parameters, masks, state: done.state, next };
}
