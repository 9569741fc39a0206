/** A classifier as one graph: with loss and metrics, or the model by itself. */
import { GraphBuilder } from '../builder.ts';
import type { Dim, Graph, ValueInfo } from '../model.ts';
import { add, sigmoid, softmax } from '../operators/elementwise.ts';
import { startAt } from '../rewrite/start-at.ts';
import type { Classifier } from './classifier.ts';
import { type L2Options, type Loss, l2Penalty } from './losses.ts';
import type { NamePattern } from './names.ts';
import { Network } from './network.ts';
import type { Parameters, Weights } from './parameters.ts';

/** What a model is asked about. */
export interface PictureOptions {
  /** Shape of one picture as the model takes it, such as `[3, 256, 256]`. */
  readonly picture: readonly number[];
  /** Pictures at a time; default any number. */
  readonly batchSize?: number;
}

/** What a step that knows the answers is made of. */
export interface EvaluationOptions extends PictureOptions {
  readonly model: Classifier;
  readonly loss: Loss;
  /** Added to the loss, of parameters that learn; default nothing. */
  readonly l2?: L2Options;
  /** Parameters that do not learn; default none. Layers of batch normalisation among them keep their statistics, too. */
  readonly frozen?: readonly NamePattern[];
  /** Values that are fed instead of `images`: the cut of a `FrozenPrefix`. Default none. */
  readonly cut?: readonly ValueInfo[];
}

/**
 * A step that measures. Inputs: `images` or the values at the cut, `labels`, and all parameters by name. Outputs: `logits`, `loss` (mean over
 * the batch, penalty included), `correct` (how many answers are right).
 */
export interface EvaluationStep {
  readonly graph: Graph;
  readonly parameters: Parameters;
}

/**
 * The graph that says how good a model is: no dropout, running statistics, parameters as inputs, so that those of a
 * training step fit.
 *
 * @example
 * ```ts
 * const check = evaluationStep({ model, picture: [3, 256, 256], loss: softmaxCrossEntropy() });
 * ```
 */
export function evaluationStep(options: EvaluationOptions): EvaluationStep {
  const builder = new GraphBuilder(options.model.name);
  const network = new Network(builder, { frozen: options.frozen ?? [] });
  builder.output(measure(network, options), 'logits');
  return begun(builder.build(), network.parameters, options);
}

/** The part of a graph that begins at the cut, and the parameters that are left. */
export function begun(
  graph: Graph,
  parameters: Parameters,
  { cut }: Pick<EvaluationOptions, 'cut'>,
): EvaluationStep {
  if (!cut) return { graph, parameters };
  const rest = startAt(
    graph,
    cut.map(({ name }) => name),
  );
  const inputs = new Set(rest.inputs.map(({ name }) => name));
  return { graph: rest, parameters: parameters.filter(({ name }) => inputs.has(name)) };
}

/** What a finished model looks like. */
export interface InferenceOptions extends PictureOptions {
  readonly model: Classifier;
  readonly weights: Weights;
  /** What becomes of the logits: probabilities of classes that exclude each other, or of each by itself; default `softmax`. */
  readonly output?: 'softmax' | 'sigmoid';
}

/**
 * The model by itself, its weights as constants: from `images` to `probabilities`. `foldBatchNorm` makes it leaner.
 *
 * @throws {OnnxError} `weights-mismatch` for weights of another model.
 *
 * @example
 * ```ts
 * const graph = foldBatchNorm(inferenceGraph({ model, weights, picture: [3, 256, 256] }));
 * ```
 */
export function inferenceGraph({ model, weights, output = 'softmax', ...options }: InferenceOptions): Graph {
  const builder = new GraphBuilder(model.name);
  const network = new Network(builder, { weights });
  const logits = logitsOf(network, model, imagesInput(builder, options));
  builder.output(
    output === 'softmax' ? softmax(builder, logits, 1) : sigmoid(builder, logits),
    'probabilities',
  );
  return builder.build();
}

/** Declares what comes in, and puts out loss and metrics; returns the logits. */
export function measure(network: Network, { model, loss, l2, ...options }: EvaluationOptions): ValueInfo {
  const { builder } = network;
  const images = imagesInput(builder, options);
  const labels = loss.labels(builder, 'labels', [batchOf(options), model.classes]);
  const logits = logitsOf(network, model, images);
  const error = loss.loss(builder, logits, labels);
  const learned = network.parameters
    .filter(({ trainable }) => trainable)
    .map(({ name, dims }) => float(name, dims));
  const penalty = l2 ? l2Penalty(builder, learned, l2) : null;
  builder.output(penalty ? add(builder, error, penalty) : error, 'loss');
  builder.output(loss.correct(builder, logits, labels), 'correct');
  return logits;
}

function logitsOf(network: Network, model: Classifier, images: ValueInfo): ValueInfo {
  return model.head(network, model.features(network, images));
}

function imagesInput(builder: GraphBuilder, options: PictureOptions): ValueInfo {
  return builder.input('images', 'float32', [batchOf(options), ...options.picture]);
}

function batchOf({ batchSize }: PictureOptions): Dim {
  return batchSize ?? 'batch';
}

/** A parameter, or its gradient, as a value. */
export function float(name: string, shape: readonly number[]): ValueInfo {
  return { name, elementType: 'float32', shape };
}
