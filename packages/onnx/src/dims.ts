/** Arithmetic on dimensions that may be free: a length is a number, a name, or `floor((name + offset) / divisor)`. */
import type { Dim, Shape } from './model.ts';

interface Derived {
  readonly name: string;
  readonly offset: number;
  readonly divisor: number;
}

// Convolutions and pools only ever shift and divide, and such steps compose into one of the same form.
const DIVIDED = /^floor\(\((.+?)([+-]\d+)?\)\/(\d+)\)$/;
const SHIFTED = /^(.+?)([+-]\d+)$/;

function parse(dim: string): Derived {
  const divided = DIVIDED.exec(dim);
  if (divided) return { name: divided[1]!, offset: Number(divided[2] ?? 0), divisor: Number(divided[3]) };
  const shifted = SHIFTED.exec(dim);
  if (shifted) return { name: shifted[1]!, offset: Number(shifted[2]), divisor: 1 };
  return { name: dim, offset: 0, divisor: 1 };
}

function format({ name, offset, divisor }: Derived): string {
  const sum = offset === 0 ? name : offset > 0 ? `${name}+${offset}` : `${name}${offset}`;
  return divisor === 1 ? sum : `floor((${sum})/${divisor})`;
}

/** `floor((dim + offset) / divisor)`. */
export function shiftAndDivide(dim: Dim, offset: number, divisor: number): Dim {
  if (dim === null) return null;
  if (typeof dim === 'number') return Math.floor((dim + offset) / divisor);
  const inner = parse(dim);
  return format({
    name: inner.name,
    offset: inner.offset + offset * inner.divisor,
    divisor: inner.divisor * divisor,
  });
}

/**
 * The number that a dimension is, once its free name has a value.
 *
 * @param dim A dimension, free or not.
 * @param values Lengths by name, such as `{ height: 224 }`.
 * @returns The length, or `null` if it does not follow.
 *
 * @example
 * ```ts
 * evaluateDim('floor((height+1)/2)', { height: 224 }); // 112
 * ```
 */
export function evaluateDim(dim: Dim, values: Readonly<Record<string, number>>): number | null {
  if (typeof dim !== 'string') return dim;
  const { name, offset, divisor } = parse(dim);
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? null : Math.floor((value + offset) / divisor);
}

/** The length of several axes made into one; `null` unless it is a number, or one free length among ones. */
export function productOf(dims: Shape): Dim {
  if (dims.includes(0)) return 0;
  const others = dims.filter((dim) => dim !== 1);
  if (others.length === 1) return others[0]!;
  return others.reduce<number | null>(
    (product, dim) => (product === null || typeof dim !== 'number' ? null : product * dim),
    1,
  );
}

/** The sum of lengths; `null` unless all are numbers, or all but one are 0. */
export function sumOf(dims: Shape): Dim {
  const others = dims.filter((dim) => dim !== 0);
  if (others.length === 1) return others[0]!;
  return others.reduce<number | null>(
    (sum, dim) => (sum === null || typeof dim !== 'number' ? null : sum + dim),
    0,
  );
}

/** What is known of a length stated twice; `undefined` if the two contradict each other. */
export function unifyDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return a;
  if (typeof a === 'number' && typeof b === 'number') return undefined;
  if (typeof a === 'number') return a;
  if (typeof b === 'number') return b;
  return null;
}

/** One axis of two values combined element by element; `undefined` if they do not fit. */
export function broadcastDims(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b;
  if (b === 1) return a;
  return unifyDims(a, b);
}

/** How messages write a shape. */
export function formatShape(shape: Shape | null): string {
  return shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : '[unknown rank]';
}
