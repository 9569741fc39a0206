/** The public interface of `@figleaf/onnx/grad`: derivatives of ONNX graphs. */
export { type Differentiated, type DifferentiateOptions, differentiate } from './differentiate.ts';
export { DIFFERENTIABLE_OPERATORS } from './rules.ts';
