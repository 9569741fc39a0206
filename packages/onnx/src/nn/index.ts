/** The public interface of `@figleaf/onnx/nn`: layers, architectures, losses, optimisers, and whole training steps. */
export { mobilenetV2 } from './architectures/mobilenet-v2.ts';
export { smallCnn } from './architectures/small-cnn.ts';
export { xception } from './architectures/xception.ts';
export { type ArchitectureOptions, type Classifier, classifierHead } from './classifier.ts';
export {
  type EvaluationOptions,
  type EvaluationStep,
  evaluationStep,
  type InferenceOptions,
  inferenceGraph,
  type PictureOptions,
} from './evaluation.ts';
export { type ImportedOptions, importedClassifier } from './imported.ts';
export {
  type Fans,
  glorotUniform,
  heNormal,
  heUniform,
  type Initialiser,
  ones,
  zeros,
} from './initialisers.ts';
export { type Activation, activation } from './layers/activation.ts';
export {
  type Conv2dOptions,
  type ConvolutionOptions,
  conv2d,
  depthwiseConv2d,
  separableConv2d,
} from './layers/convolution.ts';
export { type DenseOptions, dense } from './layers/dense.ts';
export { type DropoutOptions, dropout } from './layers/dropout.ts';
export { type BatchNormOptions, batchNorm } from './layers/normalization.ts';
export type { Padding, Size } from './layers/padding.ts';
export { averagePool2d, globalAveragePool2d, maxPool2d, type Pool2dOptions } from './layers/pooling.ts';
export {
  type L2Options,
  type Loss,
  l2Penalty,
  type SigmoidCrossEntropyOptions,
  type SoftmaxCrossEntropyOptions,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from './losses.ts';
export { isChosen, type NamePattern } from './names.ts';
export { type Mask, Network, type NetworkOptions, type ParameterRequest } from './network.ts';
export { type AdamOptions, type AdamWOptions, adamW, scaleByAdam } from './optimisers/adam.ts';
export {
  clipByGlobalNorm,
  decoupledWeightDecay,
  scaleByLearningRate,
  scaleByName,
  type WeightDecayOptions,
} from './optimisers/scaling.ts';
export { type SgdOptions, sgd, type TraceOptions, trace } from './optimisers/sgd.ts';
export {
  applyOptimiser,
  chain,
  type OptimiserScope,
  type OptimiserStep,
  type StateTensor,
  type Transformation,
  type Update,
} from './optimisers/transformation.ts';
export {
  initialWeights,
  type Parameter,
  type Parameters,
  parameterCount,
  type Weights,
} from './parameters.ts';
export { type FrozenPrefix, frozenPrefix, type PrefixOptions } from './prefix.ts';
export { dropoutMask, type MaskKey, RandomStream, threefry } from './random.ts';
export {
  type CosineOptions,
  constantRate,
  cosineDecay,
  type DecayOptions,
  exponentialDecay,
  type PlateauOptions,
  type PlateauState,
  plateauStart,
  reduceOnPlateau,
  type Schedule,
  stepDecay,
  warmUp,
} from './schedules.ts';
export { type TrainingOptions, type TrainingStep, trainingStep } from './training.ts';
