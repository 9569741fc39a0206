/** MobileNetV2, as Keras builds it. */
import type { ValueInfo } from '../../model.ts';
import { add } from '../../operators/elementwise.ts';
import { type ArchitectureOptions, type Classifier, classifierHead } from '../classifier.ts';
import { activation } from '../layers/activation.ts';
import { conv2d, depthwiseConv2d } from '../layers/convolution.ts';
import { batchNorm } from '../layers/normalization.ts';
import { channelsOf } from '../layers/padding.ts';
import { globalAveragePool2d } from '../layers/pooling.ts';
import type { Network } from '../network.ts';

/** The paper's table 2: groups of blocks. */
const GROUPS = [
  { expansion: 1, filters: 16, blocks: 1, stride: 1 },
  { expansion: 6, filters: 24, blocks: 2, stride: 2 },
  { expansion: 6, filters: 32, blocks: 3, stride: 2 },
  { expansion: 6, filters: 64, blocks: 4, stride: 2 },
  { expansion: 6, filters: 96, blocks: 3, stride: 1 },
  { expansion: 6, filters: 160, blocks: 3, stride: 2 },
  { expansion: 6, filters: 320, blocks: 1, stride: 1 },
] as const;

const BATCH_NORM = { momentum: 0.999, epsilon: 1e-3 } as const;

/**
 * MobileNetV2 of width 1 for pictures `[batch, 3, height, width]` of at least 32 a side, scaled to -1..1; 224 is what
 * it was made for. 2,257,984 parameters without the head, 2,223,872 of them trainable. Layers are named as in Keras.
 *
 * Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018). Dropout is 0.2 by default.
 *
 * @example
 * ```ts
 * const model = mobilenetV2({ classes: 5 });
 * ```
 */
export function mobilenetV2({ classes, dropout = 0.2 }: ArchitectureOptions): Classifier {
  return { name: 'mobilenet_v2', classes, features, head: classifierHead(classes, dropout) };
}

function features(network: Network, images: ValueInfo): ValueInfo {
  const stem = {
    name: 'Conv1',
    filters: 32,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    useBias: false,
  } as const;
  const first = batchNorm(network, conv2d(network, images, stem), { name: 'bn_Conv1', ...BATCH_NORM });
  let x = activation(network, first, 'relu6', 'Conv1_relu');
  let index = 0;
  for (const { expansion, filters, blocks, stride } of GROUPS) {
    for (let block = 0; block < blocks; block++) {
      x = invertedResidual(network, x, index++, { expansion, filters, stride: block === 0 ? stride : 1 });
    }
  }
  const last = pointwise(network, x, 'Conv_1', 'Conv_1_bn', 1280);
  return globalAveragePool2d(network, activation(network, last, 'relu6', 'out_relu'), { name: 'avg_pool' });
}

interface Block {
  readonly expansion: number;
  readonly filters: number;
  readonly stride: number;
}

/** Widen, convolve depthwise, narrow again; added to what came in where that has the same shape. */
function invertedResidual(
  network: Network,
  x: ValueInfo,
  index: number,
  { expansion, filters, stride }: Block,
): ValueInfo {
  const name = index === 0 ? 'expanded_conv' : `block_${index}`;
  const channels = channelsOf(x, name);
  const wide =
    expansion === 1
      ? x
      : activation(
          network,
          pointwise(network, x, `${name}_expand`, `${name}_expand_BN`, channels * expansion),
          'relu6',
          `${name}_expand_relu`,
        );
  const depthwise = depthwiseConv2d(network, wide, {
    name: `${name}_depthwise`,
    kernelSize: 3,
    strides: stride,
    padding: 'same',
    useBias: false,
  });
  const normal = batchNorm(network, depthwise, { name: `${name}_depthwise_BN`, ...BATCH_NORM });
  const bent = activation(network, normal, 'relu6', `${name}_depthwise_relu`);
  const narrow = pointwise(network, bent, `${name}_project`, `${name}_project_BN`, filters);
  return stride === 1 && channels === filters ? add(network.builder, x, narrow, `${name}_add`) : narrow;
}

function pointwise(network: Network, x: ValueInfo, name: string, norm: string, filters: number): ValueInfo {
  const y = conv2d(network, x, { name, filters, kernelSize: 1, useBias: false });
  return batchNorm(network, y, { name: norm, ...BATCH_NORM });
}
