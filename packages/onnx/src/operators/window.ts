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
  if (intAttribute(node, 'ceil_mode', 0) !== 0) {
    throw new OnnxError('operator-unsupported', `${describeNode(node)}: ceil_mode is not supported`);
  }
  return spatial.map((dim, axis) => {
    const stride = strides[axis] ?? 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') return shiftAndDivide(dim, stride - 1, stride);
    const reach = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const padding = autoPad === 'VALID' ? 0 : (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
    const size = shiftAndDivide(dim, padding - reach + stride, stride);
    if (typeof size !== 'number' || size > 0) return size;
    throw new OnnxError(
      'shape-mismatch',
      `${describeNode(node)}: the window is larger than what it slides over`,
    );
  });
}
