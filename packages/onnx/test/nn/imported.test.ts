/** Imported classifiers as models to train: parameters out of constants, old heads and new ones. */
import { describe, expect, it } from 'vitest';
import {
  add,
  attribute,
  clip,
  concat,
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
  type Shape,
  scalar,
  softmax,
  split,
  type Tensor,
  type ValueInfo,
} from '../../src/index.ts';
import {
  evaluationStep,
  frozenPrefix,
  importedClassifier,
  initialWeights,
  Network,
  parameterCount,
  sgd,
  softmaxCrossEntropy,
  trainingStep,
} from '../../src/nn/index.ts';
import { type Feeds, numbersOf, runFeeds } from '../feeds.ts';
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

/** A convolution, something in between that keeps the shape, mean, four classes. */
function classifierOf(
  between: (builder: GraphBuilder, x: ValueInfo) => ValueInfo,
  shape: Shape = ['N', ...PICTURE],
): Graph {
  const builder = new GraphBuilder('odd');
  const kernel = builder.constant(floats(randomFloats(135, 2), [5, 3, 3, 3]), 'kernel');
  const x = conv(builder, builder.input('pictures', 'float32', shape), kernel);
  const features = flatten(builder, globalAveragePool(builder, between(builder, x)));
  const weight = builder.constant(floats(randomFloats(20, 7), [5, 4]), 'dense/kernel');
  const bias = builder.constant(floats([1, 2, 3, 4]), 'dense/bias');
  builder.output(gemm(builder, features, weight, bias), 'logits');
  return builder.build();
}

/** An operator that has neither a shape rule nor a derivative here. */
function normalised(builder: GraphBuilder, { name, ...type }: ValueInfo): ValueInfo {
  const attributes = { size: attribute.int(3), alpha: attribute.float(0.5) };
  return builder.node('LRN', [{ name, ...type }], attributes, { types: [type] })[0]!;
}

function atFirst(graph: Graph): Feeds {
  const step = evaluationStep({
    model: importedClassifier(graph),
    picture: PICTURE,
    loss: softmaxCrossEntropy(),
  });
  return Object.fromEntries(initialWeights(step.parameters, 1));
}

