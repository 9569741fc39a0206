/** A network so small that a training of it takes a second: one convolution, batch normalisation, mean, dropout, logits. */
import {
  activation,
  batchNorm,
  classifierHead,
  conv2d,
  globalAveragePool2d,
  heNormal,
} from '@figleaf/onnx/nn';
import type { ModelDesign } from '../src/train/models.ts';

/** For pictures of 16 x 16. Half of its 12 features are dropped. */
export const TINY: ModelDesign = {
  name: 'tiny',
  preprocessing: {
    width: 16,
    height: 16,
    layout: 'NCHW',
    channels: 'RGB',
    resize: 'bilinear-antialiased',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  build: (classes) => ({
    name: 'tiny',
    classes,
    features(network, images) {
      const x = conv2d(network, images, {
        name: 'conv',
        filters: 12,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        useBias: false,
        initialiser: heNormal,
      });
      const y = activation(network, batchNorm(network, x, { name: 'bn', momentum: 0.8 }), 'relu');
      return globalAveragePool2d(network, y, { name: 'mean' });
    },
    head: classifierHead(classes, 0.5),
  }),
};
