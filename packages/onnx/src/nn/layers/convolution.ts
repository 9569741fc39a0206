/** Layers that convolve: full, depthwise, separable. Keras's defaults; pictures are `[batch, channels, height, width]`. */
import type { ValueInfo } from '../../model.ts';
import { conv } from '../../operators/convolution.ts';
import { glorotUniform, type Initialiser, zeros } from '../initialisers.ts';
import type { Network } from '../network.ts';
import { channelsOf, type Padding, padsOf, pairOf, type Size } from './padding.ts';

/** What all convolutions share. */
export interface ConvolutionOptions {
  /** The layer's name; its parameters are called `NAME/kernel` and the like. */
  readonly name: string;
  readonly kernelSize: Size;
  /** Default 1. */
  readonly strides?: Size;
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Distance between the kernel's taps; default 1. */
  readonly dilations?: Size;
  /** Whether a number is added to each output channel; default `true`. */
  readonly useBias?: boolean;
  /** Of the kernels; default Glorot's. */
  readonly initialiser?: Initialiser;
}

/** A convolution that says how many channels come out. */
export interface Conv2dOptions extends ConvolutionOptions {
  /** Number of output channels. */
  readonly filters: number;
}

/**
 * Two-dimensional convolution. Parameters: `kernel` `[filters, channels, height, width]`, `bias` `[filters]`.
 *
 * @example
 * ```ts
 * const y = conv2d(network, x, { name: 'conv1', filters: 32, kernelSize: 3, strides: 2, padding: 'same' });
 * ```
 */
export function conv2d(network: Network, x: ValueInfo, options: Conv2dOptions): ValueInfo {
  const channels = channelsOf(x, options.name);
  const window = pairOf(options.kernelSize);
  const area = window[0] * window[1];
  const kernel = network.parameter({
    name: `${options.name}/kernel`,
    dims: [options.filters, channels, ...window],
    initialiser: options.initialiser ?? glorotUniform,
    fans: { in: channels * area, out: options.filters * area },
  });
  return convolve(network, x, kernel, options, options.filters, 1);
}

/**
 * Convolution of each channel with a kernel of its own. Parameters: `depthwise_kernel` `[channels, 1, height, width]`,
 * `bias` `[channels]`.
 *
 * @example
 * ```ts
 * const y = depthwiseConv2d(network, x, { name: 'depthwise', kernelSize: 3, padding: 'same', useBias: false });
 * ```
 */
export function depthwiseConv2d(network: Network, x: ValueInfo, options: ConvolutionOptions): ValueInfo {
  const channels = channelsOf(x, options.name);
  const kernel = depthwiseKernel(network, channels, options);
  return convolve(network, x, kernel, options, channels, channels);
}

/**
 * Depthwise convolution, then a 1x1 convolution; nothing in between. Parameters: `depthwise_kernel`
 * `[channels, 1, height, width]`, `pointwise_kernel` `[filters, channels, 1, 1]`, `bias` `[filters]`.
 *
 * @example
 * ```ts
 * const y = separableConv2d(network, x, { name: 'sepconv1', filters: 128, kernelSize: 3, padding: 'same' });
 * ```
 */
export function separableConv2d(network: Network, x: ValueInfo, options: Conv2dOptions): ValueInfo {
  const { name, filters, initialiser = glorotUniform } = options;
  const channels = channelsOf(x, name);
  const depthwise = depthwiseKernel(network, channels, options);
  const spread = convolve(network, x, depthwise, { ...options, useBias: false }, channels, channels);
  const pointwise = network.parameter({
    name: `${name}/pointwise_kernel`,
    dims: [filters, channels, 1, 1],
    initialiser,
    fans: { in: channels, out: filters },
  });
  const { useBias = true } = options;
  return convolve(network, spread, pointwise, { name, kernelSize: 1, useBias }, filters, 1);
}

function depthwiseKernel(network: Network, channels: number, options: ConvolutionOptions): ValueInfo {
  const window = pairOf(options.kernelSize);
  const area = window[0] * window[1];
  return network.parameter({
    name: `${options.name}/depthwise_kernel`,
    dims: [channels, 1, ...window],
    initialiser: options.initialiser ?? glorotUniform,
    // As Keras counts: by the kernel's shape, as if each output saw all channels.
    fans: { in: channels * area, out: area },
  });
}

function convolve(
  network: Network,
  x: ValueInfo,
  kernel: ValueInfo,
  { name, kernelSize, strides = 1, padding = 'valid', dilations = 1, useBias = true }: ConvolutionOptions,
  outputs: number,
  group: number,
): ValueInfo {
  const [window, steps, gaps] = [pairOf(kernelSize), pairOf(strides), pairOf(dilations)];
  const bias = useBias
    ? network.parameter({ name: `${name}/bias`, dims: [outputs], initialiser: zeros })
    : undefined;
  return conv(network.builder, x, kernel, {
    name,
    group,
    strides: steps,
    dilations: gaps,
    pads: padsOf(x, padding, window, steps, gaps),
    ...(bias && { bias }),
  });
}
