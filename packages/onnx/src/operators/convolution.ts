/** Convolution, depthwise too. */
import { attribute, intAttribute } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { unifyDims } from '../dims.ts';
import { OnnxError } from '../errors.ts';
import type { ValueInfo } from '../model.ts';
import { at, mismatch, output, type ShapeRule, type ShapeRules } from '../shape-rule.ts';
import { slide, slideBack, type WindowOptions, windowAttributes } from './window.ts';

/** How to convolve. */
export interface ConvOptions extends WindowOptions {
  /** Added to each output channel: `[outputs]`. */
  readonly bias?: ValueInfo;
  /** Number of groups of channels that do not see each other; default 1. As many as channels is depthwise. */
  readonly group?: number;
  readonly name?: string;
}

/**
 * Two-dimensional convolution.
 *
 * @param x `[batch, channels, height, width]`.
 * @param weight `[outputs, channels / group, kernel height, kernel width]`.
 * @example
 * ```ts
 * const y = conv(builder, x, weight, { strides: [2, 2], pads: [1, 1, 1, 1] });
 * ```
 */
export function conv(
  builder: GraphBuilder,
  x: ValueInfo,
  weight: ValueInfo,
  options: ConvOptions = {},
): ValueInfo {
  const [height, width] = weight.shape?.slice(2) ?? [];
  if (typeof height !== 'number' || typeof width !== 'number') {
    throw new OnnxError('shape-unknown', `Conv '${options.name ?? ''}': the size of its kernel is not known`);
  }
  const inputs = options.bias ? [x, weight, options.bias] : [x, weight];
  const attributes = {
    ...windowAttributes([height, width], options),
    group: attribute.int(options.group ?? 1),
  };
  return builder.one('Conv', inputs, attributes, options.name);
}

const convShape: ShapeRule = ({ node, input }) => {
  const [x, weight] = [input(0), input(1)];
  const group = intAttribute(node, 'group', 1);
  const [channels, perGroup] = [at(x.shape, 1), at(weight.shape, 1)];
  const wanted = typeof perGroup === 'number' ? perGroup * group : null;
  if (x.shape.length !== weight.shape.length || unifyDims(channels, wanted) === undefined) {
    throw mismatch(node, x.shape, weight.shape);
  }
  const kernel = weight.shape.slice(2).map((dim) => (typeof dim === 'number' ? dim : 0));
  const spatial = kernel.includes(0) ? kernel.map(() => null) : slide(node, x.shape.slice(2), kernel);
  return output(x.elementType, [at(x.shape, 0), at(weight.shape, 0), ...spatial]);
};

/** How to convolve transposed. */
export interface ConvTransposeOptions extends Omit<WindowOptions, 'pads'> {
  /** Rows and columns cut off the result as `[top, left, bottom, right]`; default none. */
  readonly pads?: readonly [number, number, number, number];
  /** Rows and columns added at the end, less than a stride; default none. */
  readonly outputPadding?: readonly [number, number];
  /** Added to each output channel: `[outputs]`. */
  readonly bias?: ValueInfo;
  /** Number of groups of channels that do not see each other; default 1. */
  readonly group?: number;
  readonly name?: string;
}

/**
 * Transposed convolution: what undoes the shape of a {@link conv} with the same options.
 *
 * @param x `[batch, channels, height, width]`.
 * @param weight `[channels, outputs / group, kernel height, kernel width]`.
 * @example
 * ```ts
 * const twice = convTranspose(builder, x, weight, { strides: [2, 2] });
 * ```
 */
export function convTranspose(
  builder: GraphBuilder,
  x: ValueInfo,
  weight: ValueInfo,
  options: ConvTransposeOptions = {},
): ValueInfo {
  const [height, width] = weight.shape?.slice(2) ?? [];
  if (typeof height !== 'number' || typeof width !== 'number') {
    throw new OnnxError(
      'shape-unknown',
      `ConvTranspose '${options.name ?? ''}': the size of its kernel is not known`,
    );
  }
  const attributes = {
    ...windowAttributes([height, width], options),
    output_padding: attribute.ints(options.outputPadding ?? [0, 0]),
    group: attribute.int(options.group ?? 1),
  };
  const inputs = options.bias ? [x, weight, options.bias] : [x, weight];
  return builder.one('ConvTranspose', inputs, attributes, options.name);
}

const convTransposeShape: ShapeRule = ({ node, input }) => {
  const [x, weight] = [input(0), input(1)];
  if (
    x.shape.length !== weight.shape.length ||
    unifyDims(at(x.shape, 1), at(weight.shape, 0)) === undefined
  ) {
    throw mismatch(node, x.shape, weight.shape);
  }
  const perGroup = at(weight.shape, 1);
  const outputs = typeof perGroup === 'number' ? perGroup * intAttribute(node, 'group', 1) : null;
  const kernel = weight.shape.slice(2).map((dim) => (typeof dim === 'number' ? dim : 0));
  const spatial = x.shape.slice(2);
  return output(x.elementType, [
    at(x.shape, 0),
    outputs,
    ...(kernel.includes(0) ? kernel.map(() => null) : slideBack(node, spatial, kernel)),
  ]);
};

/** Shape rules of this family. */
export const convolutionShapes: ShapeRules = { Conv: convShape, ConvTranspose: convTransposeShape };
