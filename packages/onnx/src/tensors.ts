/** Making and checking tensors. */
import { OnnxError } from './errors.ts';
import type { ElementType, Tensor, TensorData } from './model.ts';

/** What makes an array of each numeric element type out of bytes. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Every element type but `string`. */
export type NumericType = keyof typeof ARRAYS;

/**
 * Number of elements of an array with these axes; 1 for a scalar.
 *
 * @example
 * ```ts
 * elementCount([2, 3, 4]); // 24
 * ```
 */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * A tensor of the given element type.
 *
 * @param type Element type.
 * @param dims Lengths of the axes; `[]` for a scalar.
 * @param data The elements in row-major order; not copied.
 * @throws {OnnxError} `tensor-malformed` if there are more or fewer elements than `dims` say.
 *
 * @example
 * ```ts
 * const weight = tensor('float32', [2, 2], Float32Array.of(1, 0, 0, 1));
 * ```
 */
export function tensor<T extends ElementType>(
  type: T,
  dims: readonly number[],
  data: TensorData[T],
): Tensor<T> {
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0) || elementCount(dims) !== data.length) {
    throw new OnnxError(
      'tensor-malformed',
      `${data.length} ${type} elements do not make a tensor of shape [${dims.join(', ')}]`,
    );
  }
  return { type, dims, data } as unknown as Tensor<T>;
}

/**
 * A 32-bit float tensor; of one axis unless `dims` are given.
 *
 * @example
 * ```ts
 * const bias = floats([0.1, 0.2]);
 * ```
 */
export function floats(values: Iterable<number>, dims?: readonly number[]): Tensor<'float32'> {
  const data = values instanceof Float32Array ? values : Float32Array.from(values);
  return tensor('float32', dims ?? [data.length], data);
}

/**
 * A 64-bit integer tensor of one axis, as operators take for axes, shapes and pads.
 *
 * @example
 * ```ts
 * const axes = integers([2, 3]);
 * ```
 */
export function integers(values: readonly number[]): Tensor<'int64'> {
  return tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
}

/**
 * A 32-bit float scalar.
 *
 * @example
 * ```ts
 * const six = scalar(6);
 * ```
 */
export function scalar(value: number): Tensor<'float32'> {
  return tensor('float32', [], Float32Array.of(value));
}

/** Distance between neighbours along each axis, in elements, row-major. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}

/**
 * The tensor with its axes in another order: axis `i` of the result is axis `permutation[i]` of `source`.
 */
export function transposed<T extends NumericType>(
  source: Tensor<T>,
  permutation: readonly number[],
): Tensor<T> {
  const dims = permutation.map((axis) => source.dims[axis]!);
  const from = stridesOf(source.dims);
  const steps = permutation.map((axis) => from[axis]!);
  const input = source.data as Float32Array;
  const output = new ARRAYS[source.type](input.length) as Float32Array;
  const index = new Array<number>(dims.length).fill(0);
  let at = 0;
  for (let position = 0; position < output.length; position++) {
    output[position] = input[at]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += steps[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      at -= steps[axis]! * dims[axis]!;
      index[axis] = 0;
    }
  }
  return { type: source.type, dims, data: output } as unknown as Tensor<T>;
}
