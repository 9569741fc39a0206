/** Frozen prefixes: where they end, and that a step which begins there does the same as a whole one. */
import { describe, expect, it } from 'vitest';
import { add, elementCount, floats, scalar, type Tensor, type ValueInfo } from '../../src/index.ts';
import {
  batchNorm,
  type Classifier,
  classifierHead,
  conv2d,
  dropout,
  dropoutMask,
  evaluationStep,
  frozenPrefix,
  globalAveragePool2d,
  initialWeights,
  mobilenetV2,
  type NamePattern,
  type Network,
  sgd,
  softmaxCrossEntropy,
  type TrainingStep,
  trainingStep,
} from '../../src/nn/index.ts';
import { type Feeds, loadGraph, numbersOf } from '../feeds.ts';
import { randomFloats } from '../nets.ts';
import { largestDifference } from '../ort.ts';

const BATCH = 4;
const PICTURE = [2, 7, 6];
const images = floats(randomFloats(BATCH * elementCount(PICTURE), 8), [BATCH, ...PICTURE]);
const labels: Tensor = { type: 'int64', dims: [BATCH], data: BigInt64Array.of(0n, 1n, 2n, 1n) };

const layer = (network: Network, x: ValueInfo, name: string): ValueInfo =>
  conv2d(network, x, { name, filters: 3, kernelSize: 3, padding: 'same' });

/** `a`, then `b` and `c` beside each other, their sum, batch normalisation `n`, mean, dropout, logits. */
const FORK: Classifier = {
  name: 'fork',
  classes: 3,
  features(network, input) {
    const x = layer(network, input, 'a');
    const sum = add(network.builder, layer(network, x, 'b'), layer(network, x, 'c'), 'sum');
    return globalAveragePool2d(network, batchNorm(network, sum, { name: 'n' }), { name: 'mean' });
  },
  head: classifierHead(3, 0.5),
};

const prefixOf = (frozen: readonly NamePattern[], model = FORK, picture = PICTURE) =>
  frozenPrefix({ model, picture, frozen });
const cutOf = (...args: Parameters<typeof prefixOf>) =>
  prefixOf(...args)?.cut.map(({ name, shape }) => [name, ...shape!.slice(1)]);

describe('a frozen prefix', () => {
  it('ends where learning begins', () => {
    expect(cutOf(['a/*'])).toEqual([['a', 3, 7, 6]]);
    expect(cutOf(['*', '!n/*', '!predictions/*'])).toEqual([['sum', 3, 7, 6]]);
    expect(cutOf(['*', '!predictions/*'])).toEqual([['mean', 3]]);
  });

  it('ends at several values where layers beside each other differ', () => {
    expect(cutOf(['a/*', 'c/*'])).toEqual([
      ['a', 3, 7, 6],
      ['c', 3, 7, 6],
    ]);
  });

  it('is none where the first layer learns, or no layer does', () => {
    expect(prefixOf([])).toBeNull();
    expect(prefixOf(['b/*', 'c/*', 'n/*'])).toBeNull();
    expect(prefixOf(['*'])).toBeNull();
    const scaled: Classifier = {
      ...FORK,
      features: (network, input) => FORK.features(network, add(network.builder, input, input)),
    };
    expect(prefixOf([], scaled)).toBeNull();
    expect(cutOf(['a/*'], scaled)).toEqual([['a', 3, 7, 6]]);
  });

  it('ends before dropout, and before batch normalisation whose statistics move', () => {
    const dropped: Classifier = {
      ...FORK,
      features: (network, input) =>
        globalAveragePool2d(
          network,
          layer(network, dropout(network, layer(network, input, 'a'), { name: 'd', rate: 0.5 }), 'b'),
          { name: 'mean' },
        ),
    };
    expect(cutOf(['*', '!predictions/*'], dropped)).toEqual([['a', 3, 7, 6]]);
    expect(cutOf(['*', '!n/gamma', '!predictions/*'])).toEqual([['sum', 3, 7, 6]]);
  });

  it('may be most of MobileNetV2', () => {
    const model = mobilenetV2({ classes: 3 });
    const frozen = ['*', '!block_16_*', '!Conv_1*', '!predictions/*'];
    const [value, ...others] = prefixOf(frozen, model, [3, 64, 64])!.cut;
    expect(others).toEqual([]);
    expect(value!.shape).toEqual(['batch', 160, 2, 2]);
  });
});

function feedsOf(step: TrainingStep): Feeds {
  const masks = step.masks.map(({ name, shape, rate }) => {
    const dims = [BATCH, ...(shape.slice(1) as number[])];
    return [name, floats(dropoutMask(elementCount(dims), rate, { seed: 1, step: 0, name }), dims)];
  });
  const state = step.state.map(({ name, dims }) => [
    name,
    floats(new Float32Array(elementCount(dims)), dims),
  ]);
  return {
    labels,
    learning_rate: scalar(0.1),
    ...Object.fromEntries([...masks, ...state, ...initialWeights(step.parameters, 5)]),
  };
}

describe('a step that begins at the cut', () => {
  it.each<[string, readonly NamePattern[]]>([
    ['one value', ['a/*']],
    ['two values', ['a/*', 'c/*']],
    ['the head alone', ['*', '!predictions/*']],
  ])('does what the whole one does: %s', async (_, frozen) => {
    const prefix = prefixOf(frozen)!;
    const common = { model: FORK, picture: PICTURE, loss: softmaxCrossEntropy(), l2: { rate: 0.01 }, frozen };
    const options = { ...common, optimiser: sgd({ momentum: 0.9 }) };
    const [whole, part] = [trainingStep(options), trainingStep({ ...options, cut: prefix.cut })];
    expect(Object.keys(part.next).sort()).toEqual(Object.keys(whole.next).sort());
    expect(part.parameters.every(({ name }) => !name.startsWith('a/'))).toBe(true);
    expect(part.graph.inputs.map(({ name }) => name)).not.toContain('images');
    const cut = await (await loadGraph(prefix.graph(5))).run({ images });
    const expected = await (await loadGraph(whole.graph)).run({ ...feedsOf(whole), images });
    const found = await (await loadGraph(part.graph)).run({ ...feedsOf(part), ...cut });
    for (const output of ['loss', ...Object.values(whole.next)]) {
      expect(largestDifference(numbersOf(found, output), numbersOf(expected, output)), output).toBeLessThan(
        1e-5,
      );
    }
    const [all, rest] = [evaluationStep(common), evaluationStep({ ...common, cut: prefix.cut })];
    const weights = (step: typeof all): Feeds => Object.fromEntries(initialWeights(step.parameters, 5));
    const measured = await (await loadGraph(all.graph)).run({ images, labels, ...weights(all) });
    const again = await (await loadGraph(rest.graph)).run({ labels, ...cut, ...weights(rest) });
    expect(largestDifference(numbersOf(again, 'logits'), numbersOf(measured, 'logits'))).toBeLessThan(1e-5);
    expect(numbersOf(again, 'loss')[0]).toBeCloseTo(numbersOf(measured, 'loss')[0]!, 5);
  });
});
