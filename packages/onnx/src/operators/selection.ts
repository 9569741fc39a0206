/** Operators that take parts of a value, or repeat them: slicing, splitting, gathering, expanding. */
import { attribute, intAttribute, intsAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { shiftAndDivide } from '../dims.ts';
import type { Dim, Node, ValueInfo } from '../model.ts';
import {
  at,
  constantIntegers,
  mismatch,
  output,
  positiveAxis,
  requiredIntegers,
  type ShapeContext,
  type ShapeRule,
  type ShapeRules,
} from '../shape-rule.ts';
import { integers } from '../tensors.ts';
import { broadcastShapes } from './elementwise.ts';

/** What {@link slice} takes along one axis. */
export interface SliceRange {
  readonly axis: number;
  /** The first place; from the end where negative. */
  readonly start: number;
  /** The place behind the last; from the end where negative. Default: all that is left. */
  readonly end?: number;
  /** Default 1. Negative goes backwards. */
  readonly step?: number;
}

/** Beyond every end. */
const FAR = 2 ** 31 - 1;

/**
 * Part of `x`.
 *
 * @param ranges One an axis; axes that are not named stay whole.
 * @example
 * ```ts
 * const everySecondRow = slice(builder, x, [{ axis: 2, start: 0, step: 2 }]);
 * ```
 */
export function slice(
  builder: GraphBuilder,
  x: ValueInfo,
  ranges: readonly SliceRange[],
  name?: string,
): ValueInfo {
  const list = (hint: string, values: readonly number[]): ValueInfo =>
    builder.constant(integers(values), hint);
  const ends = ranges.map(({ end, step = 1 }) => end ?? (step < 0 ? -FAR : FAR));
  const inputs = [
    x,
    list(
      'starts',
      ranges.map(({ start }) => start),
    ),
    list('ends', ends),
    list(
      'axes',
      ranges.map(({ axis }) => axis),
    ),
    list(
      'steps',
      ranges.map(({ step = 1 }) => step),
    ),
  ];
  return builder.one('Slice', inputs, {}, name);
}

/**
 * The slices of `x` along `axis` (default 0) at `indices`; their shape takes the place of the axis.
 *
 * @example
 * ```ts
 * const rows = gather(builder, table, ids);
 * ```
 */
export function gather(
  builder: GraphBuilder,
  x: ValueInfo,
  indices: ValueInfo,
  axis = 0,
  name?: string,
): ValueInfo {
  return builder.one('Gather', [x, indices], { axis: attribute.int(axis) }, name);
}

/**
 * Parts of `x` along `axis`, one after another.
 *
 * @param lengths How long each part is.
 * @example
 * ```ts
 * const [left, right] = split(builder, x, [16, 48], 1);
 * ```
 */
export function split(
  builder: GraphBuilder,
  x: ValueInfo,
  lengths: readonly number[],
  axis: number,
  name?: string,
): readonly ValueInfo[] {
  const inputs = [x, builder.constant(integers(lengths), 'lengths')];
  return builder.node('Split', inputs, { axis: attribute.int(axis) }, { name, outputs: lengths.length });
}

/**
 * `x` repeated along axes of length 1, and along new ones in front, to `shape`; 1 keeps an axis.
 *
 * @example
 * ```ts
 * const rows = expand(builder, row, [8, 1]);
 * ```
 */
export function expand(
  builder: GraphBuilder,
  x: ValueInfo,
  shape: readonly number[],
  name?: string,
): ValueInfo {
  return builder.one('Expand', [x, builder.constant(integers(shape), 'shape')], {}, name);
}

/** What a `Slice` takes along one axis: `count` places from `start` on, `step` apart. */
export interface ResolvedRange {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The ranges of a `Slice` along axes of known length. */
export function resolvedRange(range: Required<SliceRange>, length: number): ResolvedRange {
  const { axis, step } = range;
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const place = (index: number, least: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, least), high);
  const start = place(range.start, 0);
  return { axis, start, step, count: Math.max(0, Math.ceil((place(range.end, low) - start) / step)) };
}

/** The ranges that a `Slice` states; its inputs must be constant. */
export function sliceRanges(
  context: Pick<ShapeContext, 'node' | 'constant'>,
  rank: number,
): Required<SliceRange>[] {
  const [starts, ends] = [requiredIntegers(context, 1), requiredIntegers(context, 2)];
  const axes = hasInput(context.node, 3) ? requiredIntegers(context, 3) : [...starts.keys()];
  const steps = hasInput(context.node, 4) ? requiredIntegers(context, 4) : starts.map(() => 1);
  return axes.map((axis, index) => ({
    axis: positiveAxis(context.node, axis, rank),
    start: starts[index]!,
    end: ends[index]!,
    step: steps[index]!,
  }));
}

function hasInput(node: Node, index: number): boolean {
  return (node.inputs[index] ?? '') !== '';
}

const sliceShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const dims = [...shape];
  for (const range of sliceRanges(context, shape.length)) {
    const length = at(shape, range.axis);
    dims[range.axis] =
      typeof length === 'number' ? resolvedRange(range, length).count : freeCount(range, length);
  }
  return output(elementType, dims);
};

