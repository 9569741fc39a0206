/** Child process of `bench train`: the small network in TensorFlow.js's layers, on its plain JavaScript backend. */
import * as tf from '@tensorflow/tfjs';
import { measure, serve } from '../classify/serve.mjs';

await tf.setBackend('cpu');

const WIDTHS = [32, 64, 128, 256];

/** As `smallCnn` of `@figleaf/onnx/nn`. */
function smallCnn(classes, side) {
  const model = tf.sequential();
  const convolution = (filters, strides, first) => {
    model.add(
      tf.layers.conv2d({ filters, kernelSize: 3, strides, padding: 'same', useBias: false, ...first }),
    );
    model.add(tf.layers.batchNormalization({ momentum: 0.9 }));
    model.add(tf.layers.activation({ activation: 'relu' }));
  };
  for (const [index, filters] of WIDTHS.entries()) {
    if (index > 0) model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
    convolution(filters, index === 0 ? 2 : 1, index === 0 ? { inputShape: [side, side, 3] } : {});
    convolution(filters, 1, {});
  }
  model.add(tf.layers.globalAveragePooling2d({}));
  model.add(tf.layers.dense({ units: classes }));
  return model;
}

let step;

serve({
  load({ model: name, classes, side, batch, rate }) {
    if (name !== 'smallCnn') throw new Error(`no ${name} here`);
    const model = smallCnn(classes, side);
    const optimizer = tf.train.momentum(rate, 0.9);
    const images = tf.randomUniform([batch, side, side, 3]);
    const labels = tf.oneHot(
      tf.tensor1d(
        Array.from({ length: batch }, (_, index) => index % classes),
        'int32',
      ),
      classes,
    );
    step = () => {
      const loss = optimizer.minimize(
        () => tf.losses.softmaxCrossEntropy(labels, model.apply(images, { training: true })),
        true,
      );
      const [value] = loss.dataSync();
      loss.dispose();
      return value;
    };
    const count = model.trainableWeights.reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    return { parameters: count };
  },

  async train({ steps, batch }) {
    const losses = [];
    const measured = await measure(steps * batch, async () => {
      for (let count = 0; count < steps; count++) losses.push(step());
    });
    return { ...measured, losses };
  },

  memory: () => process.resourceUsage().maxRSS / 1024,
});
