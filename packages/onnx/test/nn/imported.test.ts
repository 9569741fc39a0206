/** Imported classifiers as models to train: parameters out of constants, old heads and new ones. */
import { describe, expect, it } from 'vitest';
import {
  add,
  clip,
  conv,
  flatten,
  floats,
  type Graph,
  GraphBuilder,
  gemm,
  globalAveragePool,
  matMul,
  mul,
  relu,
  softmax,
  type Tensor,
} from '../../src/index.ts';
import {
  evaluationStep,
  importedClassifier,
  initialWeights,
  Network,
  parameterCount,
  softmaxCrossEntropy,
} from '../../src/nn/index.ts';
import { numbersOf, runFeeds } from '../feeds.ts';
import { addBatchNorm, addKernel, randomFloats, type Storage } from '../nets.ts';
import { largestDifference } from '../ort.ts';

const PICTURE = [3, 9, 8];
const images = floats(randomFloats(2 * 3 * 9 * 8, 3), [2, ...PICTURE]);
const labels: Tensor = { type: 'int64', dims: [2], data: BigInt64Array.of(0n, 3n) };

interface Variant {
  readonly storage?: Storage;
  readonly head?: 'gemm' | 'matmul';
}

/** Scaling, a convolution, batch normalisation, ReLU, mean, four classes. */
function classifier({ storage = 'float', head = 'gemm' }: Variant = {}): Graph {
  const builder = new GraphBuilder('old');
  const x = builder.input('pictures', 'float32', ['batch', ...PICTURE]);
  const scaled = mul(builder, x, builder.constant(floats([0.5, 2, 1], [3, 1, 1]), 'scale'));
  const normal = addBatchNorm(
    builder,
    conv(builder, scaled, addKernel(builder, [5, 3, 3, 3], storage, 2)),
    5,
    6,
  );
  const features = flatten(builder, globalAveragePool(builder, clip(builder, normal, 0, 6)));
  const weight = builder.constant(floats(randomFloats(20, 7), [5, 4]), 'dense/kernel');
  const bias = builder.constant(floats([1, 2, 3, 4]), 'dense/bias');
  const logits =
    head === 'gemm'
      ? gemm(builder, features, weight, bias)
      : add(builder, matMul(builder, features, weight), bias);
  builder.output(softmax(builder, logits), 'probabilities');
  return builder.build();
}

describe('an imported classifier', () => {
  it.each<Variant>([
    { head: 'gemm' },
    { head: 'matmul' },
    { storage: 'bytes' },
    { storage: 'bytes without a zero' },
  ])('answers as before with its own head: %j', async (variant) => {
    const graph = classifier(variant);
    const step = evaluationStep({
      model: importedClassifier(graph),
      picture: PICTURE,
      loss: softmaxCrossEntropy(),
    });
    const kernel = step.parameters[0]!;
    expect(kernel.dims).toEqual([5, 3, 3, 3]);
    expect(step.parameters.slice(1).map(({ name, trainable }) => [name, trainable])).toEqual([
      ['gamma', true],
      ['beta', true],
      ['mean', false],
      ['variance', false],
      ['dense/kernel', true],
      ['dense/bias', true],
    ]);
    expect(parameterCount(step.parameters)).toBe(135 + 20 + 24);
    const weights = Object.fromEntries(initialWeights(step.parameters, 1));
    const logits = numbersOf(await runFeeds(step.graph, { images, labels, ...weights }), 'logits');
    const before = numbersOf(await runFeeds(graph, { pictures: images }), 'probabilities');
    const exponentials = logits.map(Math.exp);
    const sums = [0, 4].map((row) => exponentials.slice(row, row + 4).reduce((sum, value) => sum + value));
    const after = exponentials.map((value, index) => value / sums[Math.floor(index / 4)]!);
    expect(largestDifference(after, before)).toBeLessThan(1e-5);
  });

  it('takes a new head', async () => {
    const model = importedClassifier(classifier(), { classes: 7, dropout: 0.5 });
    const step = evaluationStep({ model, picture: PICTURE, loss: softmaxCrossEntropy() });
    expect(step.parameters.slice(-2).map(({ name, dims }) => [name, dims])).toEqual([
      ['predictions/kernel', [5, 7]],
      ['predictions/bias', [7]],
    ]);
    expect(step.parameters.map(({ name }) => name)).not.toContain('dense/kernel');
    const weights = Object.fromEntries(initialWeights(step.parameters, 1));
    expect(numbersOf(await runFeeds(step.graph, { images, labels, ...weights }), 'logits').length).toBe(14);
  });

  it('trains its batch normalisation unless that is frozen', () => {
    const updates = (frozen: readonly string[]): string[] => {
      const builder = new GraphBuilder();
      const network = new Network(builder, { isTraining: true, frozen });
      const model = importedClassifier(classifier());
      model.features(network, builder.input('images', 'float32', ['batch', ...PICTURE]));
      return [...network.updates.keys()];
    };
    expect(updates([])).toEqual(['mean', 'variance']);
    expect(updates(['gamma'])).toEqual([]);
  });

  it('names what it ends in, where that is no layer to train', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 4]);
    builder.output(softmax(builder, relu(builder, x, 'odd')), 'y');
    expect(() => importedClassifier(builder.build())).toThrow(/there is Relu 'odd'/);
  });
});
