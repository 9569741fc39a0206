/** What convolutions and pools share: a window that slides over the spatial axes. */
import { attribute, describeNode, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import { shiftAndDivide } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { Attributes, Dim, Node, Shape } from '../model.ts';

/** How a window slides over height and width. */
export interface WindowOptions {
  /** Steps along height and width; default `[1, 1]`. */
  readonly strides?: readonly [number, number];
  /**
   * Rows and columns of padding as `[top, left, bottom, right]` (default none), or `same`: as many as make the output
   * `ceil(size / stride)`, the odd one at the end, as in TensorFlow.
   */
  readonly pads?: readonly [number, number, number, number] | 'same';
  /** Distance between the window's taps; default `[1, 1]`. */
  readonly dilations?: readonly [number, number];
}

const ONES = [1, 1] as const;

/**
 * The attributes that say so. `same` with stride 1 does not depend on the picture's size, so it is written in numbers,
 * which every runtime and every later differentiation handles; with longer strides it does, and stays `SAME_UPPER`.
 */
export function windowAttributes(kernel: readonly [number, number], options: WindowOptions): Attributes {
  const { strides = ONES, pads = [0, 0, 0, 0], dilations = ONES } = options;
  return {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(strides),
    dilations: attribute.ints(dilations),
    ...padAttributes(kernel, strides, dilations, pads),
  };
}

function padAttributes(
  kernel: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number],
  pads: readonly number[] | 'same',
): Attributes {
  if (pads !== 'same') return { pads: attribute.ints(pads) };
  if (strides.some((stride) => stride !== 1)) return { auto_pad: attribute.string('SAME_UPPER') };
  const total = kernel.map((size, axis) => (size - 1) * dilations[axis]!);
  const before = total.map((pad) => Math.floor(pad / 2));
  return { pads: attribute.ints([...before, ...total.map((pad, axis) => pad - before[axis]!)]) };
}

/** The spatial axes after a window has slid over `spatial`. */
export function slide(node: Node, spatial: Shape, kernel: readonly number[]): Dim[] {
  const strides = intsAttribute(
    node,
    'strides',
    kernel.map(() => 1),
  );
  const dilations = intsAttribute(
    node,
    'dilations',
    kernel.map(() => 1),
  );
  const pads = intsAttribute(
    node,
    'pads',
    [...kernel, ...kernel].map(() => 0),
  );
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const isCeiled = intAttribute(node, 'ceil_mode', 0) !== 0;
  return spatial.map((dim, axis) => {
    const stride = strides[axis] ?? 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') return shiftAndDivide(dim, stride - 1, stride);
    const reach = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const [before, after] = autoPad === 'VALID' ? [0, 0] : [pads[axis] ?? 0, pads[axis + kernel.length] ?? 0];
    const size = isCeiled
      ? ceiledCount(dim, { before, after, reach, stride })
      : shiftAndDivide(dim, before + after - reach + stride, stride);
    if (typeof size !== 'number' || size > 0) return size;
    throw new OnnxError(
      'shape-mismatch',
      `${describeNode(node)}: the window is larger than what it slides over`,
    );
  });
}

/** A window along one axis. */
interface Span {
  readonly before: number;
  readonly after: number;
  /** From the window's first tap to its last, both counted. */
  readonly reach: number;
  readonly stride: number;
}

/** How many windows there are where one may stand out at the end, as long as it begins before what is padded there. */
function ceiledCount(dim: Dim, { before, after, reach, stride }: Span): Dim {
  const count = shiftAndDivide(dim, before + after - reach + 2 * stride - 1, stride);
  if (typeof dim === 'number' && typeof count === 'number')
    return (count - 1) * stride >= dim + before ? count - 1 : count;
  // Of a free length it is only known that none is dropped where the padding is short.
  return reach - after >= stride ? count : null;
}

/** The spatial axes that a transposed convolution makes of `spatial`. */
export function slideBack(node: Node, spatial: Shape, kernel: readonly number[]): Dim[] {
  const list = (name: string, otherwise: number): readonly number[] =>
    intsAttribute(
      node,
      name,
      [...kernel, ...kernel].map(() => otherwise),
    );
  const [strides, dilations] = [list('strides', 1), list('dilations', 1)];
  const [pads, extra] = [list('pads', 0), list('output_padding', 0)];
  if (
    stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET' ||
    Object.hasOwn(node.attributes, 'output_shape')
  ) {
    throw new OnnxError(
      'operator-unsupported',
      `${describeNode(node)}: its padding is not stated in numbers (auto_pad, output_shape)`,
    );
  }
  return spatial.map((dim, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const more = reach - strides[axis]! + extra[axis]! - pads[axis]! - pads[axis + kernel.length]!;
    if (typeof dim === 'number') return dim * strides[axis]! + more;
    return strides[axis] === 1 ? shiftAndDivide(dim, more, 1) : null;
  });
}

/**
 * The padding before and after each spatial axis in numbers, whichever way the node states it; with `ceil_mode` as much at the end as the
 * last window stands out.
 *
 * @throws {OnnxError} `shape-unknown` where it depends on a length that is free.
 */
export function windowPads(
  node: Node,
  spatial: Shape,
  kernel: readonly number[],
): (readonly [before: number, after: number])[] {
  const ones = kernel.map(() => 1);
  const [strides, dilations] = [intsAttribute(node, 'strides', ones), intsAttribute(node, 'dilations', ones)];
  const pads = intsAttribute(
    node,
    'pads',
    [...kernel, ...kernel].map(() => 0),
  );
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const isCeiled = intAttribute(node, 'ceil_mode', 0) !== 0;
  return kernel.map((size, axis) => {
    const reach = (size - 1) * dilations[axis]! + 1;
    if (autoPad !== 'SAME_UPPER' && autoPad !== 'SAME_LOWER') {
      const [before, after] = autoPad === 'VALID' ? [0, 0] : [pads[axis]!, pads[axis + kernel.length]!];
      const span = { before, after, reach, stride: strides[axis]! };
      return [before, isCeiled ? Math.max(after, reachedAfter(node, spatial[axis] ?? null, span)) : after];
    }
    const total = samePadding(node, spatial[axis] ?? null, reach, strides[axis]!);
    const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
    return autoPad === 'SAME_UPPER' ? [less, more] : [more, less];
  });
}

/** How far the last window reaches beyond the end. */
function reachedAfter(node: Node, length: Dim, span: Span): number {
  const count = ceiledCount(length, span);
  if (typeof length === 'number' && typeof count === 'number')
    return (count - 1) * span.stride + span.reach - span.before - length;
  throw freePadding(node);
}

/** How much padding makes the output `ceil(length / stride)`. */
function samePadding(node: Node, length: Dim, reach: number, stride: number): number {
  if (stride === 1) return reach - 1;
  if (typeof length === 'number')
    return Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length);
  throw freePadding(node);
}

function freePadding(node: Node): OnnxError {
  return new OnnxError(
    'shape-unknown',
    `${describeNode(node)}: its padding depends on the size of the picture, which is free`,
  );
}
