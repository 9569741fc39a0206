/** Losses and what is counted beside them, as nodes of the graph. */
import type { GraphBuilder } from '../builder.ts';
import { OnnxError } from '../errors.ts';
import type { Dim, ValueInfo } from '../model.ts';
import { concat, pad, unsqueeze } from '../operators/arrangement.ts';
import { add, cast, equal, greater, logSoftmax, mul, neg, sub } from '../operators/elementwise.ts';
import { argMax, reduceMean, reduceSum } from '../operators/reduction.ts';
import { floats, integers, scalar } from '../tensors.ts';
import { isChosen, type NamePattern } from './names.ts';

/** What a step is to make small, and what it counts. */
export interface Loss {
  /** What makes probabilities of the logits: of classes that exclude each other, or of each by itself. */
  readonly output: 'softmax' | 'sigmoid';
  /** What that input holds of a picture: the number of its class, or of each class how much it is of that, 0 to 1. */
  readonly labelKind: 'class' | 'shares';
  /** Declares the input that holds the answers to logits of that shape. */
  labels(builder: GraphBuilder, name: string, logits: readonly [batch: Dim, classes: number]): ValueInfo;
  /** The mean loss of a batch, a scalar. */
  loss(builder: GraphBuilder, logits: ValueInfo, labels: ValueInfo): ValueInfo;
  /** Of how many pictures the answer is right, a float scalar. */
  correct(builder: GraphBuilder, logits: ValueInfo, labels: ValueInfo): ValueInfo;
}

/** Variants of the softmax cross-entropy. */
export interface SoftmaxCrossEntropyOptions {
  /** How much of each answer is spread evenly over all classes, 0 to below 1; default 0. Szegedy et al. (2015). */
  readonly labelSmoothing?: number;
  /** What the loss of a picture counts, by its class; default 1 each. */
  readonly classWeights?: readonly number[];
  /** Labels are shares of all classes, `[batch, classes]`, which sum to 1 for each picture, as of pictures that are mixed; default false. */
  readonly softLabels?: boolean;
}

/**
 * One class a picture. Labels are 64-bit integers, `[batch]`: each picture's class from 0; or soft.
 *
 * The loss of a picture is minus the logarithm of the softmax at its class; with smoothing, minus the mean of the
 * logarithms weighted by the smoothed answer. A class's weight multiplies it. As in Keras the mean is over the
 * pictures, whatever their weights. With soft labels the answer to a picture is right where it is the class of the largest share.
 *
 * @throws {OnnxError} `option-invalid` for a smoothing outside of 0 to below 1; `shape-mismatch` when building, for as
 * many weights as there are no classes.
 *
 * @example
 * ```ts
 * const loss = softmaxCrossEntropy({ labelSmoothing: 0.1 });
 * ```
 */
export function softmaxCrossEntropy({
  labelSmoothing = 0,
  classWeights,
  softLabels = false,
}: SoftmaxCrossEntropyOptions = {}): Loss {
  checkSmoothing(labelSmoothing);
  return {
    output: 'softmax',
    labelKind: softLabels ? 'shares' : 'class',
    labels: (builder, name, shape) =>
      softLabels ? builder.input(name, 'float32', shape) : builder.input(name, 'int64', [shape[0]]),
    loss(builder, logits, labels) {
      const classes = classesOf(logits);
      const answers = softLabels ? labels : oneHot(builder, labels, classes);
      const smoothed = smooth(builder, answers, labelSmoothing, 1 / classes);
      const likelihoods = mul(builder, smoothed, logSoftmax(builder, logits));
      const perPicture = reduceSum(builder, likelihoods, { axes: [1] });
      const weighted = classWeights
        ? mul(builder, perPicture, weightsOf(builder, answers, classWeights, classes))
        : perPicture;
      return neg(builder, reduceMean(builder, weighted));
    },
    correct(builder, logits, labels) {
      const answers = softLabels ? argMax(builder, labels, 1) : labels;
      return count(builder, equal(builder, argMax(builder, logits, 1), answers));
    },
  };
}