/** How many places of a free length a range takes, where that can be written. */
function freeCount({ start, end, step }: Required<SliceRange>, length: Dim): Dim {
  const toTheEnd = step > 0 ? start >= 0 && end >= FAR : start === -1 && end <= -FAR;
  if (!toTheEnd) return null;
  const skipped = step > 0 ? start : 0;
  return shiftAndDivide(length, Math.abs(step) - 1 - skipped, Math.abs(step));
}

const gatherShape: ShapeRule = ({ node, input }) => {
  const { elementType, shape } = input(0);
  const axis = positiveAxis(node, intAttribute(node, 'axis', 0), shape.length);
  return output(elementType, [...shape.slice(0, axis), ...input(1).shape, ...shape.slice(axis + 1)]);
};

const likeIndices: ShapeRule = ({ input }) => output(input(0).elementType, input(1).shape);

const likeData: ShapeRule = ({ input }) => [input(0)];

/** The lengths of the parts that a `Split` makes. */
export function splitLengths(
  context: Pick<ShapeContext, 'node' | 'constant'>,
  length: Dim,
): readonly Dim[] | null {
  const { node } = context;
  if (hasInput(node, 1)) return constantIntegers(context, 1);
  const count = intAttribute(node, 'num_outputs', node.outputs.length);
  if (typeof length !== 'number') return null;
  const part = Math.ceil(length / count);
  return Array.from({ length: count }, (_, index) => Math.min(part, length - part * index));
}

const splitShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const { node } = context;
  const axis = positiveAxis(node, intAttribute(node, 'axis', 0), shape.length);
  const lengths = splitLengths(context, at(shape, axis));
  return node.outputs.map((_, index) => ({
    elementType,
    shape: shape.with(axis, lengths?.[index] ?? null),
  }));
};

const expandShape: ShapeRule = (context) => {
  const { elementType, shape } = context.input(0);
  const wanted = requiredIntegers(context, 1);
  const expanded = broadcastShapes(shape, wanted);
  if (!expanded) throw mismatch(context.node, shape, wanted);
  return output(elementType, expanded);
};

const shapeShape: ShapeRule = ({ node, input }) => {
  const rank = input(0).shape.length;
  const [start, end] = [intAttribute(node, 'start', 0), intAttribute(node, 'end', rank)];
  return output('int64', [resolvedRange({ axis: 0, start, end, step: 1 }, rank).count]);
};

const constantOfShape: ShapeRule = (context) => {
  const value = context.node.attributes.value;
  return output(value?.type === 'tensor' ? value.value.type : 'float32', requiredIntegers(context, 0));
};

const constantShape: ShapeRule = ({ node }) => {
  const { value } = node.attributes;
  if (value?.type === 'tensor') return output(value.value.type, value.value.dims);
  if (Object.hasOwn(node.attributes, 'value_float')) return output('float32', []);
  if (Object.hasOwn(node.attributes, 'value_int')) return output('int64', []);
  return output('int64', [intsAttribute(node, 'value_ints').length]);
};

/** Shape rules of this family. */
export const selectionShapes: ShapeRules = {
  Slice: sliceShape,
  Gather: gatherShape,
  GatherElements: likeIndices,
  ScatterElements: likeData,
  ScatterND: likeData,
  Split: splitShape,
  Expand: expandShape,
  NonZero: ({ input }) => output('int64', [input(0).shape.length, null]),
  Shape: shapeShape,
  ConstantOfShape: constantOfShape,
  Constant: constantShape,
};
