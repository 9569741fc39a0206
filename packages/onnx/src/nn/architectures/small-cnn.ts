/** A small convolutional network for small pictures and little data. */
import type { ValueInfo } from '../../model.ts';
import { type ArchitectureOptions, type Classifier, classifierHead } from '../classifier.ts';
import { heNormal } from '../initialisers.ts';
import { activation } from '../layers/activation.ts';
import { conv2d } from '../layers/convolution.ts';
import { batchNorm } from '../layers/normalization.ts';
import { globalAveragePool2d, maxPool2d } from '../layers/pooling.ts';
import type { Network } from '../network.ts';

/** Channels of the blocks; each block halves the picture. */
const WIDTHS = [32, 64, 128, 256] as const;

/** Few pictures mean few steps, and statistics that lag behind by a hundred of them would spoil every validation. */
const MOMENTUM = 0.9;

/**
 * A network for pictures `[batch, 3, height, width]` of 64 to 128 a side, scaled to -1..1, such as the 100x100 sign
 * digits. A convolution with stride 2, four blocks of two 3x3 convolutions with batch normalisation and ReLU, a pool
 * after each but the last, the mean over the picture, dropout, logits. 1,175,136 parameters without the head. Dropout
 * is 0.5 by default.
 *
 * @example
 * ```ts
 * const model = smallCnn({ classes: 10 });
 * ```
 */
export function smallCnn({ classes, dropout = 0.5 }: ArchitectureOptions): Classifier {
  return { name: 'small_cnn', classes, features, head: classifierHead(classes, dropout) };
}

function features(network: Network, images: ValueInfo): ValueInfo {
  let x = images;
  for (const [index, filters] of WIDTHS.entries()) {
    const block = `block${index + 1}`;
    if (index > 0) x = maxPool2d(network, x, { name: `${block}_pool`, poolSize: 2 });
    // The first convolution strides, since at full size it would cost as much as all the others.
    x = convolution(network, x, `${block}_conv1`, filters, index === 0 ? 2 : 1);
    x = convolution(network, x, `${block}_conv2`, filters, 1);
  }
  return globalAveragePool2d(network, x, { name: 'avg_pool' });
}

function convolution(
  network: Network,
  x: ValueInfo,
  name: string,
  filters: number,
  strides: number,
): ValueInfo {
  const y = conv2d(network, x, {
    name,
    filters,
    kernelSize: 3,
    strides,
    padding: 'same',
    useBias: false,
    initialiser: heNormal,
  });
  const normal = batchNorm(network, y, { name: `${name}_bn`, momentum: MOMENTUM });
  return activation(network, normal, 'relu', `${name}_act`);
}
