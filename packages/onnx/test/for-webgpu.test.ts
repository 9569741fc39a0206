/** Graphs for WebGPU: without what its provider lacks, and with the same results. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../src/attributes.ts';
import {
  elementCount,
  floats,
  forWebgpu,
  type Graph,
  GraphBuilder,
  intAttribute,
  scalar,
} from '../src/index.ts';
import { initialWeights, sgd, smallCnn, softmaxCrossEntropy, trainingStep } from '../src/nn/index.ts';
import { batchNormalizationTraining } from '../src/operators/normalization.ts';
import { type Feeds, numbersOf, runFeeds } from './feeds.ts';
import { randomFloats } from './nets.ts';

/** How often the graph has nodes that the provider cannot run. */
function lackingIn({ nodes }: Graph): number {
  return nodes.filter(
    (node) =>
      (node.opType === 'MaxPool' && node.outputs.length > 1) ||
      (node.opType === 'BatchNormalization' && intAttribute(node, 'training_mode', 0) !== 0),
  ).length;
}

/** Numbers of a result, of whichever type. */
const valuesOf = (feeds: Feeds, name: string): number[] =>
  Array.from(feeds[name]!.data as Iterable<number>, Number);

const norm = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

describe('for WebGPU', () => {
  it('finds the places of maxima as MaxPool does, also of equal ones and beside padding', async () => {
    const sizes = fc.record({
      dims: fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 5, max: 9 }),
        fc.integer({ min: 5, max: 9 }),
      ),
      kernel: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 1, max: 3 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
      dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constant(1)),
      pads: fc.constantFrom([0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 1, 0]),
      levels: fc.constantFrom(2, 1000),
      seed: fc.nat({ max: 1000 }),
    });
    const property = fc.asyncProperty(
      sizes,
      async ({ dims, kernel, strides, dilations, pads, levels, seed }) => {
        const builder = new GraphBuilder();
        const x = builder.input('x', 'float32', dims);
        const attributes = {
          kernel_shape: attribute.ints(kernel),
          strides: attribute.ints(strides),
          dilations: attribute.ints(dilations),
          pads: attribute.ints(pads),
        };
        const [y, places] = builder.node('MaxPool', [x], attributes, { outputs: 2 });
        builder.output(y!, 'y');
        builder.output(places!, 'places');
        const graph = builder.build();
        const spelt = forWebgpu({
          ...graph,
          outputs: graph.outputs.map((output) =>
            output.name === 'places' ? { ...output, elementType: 'int32' } : output,
          ),
        });
        expect(lackingIn(spelt)).toBe(0);
        const values = randomFloats(elementCount(dims), seed, -1, 1).map(
          (value) => Math.round(value * levels) + 0,
        );
        const feeds = { x: floats(values, dims) };
        const [ours, theirs] = [await runFeeds(spelt, feeds), await runFeeds(graph, feeds)];
        expect(valuesOf(ours, 'y')).toEqual(valuesOf(theirs, 'y'));
        expect(valuesOf(ours, 'places')).toEqual(valuesOf(theirs, 'places'));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('normalises by the batch, and moves running statistics', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [4, 3, 5, 2]);
    const vector = (name: string) => builder.input(name, 'float32', [3]);
    const parameters = {
      scale: vector('scale'),
      bias: vector('bias'),
      mean: vector('mean'),
      variance: vector('variance'),
    };
    const moved = batchNormalizationTraining(builder, x, parameters, 1e-3, 0.9);
    builder.output(moved.y, 'y');
    builder.output(moved.mean, 'moved_mean');
    builder.output(moved.variance, 'moved_variance');
    const graph = builder.build();
    const spelt = forWebgpu(graph);
    expect(lackingIn(graph)).toBe(1);
    expect(lackingIn(spelt)).toBe(0);
    const feeds = (): Feeds => ({
      x: floats(randomFloats(120, 5, -2, 3), [4, 3, 5, 2]),
      scale: floats([0.5, 1, -2]),
      bias: floats([1, 0, 0.25]),
      mean: floats([0.1, 0.2, 0.3]),
      variance: floats([1, 2, 3]),
    });
    const [ours, theirs] = [await runFeeds(spelt, feeds()), await runFeeds(graph, feeds())];
    for (const name of ['y', 'moved_mean', 'moved_variance']) {
      for (const [index, value] of numbersOf(theirs, name).entries()) {
        expect(numbersOf(ours, name)[index]).toBeCloseTo(value, 5);
      }
    }
  });

  it('leaves a whole training step its results', async () => {
    const step = trainingStep({
      model: smallCnn({ classes: 3, dropout: 0 }),
      picture: [3, 32, 32],
      batchSize: 4,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ momentum: 0.9 }),
    });
    const spelt = forWebgpu(step.graph);
    expect(lackingIn(step.graph)).toBeGreaterThan(3);
    expect(lackingIn(spelt)).toBe(0);
    const zeros = step.state.map(({ name, dims }) => [
      name,
      floats(new Float32Array(elementCount(dims)), dims),
    ]);
    const feeds: Feeds = {
      images: floats(randomFloats(4 * 3 * 32 * 32, 2), [4, 3, 32, 32]),
      labels: { type: 'int64', dims: [4], data: BigInt64Array.of(0n, 1n, 2n, 1n) },
      learning_rate: scalar(0.1),
      ...(Object.fromEntries([...initialWeights(step.parameters, 3), ...zeros]) as Feeds),
    };
    const [ours, theirs] = [await runFeeds(spelt, feeds), await runFeeds(step.graph, feeds)];
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    for (const name of Object.keys(theirs)) {
      const [a, b] = [valuesOf(ours, name), valuesOf(theirs, name)];
      const difference = norm(a.map((value, index) => value - b[index]!));
      expect(difference, name).toBeLessThanOrEqual(1e-4 * norm(b) + 1e-6);
    }
  });
});