async function logitsOf(graph: Graph): Promise<number[]> {
  const model = importedClassifier(graph);
  const step = evaluationStep({ model, picture: PICTURE, loss: softmaxCrossEntropy() });
  return numbersOf(await runFeeds(step.graph, { images, labels, ...atFirst(graph) }), 'logits');
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
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

  it('trains around a node of several results, each in its place', async () => {
    const graph = classifierOf((builder, x) => {
      const [left, right] = split(builder, x, [2, 3], 1);
      return concat(builder, [relu(builder, right!), left!], 1);
    });
    const feeds = { images, labels, learning_rate: scalar(0.1), ...atFirst(graph) };
    const expected = numbersOf(await runFeeds(graph, { pictures: images }), 'logits');
    expect(largestDifference(await logitsOf(graph), expected)).toBeLessThan(1e-5);
    const options = { model: importedClassifier(graph), picture: PICTURE, loss: softmaxCrossEntropy() };
    const { graph: whole, next } = trainingStep({ ...options, optimiser: sgd({}) });
    const results = await runFeeds(whole, feeds);
    const again = await runFeeds(whole, { ...feeds, kernel: results[next.kernel!]! });
    expect(numbersOf(again, 'loss')[0]!).toBeLessThan(numbersOf(results, 'loss')[0]!);
  });

  it('leaves out what a node leaves out', () => {
    const graph = classifierOf((builder, x) => {
      const types = [x, x].map(({ elementType, shape }) => ({ elementType, shape }));
      return builder.node('Halve', [x], {}, { domain: 'elsewhere', types, leftOut: [0] })[1]!;
    });
    const network = new Network(new GraphBuilder());
    importedClassifier(graph).features(
      network,
      network.builder.input('images', 'float32', ['n', ...PICTURE]),
    );
    const { nodes } = network.builder.build();
    expect(nodes.find(({ opType }) => opType === 'Halve')?.outputs).toEqual(['', 'model/halve_1_1']);
  });

  it('is refused where a node holds a graph, which would use values by names that they lose', () => {
    const branch = { then_branch: attribute.graph(new GraphBuilder('branch').build()) };
    const graph = classifierOf(
      (builder, x) => builder.node('If', [x], branch, { name: 'choice', types: [x] })[0]!,
    );
    expect(() => atFirst(graph)).toThrow(
      expect.objectContaining({
        code: 'feature-unsupported',
        message: "If 'choice' holds a graph of its own",
      }),
    );
  });

  describe('with an operator whose shape is not known here', () => {
    const FROZEN = ['*', '!dense/*'];
    const batchOfOne = [1, ...PICTURE];

    it.each<[string, Shape]>([
      ['a free batch', ['N', ...PICTURE]],
      ['a batch of one', batchOfOne],
      ['free sizes', ['N', 3, 'H', 'W']],
    ])('trains what comes behind it: %s', async (_, shape) => {
      const graph = classifierOf(normalised, shape);
      const expected = await Promise.all(
        [0, 1].map(async (index) => {
          const one = floats(
            numbersOf({ images }, 'images').slice(index * 216, (index + 1) * 216),
            batchOfOne,
          );
          return numbersOf(await runFeeds(graph, { pictures: one }), 'logits');
        }),
      );
      expect(largestDifference(await logitsOf(graph), expected.flat())).toBeLessThan(1e-5);
      const options = { model: importedClassifier(graph), picture: PICTURE, loss: softmaxCrossEntropy() };
      const step = trainingStep({ ...options, frozen: FROZEN, optimiser: sgd({}) });
      expect(Object.keys(step.next)).toEqual(['dense/kernel', 'dense/bias']);
      const feeds = { images, labels, learning_rate: scalar(1), ...atFirst(graph) };
      const moved = numbersOf(await runFeeds(step.graph, feeds), step.next['dense/bias']!);
      // The gradient of the bias: what was said beyond what is so, in the mean of both pictures.
      const gradient = [0, 1, 2, 3].map((label) => {
        const beyond = expected.map((row) => Math.exp(row[label]!) / sumOf(row.map(Math.exp)));
        return (sumOf(beyond) - (label === 0 || label === 3 ? 1 : 0)) / 2;
      });
      expect(
        largestDifference(
          moved,
          gradient.map((value, label) => label + 1 - value),
        ),
      ).toBeLessThan(1e-5);
    });

    it('is cut off there', async () => {
      const model = importedClassifier(classifierOf(normalised));
      const { cut, graph } = frozenPrefix({ model, picture: PICTURE, frozen: FROZEN })!;
      expect(cut.map(({ shape }) => shape)).toEqual([['batch', 5]]);
      expect(graph(1).nodes.map(({ opType }) => opType)).toContain('LRN');
    });

    it('says so if that has to learn', () => {
      const options = { model: importedClassifier(classifierOf(normalised)), picture: PICTURE };
      expect(() => trainingStep({ ...options, loss: softmaxCrossEntropy(), optimiser: sgd({}) })).toThrow(
        /LRN 'model\/lrn' cannot be differentiated/,
      );
    });

    it('says what to do where the graph does not state it, or of another size', () => {
      const stated = classifierOf(normalised);
      const build = (graph: Graph, picture: readonly number[]) => () =>
        evaluationStep({ model: importedClassifier(graph), picture, loss: softmaxCrossEntropy() });
      expect(build({ ...stated, values: [] }, PICTURE)).toThrow(
        /the shape of LRN 'model\/lrn' is not known here.*does not state it.*infer_shapes/,
      );
      expect(build(stated, [3, 19, 18])).toThrow(/does not state it for \[batch, 3, 19, 18\]/);
    });
  });
});
