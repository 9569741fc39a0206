/** The weights of a TensorFlow.js model: cut out of the weight files, kept in 8 bits where they are. */
import type { GraphBuilder } from '../builder.ts';
import { OnnxError } from '../errors.ts';
import type { Tensor, ValueInfo } from '../model.ts';
import { dequantize, type Quantization } from '../operators/quantization.ts';
import { elementCount, tensor, transposed } from '../tensors.ts';
import type { TfjsModel, TfjsWeight } from './model.ts';

/** A weight as it is stored. */
export interface Weight {
  readonly name: string;
  readonly stored: Tensor<'uint8'> | Tensor<'uint16'> | Tensor<'float16'> | Tensor<'float32'>;
  /** `null` where the elements are what they are. */
  readonly quantization: Quantization | null;
}

/** How a weight goes into the graph: its axes in another order, then another shape. */
export interface Arrangement {
  readonly permutation: readonly number[];
  readonly dims?: readonly number[];
}

/** Every weight of a model by name. */
export class Weights {
  readonly #weights: ReadonlyMap<string, Weight>;

  /**
   * @param bytes The weight files one after another, in the manifest's order.
   * @throws {OnnxError} `tfjs-malformed` if they are too short or too long.
   */
  constructor(model: TfjsModel, bytes: Uint8Array) {
    const weights = new Map<string, Weight>();
    let offset = 0;
    for (const weight of model.weightsManifest.flatMap((group) => group.weights)) {
      const length = elementCount(weight.shape) * bytesPerElement(weight);
      if (offset + length > bytes.length) {
        throw new OnnxError('tfjs-malformed', `the weight files end before '${weight.name}' does`);
      }
      // A copy of its own even of a Node `Buffer`, whose `slice` is a view.
      const stored = new Uint8Array(bytes.subarray(offset, offset + length));
      weights.set(weight.name, weightOf(weight, stored));
      offset += length;
    }
    if (offset !== bytes.length) {
      throw new OnnxError('tfjs-malformed', `the weight files have ${bytes.length - offset} bytes too many`);
    }
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  /** @throws {OnnxError} `tfjs-malformed` if there is no such weight. */
  get(name: string): Weight {
    const weight = this.#weights.get(name);
    if (weight) return weight;
    throw new OnnxError('tfjs-malformed', `there is no weight '${name}'`);
  }
}

/** Puts a weight into the graph: as bytes and what makes floats of them, or as floats if it is small. */
export function addWeight(
  builder: GraphBuilder,
  weight: Weight,
  name: string,
  arrangement?: Arrangement,
): ValueInfo {
  const { stored, quantization } = weight;
  // Vectors (biases, statistics) gain nothing from 8 bits, and being plain they can be folded.
  if (quantization && stored.type === 'uint8' && stored.dims.length > 1) {
    return dequantize(builder, arranged(stored, arrangement), quantization, name);
  }
  return builder.constant(arranged(floatsOf(weight), arrangement), name);
}

function arranged<T extends 'uint8' | 'float32'>(source: Tensor<T>, arrangement?: Arrangement): Tensor<T> {
  if (!arrangement) return source;
  const turned = transposed(source, arrangement.permutation);
  return arrangement.dims ? { ...turned, dims: arrangement.dims } : turned;
}

/** The weight's values as 32-bit floats. */
export function floatsOf({ stored, quantization }: Weight): Tensor<'float32'> {
  if (stored.type === 'float32') return stored;
  const value = quantization
    ? (level: number): number => level * quantization.scale + quantization.min
    : halfToNumber;
  return tensor('float32', stored.dims, Float32Array.from(stored.data, value));
}

/** The number that the 16 bits of a half float stand for. */
function halfToNumber(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const BYTES: ReadonlyMap<string, number> = new Map([
  ['uint8', 1],
  ['uint16', 2],
  ['float16', 2],
  ['float32', 4],
]);

function storedType(weight: TfjsWeight): string {
  return weight.quantization?.dtype ?? weight.dtype;
}

function bytesPerElement(weight: TfjsWeight): number {
  const bytes = BYTES.get(storedType(weight));
  if (weight.dtype === 'float32' && bytes !== undefined) return bytes;
  throw new OnnxError(
    'element-type-unsupported',
    `the weight '${weight.name}' is of type ${weight.dtype}, stored as ${storedType(weight)}`,
  );
}

function weightOf({ name, shape, quantization, ...rest }: TfjsWeight, bytes: Uint8Array): Weight {
  const type = quantization?.dtype ?? rest.dtype;
  if (type === 'float32') {
    return { name, stored: tensor(type, shape, new Float32Array(bytes.buffer)), quantization: null };
  }
  if (type === 'float16') {
    return { name, stored: tensor(type, shape, new Uint16Array(bytes.buffer)), quantization: null };
  }
  const { scale, min } = quantization ?? {};
  if (typeof scale !== 'number' || typeof min !== 'number') {
    throw new OnnxError('tfjs-malformed', `the weight '${name}' does not say what its levels stand for`);
  }
  const stored =
    type === 'uint8' ? tensor('uint8', shape, bytes) : tensor('uint16', shape, new Uint16Array(bytes.buffer));
  return { name, stored, quantization: { scale, min } };
}
