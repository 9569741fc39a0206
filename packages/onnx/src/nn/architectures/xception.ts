/** Xception, as Keras builds it. */
import type { ValueInfo } from '../../model.ts';
import { add } from '../../operators/elementwise.ts';
import { type ArchitectureOptions, type Classifier, classifierHead } from '../classifier.ts';
import { activation } from '../layers/activation.ts';
import { conv2d, separableConv2d } from '../layers/convolution.ts';
import { batchNorm } from '../layers/normalization.ts';
import { globalAveragePool2d, maxPool2d } from '../layers/pooling.ts';
import type { Network } from '../network.ts';

/** Channels of the three blocks that halve the picture in the entry flow. */
const ENTRY = [128, 256, 728] as const;
const MIDDLE_BLOCKS = 8;

/**
 * Xception for pictures `[batch, 3, height, width]` of at least 71 a side, scaled to -1..1; 299 is what it was made
 * for. 20,861,480 parameters without the head, 20,806,952 of them trainable. Layers are named as in Keras, except those
 * on shortcuts, which Keras only numbers: here they are `block2_shortcut` and `block2_shortcut_bn`, so that `block2_*`
 * has them too.
 *
 * Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions" (2017). Dropout is 0.5 by default, as in the
 * paper.
 *
 * @example
 * ```ts
 * const model = xception({ classes: 2 });
 * ```
 */
export function xception({ classes, dropout = 0.5 }: ArchitectureOptions): Classifier {
  return { name: 'xception', classes, features, head: classifierHead(classes, dropout) };
}

function features(network: Network, images: ValueInfo): ValueInfo {
  let x = stem(network, images);
  for (const [index, filters] of ENTRY.entries()) {
    x = halvingBlock(network, x, `block${index + 2}`, [filters, filters], index > 0);
  }
  for (let index = 0; index < MIDDLE_BLOCKS; index++) x = middleBlock(network, x, `block${index + 5}`);
  x = halvingBlock(network, x, 'block13', [728, 1024], true);
  for (const [index, filters] of [1536, 2048].entries()) {
    const name = `block14_sepconv${index + 1}`;
    x = activation(network, separable(network, x, name, filters), 'relu', `${name}_act`);
  }
  return globalAveragePool2d(network, x, { name: 'avg_pool' });
}

function stem(network: Network, images: ValueInfo): ValueInfo {
  const first = { name: 'block1_conv1', filters: 32, kernelSize: 3, strides: 2, useBias: false };
  const second = { name: 'block1_conv2', filters: 64, kernelSize: 3, useBias: false };
  return [first, second].reduce((x, layer) => {
    const normal = batchNorm(network, conv2d(network, x, layer), { name: `${layer.name}_bn` });
    return activation(network, normal, 'relu', `${layer.name}_act`);
  }, images);
}

/** Two separable convolutions and a pool, beside a 1x1 convolution with stride 2. */
function halvingBlock(
  network: Network,
  x: ValueInfo,
  block: string,
  filters: readonly [number, number],
  startsWithRelu: boolean,
): ValueInfo {
  const shortcut = conv2d(network, x, {
    name: `${block}_shortcut`,
    filters: filters[1],
    kernelSize: 1,
    strides: 2,
    padding: 'same',
    useBias: false,
  });
  const residual = batchNorm(network, shortcut, { name: `${block}_shortcut_bn` });
  const start = startsWithRelu ? activation(network, x, 'relu', `${block}_sepconv1_act`) : x;
  const first = separable(network, start, `${block}_sepconv1`, filters[0]);
  const bent = activation(network, first, 'relu', `${block}_sepconv2_act`);
  const second = separable(network, bent, `${block}_sepconv2`, filters[1]);
  const pooled = maxPool2d(network, second, {
    name: `${block}_pool`,
    poolSize: 3,
    strides: 2,
    padding: 'same',
  });
  return add(network.builder, pooled, residual, `${block}_add`);
}

/** Three separable convolutions of 728 channels, added to what came in. */
function middleBlock(network: Network, x: ValueInfo, block: string): ValueInfo {
  const y = [1, 2, 3].reduce((value, index) => {
    const name = `${block}_sepconv${index}`;
    return separable(network, activation(network, value, 'relu', `${name}_act`), name, 728);
  }, x);
  return add(network.builder, y, x, `${block}_add`);
}

function separable(network: Network, x: ValueInfo, name: string, filters: number): ValueInfo {
  const y = separableConv2d(network, x, { name, filters, kernelSize: 3, padding: 'same', useBias: false });
  return batchNorm(network, y, { name: `${name}_bn` });
}
