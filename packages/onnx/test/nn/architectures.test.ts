/** The architectures: as many parameters as Keras counts, names to freeze by, and logits from ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { floats, foldBatchNorm, GraphBuilder, type Tensor } from '../../src/index.ts';
import {
  type Classifier,
  evaluationStep,
  inferenceGraph,
  initialWeights,
  mobilenetV2,
  Network,
  type NetworkOptions,
  type Parameters,
  parameterCount,
  smallCnn,
  softmaxCrossEntropy,
  xception,
} from '../../src/nn/index.ts';
import { numbersOf, runFeeds } from '../feeds.ts';
import { randomFloats } from '../nets.ts';
import { largestDifference } from '../ort.ts';

function featureParameters(model: Classifier, side: number, options: NetworkOptions = {}): Parameters {
  const builder = new GraphBuilder();
  const network = new Network(builder, options);
  model.features(network, builder.input('images', 'float32', ['batch', 3, side, side]));
  return network.parameters;
}

function trainable(parameters: Parameters): Parameters {
  return parameters.filter((parameter) => parameter.trainable);
}

function pictures(dims: readonly number[]): Tensor<'float32'> {
  return floats(
    randomFloats(
      dims.reduce((product, dim) => product * dim, 1),
      4,
    ),
    dims,
  );
}

describe('parameter counts', () => {
  it.each([
    ['xception', xception({ classes: 2 }), 299, 20_861_480, 20_806_952],
    ['mobilenetV2', mobilenetV2({ classes: 2 }), 224, 2_257_984, 2_223_872],
    ['smallCnn', smallCnn({ classes: 2 }), 100, 1_175_136, 1_173_216],
  ])('%s', (_, model, side, total, learning) => {
    const parameters = featureParameters(model, side);
    expect(parameterCount(parameters)).toBe(total);
    expect(parameterCount(trainable(parameters))).toBe(learning);
  });

  it.each([
    ['xception', xception, 2048],
    ['mobilenetV2', mobilenetV2, 1280],
    ['smallCnn', smallCnn, 256],
  ])('%s has a head of its features times classes, and a bias each', (_, architecture, features) => {
    const { parameters } = evaluationStep({
      model: architecture({ classes: 7 }),
      picture: [3, 96, 96],
      loss: softmaxCrossEntropy(),
    });
    const head = parameters.filter(({ name }) => name.startsWith('predictions/'));
    expect(head.map(({ name, dims }) => [name, dims])).toEqual([
      ['predictions/kernel', [features, 7]],
      ['predictions/bias', [7]],
    ]);
  });
});

describe('names', () => {
  it('are those of Keras', () => {
    const names = new Set(featureParameters(xception({ classes: 2 }), 299).map(({ name }) => name));
    for (const name of [
      'block1_conv1/kernel',
      'block1_conv1_bn/gamma',
      'block2_sepconv1/depthwise_kernel',
      'block12_sepconv3/pointwise_kernel',
      'block14_sepconv2_bn/moving_variance',
    ]) {
      expect(names).toContain(name);
    }
    const mobile = new Set(featureParameters(mobilenetV2({ classes: 2 }), 224).map(({ name }) => name));
    for (const name of [
      'Conv1/kernel',
      'bn_Conv1/beta',
      'expanded_conv_depthwise/depthwise_kernel',
      'block_16_project_BN/moving_mean',
      'Conv_1_bn/gamma',
    ]) {
      expect(mobile).toContain(name);
    }
    expect(mobile).not.toContain('expanded_conv_expand/kernel');
  });

  it('freeze layers', () => {
    const parameters = featureParameters(xception({ classes: 2 }), 299, {
      isTraining: true,
      frozen: ['*', '!block14_*'],
    });
    expect(trainable(parameters).map(({ name }) => name)).toEqual([
      'block14_sepconv1/depthwise_kernel',
      'block14_sepconv1/pointwise_kernel',
      'block14_sepconv1_bn/gamma',
      'block14_sepconv1_bn/beta',
      'block14_sepconv2/depthwise_kernel',
      'block14_sepconv2/pointwise_kernel',
      'block14_sepconv2_bn/gamma',
      'block14_sepconv2_bn/beta',
    ]);
  });
});

describe('on ONNX Runtime', () => {
  it.each([
    ['xception', xception({ classes: 3 }), 64, 2],
    ['mobilenetV2', mobilenetV2({ classes: 3 }), 64, 2],
    ['smallCnn', smallCnn({ classes: 3 }), 65, 2],
  ])('%s gives finite logits, and the same ones as a model by itself', async (_, model, side, batch) => {
    const picture = [3, side, side];
    const step = evaluationStep({ model, picture, loss: softmaxCrossEntropy() });
    const weights = initialWeights(step.parameters, 11);
    const images = pictures([batch, ...picture]);
    const labels: Tensor = {
      type: 'int64',
      dims: [batch],
      data: BigInt64Array.from({ length: batch }, () => 1n),
    };
    const results = await runFeeds(step.graph, { images, labels, ...Object.fromEntries(weights) });
    const logits = numbersOf(results, 'logits');
    expect(logits.length).toBe(3 * batch);
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(new Set(logits).size).toBe(logits.length);

    const graph = foldBatchNorm(inferenceGraph({ model, weights, picture }));
    expect(graph.inputs.map(({ name }) => name)).toEqual(['images']);
    const probabilities = numbersOf(await runFeeds(graph, { images }), 'probabilities');
    const expected = Array.from({ length: batch }, (_unused, row) => {
      const exponentials = logits.slice(3 * row, 3 * row + 3).map(Math.exp);
      const sum = exponentials.reduce((total, value) => total + value);
      return exponentials.map((value) => value / sum);
    }).flat();
    expect(largestDifference(probabilities, expected)).toBeLessThan(1e-4);
    const loss =
      -expected.filter((__, index) => index % 3 === 1).reduce((sum, p) => sum + Math.log(p), 0) / batch;
    expect(numbersOf(results, 'loss')[0]).toBeCloseTo(loss, 4);
  });

  it('says which weights a model lacks, and which have another shape', () => {
    const model = smallCnn({ classes: 3 });
    const picture = [3, 64, 64];
    const { parameters } = evaluationStep({ model, picture, loss: softmaxCrossEntropy() });
    const weights = initialWeights(parameters, 1);
    const other = smallCnn({ classes: 4 });
    expect(() => inferenceGraph({ model: other, weights, picture })).toThrow(
      /'predictions\/kernel' are \[256, 3\] where \[256, 4\] are wanted/,
    );
    expect(() => inferenceGraph({ model: mobilenetV2({ classes: 3 }), weights, picture })).toThrow(
      /no weights 'Conv1\/kernel'/,
    );
    expect(() => inferenceGraph({ model: xception({ classes: 3 }), weights, picture })).toThrow(
      /'block1_conv2\/kernel' are \[32, 32, 3, 3\] where \[64, 32, 3, 3\] are wanted/,
    );
  });

  it('starts with the same weights for the same seed, frozen or not', () => {
    const kernel = (seed: number, options: NetworkOptions = {}): Tensor<'float32'> => {
      const parameters = featureParameters(smallCnn({ classes: 3 }), 64, options);
      return parameters.find(({ name }) => name === 'block1_conv2/kernel')!.initial(seed);
    };
    expect(kernel(1, { frozen: ['*'] })).toEqual(kernel(1));
    expect(kernel(2)).not.toEqual(kernel(1));
  });
});
