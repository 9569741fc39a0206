/** The public interface of `@figleaf/onnx`: ONNX graphs as plain data. */
export { attribute, floatAttribute, intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
export { GraphBuilder, type NodeOptions } from './builder.ts';
export { evaluateDim } from './dims.ts';
export { OnnxError, type OnnxErrorCode } from './errors.ts';
export * from './metadata.ts';
export * from './model.ts';
export {
  concat,
  flatten,
  pad,
  reshape,
  squeeze,
  transpose,
  unsqueeze,
} from './operators/arrangement.ts';
export { type ConvOptions, type ConvTransposeOptions, conv, convTranspose } from './operators/convolution.ts';
export {
  add,
  cast,
  clip,
  div,
  equal,
  exp,
  greater,
  log,
  logSoftmax,
  max,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  softmax,
  sqrt,
  sub,
  tanh,
  where,
} from './operators/elementwise.ts';
export { gemm, matMul } from './operators/linear.ts';
export {
  type BatchNormParameters,
  batchNormalization,
  batchNormalizationTraining,
  layerNormalization,
} from './operators/normalization.ts';
export { averagePool, globalAveragePool, maxPool, type PoolOptions } from './operators/pooling.ts';
export { dequantize, type Quantization, zeroPointOf } from './operators/quantization.ts';
export {
  argMax,
  type ReduceOptions,
  reduceMax,
  reduceMean,
  reduceSum,
  reduceSumSquare,
} from './operators/reduction.ts';
export { expand, gather, type SliceRange, slice, split } from './operators/selection.ts';
export type { WindowOptions } from './operators/window.ts';
export { readModel } from './read.ts';
export { classActivationMap } from './rewrite/class-activation-map.ts';
export { foldBatchNorm } from './rewrite/fold-batch-norm.ts';
export { foldConstants } from './rewrite/fold-constants.ts';
export { foldPadding } from './rewrite/fold-padding.ts';
export { forWebgpu } from './rewrite/for-webgpu.ts';
export { raiseOpset } from './rewrite/raise-opset.ts';
export { removeDeadNodes } from './rewrite/remove-dead-nodes.ts';
export { renameValues } from './rewrite/rename-values.ts';
export { inferShapes } from './shapes.ts';
export { elementCount, floats, integers, type NumericType, scalar, tensor } from './tensors.ts';
export { SUPPORTED_OPERATORS } from './tfjs/graph.ts';
export { importTfjs } from './tfjs/import.ts';
export { SUPPORTED_LAYERS } from './tfjs/layers.ts';
export type {
  TfjsAttribute,
  TfjsLayer,
  TfjsModel,
  TfjsNode,
  TfjsQuantization,
  TfjsWeight,
  TfjsWeightGroup,
} from './tfjs/model.ts';
export { writeModel } from './write.ts';
