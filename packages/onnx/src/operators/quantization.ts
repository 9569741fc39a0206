/** 8-bit constants: stored as bytes, used as floats. */
import type { GraphBuilder } from '../builder.ts';
import type { Tensor, ValueInfo } from '../model.ts';
import { scalar } from '../tensors.ts';
import { add, cast, mul, sub } from './elementwise.ts';

/** What the bytes stand for: `value = byte * scale + min`. */
export interface Quantization {
  readonly scale: number;
  readonly min: number;
}

/**
 * The byte that stands for 0, if one does to within a millionth of a step.
 *
 * @returns A whole number, not necessarily between 0 and 255; `null` if 0 lies between two steps.
 * @example
 * ```ts
 * zeroPointOf({ scale: 0.5, min: -4 }); // 8
 * ```
 */
export function zeroPointOf({ scale, min }: Quantization): number | null {
  const zero = -min / scale;
  const whole = Math.round(zero);
  // Beyond 2^22 `byte - zero` would no longer be exact in 32-bit floats.
  return Math.abs(zero - whole) < 1e-6 && Math.abs(whole) < 2 ** 22 ? whole + 0 : null;
}

/**
 * Floats from bytes, as nodes that a runtime computes once while loading: `Cast`, `Sub`, `Mul` where a byte stands for 0
 * (exact up to one rounding), else `Cast`, `Mul`, `Add`. `DequantizeLinear` would say the same, but ONNX Runtime then
 * keeps the weights quantised and runs slower.
 * @example
 * ```ts
 * const weight = dequantize(builder, bytes, { scale: 0.01, min: -1.28 }, 'weight');
 * ```
 */
export function dequantize(
  builder: GraphBuilder,
  bytes: Tensor<'uint8'>,
  quantization: Quantization,
  name: string,
): ValueInfo {
  const part = (suffix: string, value: number): ValueInfo =>
    builder.constant(scalar(value), `${name}/${suffix}`);
  const levels = cast(builder, builder.constant(bytes, `${name}/bytes`), 'float32', `${name}/levels`);
  const zero = zeroPointOf(quantization);
  if (zero === null) {
    const scaled = mul(builder, levels, part('scale', quantization.scale), `${name}/scaled`);
    return add(builder, scaled, part('min', quantization.min), name);
  }
  const centred = sub(builder, levels, part('zero', zero), `${name}/centred`);
  return mul(builder, centred, part('scale', quantization.scale), name);
}
