/** What layers are built on: a graph builder that also knows the model's parameters, statistics and dropout masks. */
import type { GraphBuilder } from '../builder.ts';
import { OnnxError } from '../errors.ts';
import type { Shape, Tensor, ValueInfo } from '../model.ts';
import { elementCount, tensor } from '../tensors.ts';
import type { Fans, Initialiser } from './initialisers.ts';
import { isChosen, type NamePattern } from './names.ts';
import { type Parameter, type Parameters, type Weights, weightOf } from './parameters.ts';
import { RandomStream } from './random.ts';

/** How a model is built. */
export interface NetworkOptions {
  /** Whether dropout drops and batch normalisation uses the batch's own statistics; default `false`. */
  readonly isTraining?: boolean;
  /** Values of the parameters, which then become constants of the graph; by default they are its inputs. */
  readonly weights?: Weights;
  /** Parameters that do not learn; default none. Layers of batch normalisation among them keep their statistics, too. */
  readonly frozen?: readonly NamePattern[];
}

/** A parameter as a layer asks for it. */
export interface ParameterRequest {
  readonly name: string;
  readonly dims: readonly number[];
  readonly initialiser: Initialiser;
  /** Default 1 and 1. */
  readonly fans?: Fans;
}

/** An input that dropout multiplies with; see `dropoutMask` for what to feed. */
export interface Mask {
  /** The input's name. */
  readonly name: string;
  readonly shape: Shape;
  /** Which share is dropped. */
  readonly rate: number;
}

const NO_FANS: Fans = { in: 1, out: 1 };

/**
 * Builds a model: a graph builder for what it computes, and the list of what it learns. Layers are functions over it.
 *
 * @example
 * ```ts
 * const network = new Network(new GraphBuilder('net'), { isTraining: true });
 * const images = network.builder.input('images', 'float32', ['batch', 3, 64, 64]);
 * const x = conv2d(network, images, { name: 'conv1', filters: 32, kernelSize: 3, padding: 'same' });
 * parameterCount(network.parameters); // 896
 * ```
 */
export class Network {
  readonly builder: GraphBuilder;
  /** Whether dropout drops and batch normalisation uses the batch's own statistics. */
  readonly isTraining: boolean;
  readonly #weights: Weights | undefined;
  readonly #frozen: readonly NamePattern[];
  readonly #parameters: Parameter[] = [];
  readonly #masks: Mask[] = [];
  readonly #updates = new Map<string, ValueInfo>();

  /** @param builder Where nodes go. */
  constructor(builder: GraphBuilder, { isTraining = false, weights, frozen = [] }: NetworkOptions = {}) {
    this.builder = builder;
    this.isTraining = isTraining;
    this.#weights = weights;
    this.#frozen = frozen;
  }

  /** The parameters so far. */
  get parameters(): Parameters {
    return this.#parameters;
  }

  /** The masks of dropout so far. */
  get masks(): readonly Mask[] {
    return this.#masks;
  }

  /** The values that statistics have after this step, by the statistic's name. */
  get updates(): ReadonlyMap<string, ValueInfo> {
    return this.#updates;
  }

  /** Whether the parameter of that name may learn. */
  isTrainable(name: string): boolean {
    return !isChosen(name, this.#frozen);
  }

  /**
   * A tensor that learns.
   *
   * @throws {OnnxError} `graph-invalid` if the name is taken; `weights-mismatch` if there are weights, but not these.
   */
  parameter(request: ParameterRequest): ValueInfo {
    return this.#declare(request, this.isTrainable(request.name));
  }

  /** A tensor that is kept up to date without gradients; see {@link Network.update}. */
  statistic(request: ParameterRequest): ValueInfo {
    return this.#declare(request, false);
  }

  /** States what a statistic is after this step. */
  update(statistic: ValueInfo, value: ValueInfo): void {
    this.#updates.set(statistic.name, value);
  }

  /**
   * The mask of a dropout layer, as an input of the graph.
   *
   * @param rate Which share is dropped.
   * @throws {OnnxError} `option-invalid` unless `rate` is from 0 to below 1.
   */
  mask(name: string, shape: Shape, rate: number): ValueInfo {
    if (!(rate >= 0 && rate < 1)) {
      throw new OnnxError('option-invalid', `'${name}': a dropout rate is from 0 to below 1, not ${rate}`);
    }
    this.#masks.push({ name, shape, rate });
    return this.builder.input(name, 'float32', shape);
  }

  #declare({ name, dims, initialiser, fans = NO_FANS }: ParameterRequest, trainable: boolean): ValueInfo {
    const initial = (seed: number): Tensor<'float32'> =>
      tensor('float32', dims, initialiser(elementCount(dims), fans, new RandomStream(seed, name)));
    const parameter: Parameter = { name, dims, trainable, initial };
    this.#parameters.push(parameter);
    if (!this.#weights) return this.builder.input(name, 'float32', dims);
    if (this.builder.typeOf(name)) throw new OnnxError('graph-invalid', `the name '${name}' is taken`);
    return this.builder.constant(weightOf(this.#weights, parameter), name);
  }
}
