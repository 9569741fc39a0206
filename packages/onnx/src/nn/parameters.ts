/** A model's parameters as plain data: names, shapes, what they are at first, and which of them learn. */
import { formatShape } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Tensor } from '../model.ts';
import { elementCount } from '../tensors.ts';

/** One named tensor of a model. */
export interface Parameter {
  /** Layer and kind, as Keras writes them: `block1_conv1/kernel`. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether gradients change it. Neither frozen weights nor the running statistics of batch normalisation are. */
  readonly trainable: boolean;
  /** Its value before any training; the same for the same seed, whatever other parameters there are. */
  initial(seed: number): Tensor<'float32'>;
}

/** All of a model's parameters, in the order in which data meets them. */
export type Parameters = readonly Parameter[];

/** Values of parameters by name. */
export type Weights = ReadonlyMap<string, Tensor<'float32'>>;

/**
 * The values that a model starts training with.
 *
 * @param seed A whole number; its lower 32 bits count.
 *
 * @example
 * ```ts
 * const weights = initialWeights(step.parameters, 42);
 * ```
 */
export function initialWeights(parameters: Parameters, seed: number): Weights {
  return new Map(parameters.map((parameter) => [parameter.name, parameter.initial(seed)]));
}

/**
 * How many numbers a model consists of.
 *
 * @example
 * ```ts
 * parameterCount(parameters.filter(({ trainable }) => trainable)); // the trainable ones
 * ```
 */
export function parameterCount(parameters: Parameters): number {
  return parameters.reduce((sum, { dims }) => sum + elementCount(dims), 0);
}

/**
 * The value of one parameter.
 *
 * @throws {OnnxError} `weights-mismatch` if it is missing or has another shape.
 */
export function weightOf(
  weights: Weights,
  { name, dims }: Pick<Parameter, 'name' | 'dims'>,
): Tensor<'float32'> {
  const found = weights.get(name);
  if (!found) {
    throw new OnnxError(
      'weights-mismatch',
      `there are no weights '${name}': are they those of another model?`,
    );
  }
  if (formatShape(found.dims) === formatShape(dims)) return found;
  throw new OnnxError(
    'weights-mismatch',
    `the weights '${name}' are ${formatShape(found.dims)} where ${formatShape(dims)} are wanted: use those of the same model with as many classes`,
  );
}
