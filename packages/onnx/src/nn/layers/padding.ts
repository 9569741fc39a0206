/** Padding in Keras's words, in numbers wherever the picture's size is known. */
import { OnnxError } from '../../errors.ts';
import type { ValueInfo } from '../../model.ts';
import type { WindowOptions } from '../../operators/window.ts';

/** `valid`: none. `same`: as much as makes the output `ceil(size / stride)`, the odd row or column at the end. */
export type Padding = 'valid' | 'same';

/** One length for both axes, or height and width. */
export type Size = number | readonly [height: number, width: number];

/** Height and width. */
export function pairOf(size: Size): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** Rows and columns to add around `x` of `[batch, channels, height, width]`. */
export function padsOf(
  x: ValueInfo,
  padding: Padding,
  kernel: readonly [number, number],
  strides: readonly [number, number],
  dilations: readonly [number, number] = [1, 1],
): NonNullable<WindowOptions['pads']> {
  // A window of one pixel never leaves the picture.
  if (padding === 'valid' || (kernel[0] === 1 && kernel[1] === 1)) return [0, 0, 0, 0];
  const [height, width] = x.shape?.slice(2) ?? [];
  // With a free size the runtime has to work it out; differentiation wants numbers.
  if (typeof height !== 'number' || typeof width !== 'number') return 'same';
  const [top, bottom] = around(height, kernel[0], strides[0], dilations[0]);
  const [left, right] = around(width, kernel[1], strides[1], dilations[1]);
  return [top, left, bottom, right];
}

function around(size: number, kernel: number, stride: number, dilation: number): [number, number] {
  const reach = (kernel - 1) * dilation + 1;
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * Number of channels, or features, of a layer's input.
 *
 * @throws {OnnxError} `shape-unknown` if it is not known.
 */
export function channelsOf(x: ValueInfo, layer: string): number {
  const channels = x.shape?.[1];
  if (typeof channels === 'number') return channels;
  throw new OnnxError('shape-unknown', `the layer '${layer}' has to know how many channels '${x.name}' has`);
}