/** Variants of the sigmoid cross-entropy. */
export interface SigmoidCrossEntropyOptions {
  /** How far answers move towards a half: `y * (1 - s) + s / 2`; 0 to below 1, default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Any number of labels a picture, each yes or no for itself. Labels are floats, `[batch, classes]`, 0 or 1. The loss is
 * the mean over pictures and labels; a picture counts as right where all its labels are.
 *
 * @throws {OnnxError} `option-invalid` for a smoothing outside of 0 to below 1.
 *
 * @example
 * ```ts
 * const loss = sigmoidCrossEntropy();
 * ```
 */
export function sigmoidCrossEntropy({ labelSmoothing = 0 }: SigmoidCrossEntropyOptions = {}): Loss {
  checkSmoothing(labelSmoothing);
  return {
    output: 'sigmoid',
    labelKind: 'shares',
    labels: (builder, name, shape) => builder.input(name, 'float32', shape),
    loss(builder, logits, labels) {
      const yes = smooth(builder, labels, labelSmoothing, 0.5);
      const no = sub(builder, builder.constant(scalar(1)), yes);
      const answers = concat(builder, [unsqueeze(builder, yes, [2]), unsqueeze(builder, no, [2])], 2);
      // A sigmoid is the softmax of a logit beside 0, and the logarithm of a softmax does not overflow.
      const pairs = pad(builder, unsqueeze(builder, logits, [2]), [0, 0, 0, 0, 0, 1]);
      const likelihoods = reduceSum(builder, mul(builder, answers, logSoftmax(builder, pairs)), {
        axes: [2],
      });
      return neg(builder, reduceMean(builder, likelihoods));
    },
    correct(builder, logits, labels) {
      const half = builder.constant(scalar(0.5));
      const said = greater(builder, logits, builder.constant(scalar(0)));
      const isRight = equal(builder, said, greater(builder, labels, half));
      const perPicture = reduceSum(builder, cast(builder, isRight, 'float32'), { axes: [1] });
      return count(builder, greater(builder, perPicture, builder.constant(scalar(classesOf(logits) - 0.5))));
    },
  };
}

/** Weight decay as part of the loss. */
export interface L2Options {
  /** What the sum of squares is multiplied by, as in Keras's `l2`. */
  readonly rate: number;
  /** Which parameters; default kernels, which are those of several axes: not biases or batch normalisation. */
  readonly names?: readonly NamePattern[];
}

/** Whether weight decay is for that parameter. Kernels are told by their axes, since every tool calls them otherwise. */
export function decays({ name, shape }: ValueInfo, names?: readonly NamePattern[]): boolean {
  return names ? isChosen(name, names) : (shape?.length ?? 0) > 1;
}

/**
 * `rate` times the sum of squares of the chosen parameters, a scalar.
 *
 * @returns `null` if none is chosen.
 */
export function l2Penalty(
  builder: GraphBuilder,
  parameters: readonly ValueInfo[],
  { rate, names }: L2Options,
): ValueInfo | null {
  const sums = parameters
    .filter((parameter) => decays(parameter, names))
    .map((parameter) => reduceSum(builder, mul(builder, parameter, parameter)));
  if (sums.length === 0) return null;
  const total = sums.reduce((sum, next) => add(builder, sum, next));
  return mul(builder, total, builder.constant(scalar(rate)));
}

function classesOf(logits: ValueInfo): number {
  const classes = logits.shape?.[1];
  if (typeof classes === 'number') return classes;
  throw new OnnxError('shape-unknown', `the number of classes in '${logits.name}' is not known`);
}

/** 1 at each picture's class, else 0: compared with all class numbers, which every provider can. */
function oneHot(builder: GraphBuilder, labels: ValueInfo, classes: number): ValueInfo {
  const numbers = builder.constant(integers(Array.from({ length: classes }, (_, index) => index)), 'classes');
  return cast(builder, equal(builder, unsqueeze(builder, labels, [1]), numbers), 'float32', 'answers');
}

function smooth(builder: GraphBuilder, answers: ValueInfo, smoothing: number, target: number): ValueInfo {
  if (smoothing === 0) return answers;
  const kept = mul(builder, answers, builder.constant(scalar(1 - smoothing)));
  return add(builder, kept, builder.constant(scalar(smoothing * target)));
}

function weightsOf(
  builder: GraphBuilder,
  answers: ValueInfo,
  weights: readonly number[],
  classes: number,
): ValueInfo {
  if (weights.length !== classes) {
    throw new OnnxError(
      'shape-mismatch',
      `${weights.length} class weights for ${classes} classes: give one each`,
    );
  }
  const column = builder.constant(floats(weights), 'class_weights');
  return reduceSum(builder, mul(builder, answers, column), { axes: [1] });
}

function count(builder: GraphBuilder, booleans: ValueInfo): ValueInfo {
  return reduceSum(builder, cast(builder, booleans, 'float32'));
}

function checkSmoothing(smoothing: number): void {
  if (smoothing >= 0 && smoothing < 1) return;
  throw new OnnxError('option-invalid', `label smoothing is from 0 to below 1, not ${smoothing}`);
}
