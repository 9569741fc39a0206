/** The protobuf schema: element type codes and 64-bit integers as `onnx-proto` carries them. */
import type { ElementType } from './model.ts';

/** A 64-bit integer as protobufjs carries it: a number, or two 32-bit halves. */
export type Int64 = number | { readonly low: number; readonly high: number; readonly unsigned: boolean };

/** ONNX's numbers for the element types. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** The element type of each of ONNX's numbers. */
export const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map(
  Object.entries(ELEMENT_CODES).map(([type, code]) => [code, type as ElementType]),
);

/** ONNX's numbers for the attribute types. */
export const ATTRIBUTE_CODES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;

/** Two's complement halves of a 64-bit integer, or the number itself. */
export function toBigInt(value: Int64): bigint {
  if (typeof value === 'number') return BigInt(value);
  const bits = (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? bits : BigInt.asIntN(64, bits);
}

/** A number where that is exact, else a `bigint`. */
export function toInteger(value: Int64): number | bigint {
  const exact = toBigInt(value);
  const rounded = Number(exact);
  return Number.isSafeInteger(rounded) ? rounded : exact;
}

/** The halves that protobufjs writes. */
export function fromInteger(value: number | bigint): Int64 {
  const bits = BigInt.asUintN(64, BigInt(value));
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: false };
}
