/** Whole training steps on ONNX Runtime: against central differences, frozen layers, and twice the same. */
import { describe, expect, it } from 'vitest';
import { elementCount, floats, scalar, type Tensor } from '../../src/index.ts';
import {
  activation,
  adamW,
  batchNorm,
  type Classifier,
  chain,
  classifierHead,
  clipByGlobalNorm,
  conv2d,
  dropoutMask,
  evaluationStep,
  globalAveragePool2d,
  initialWeights,
  scaleByLearningRate,
  sgd,
  sigmoidCrossEntropy,
  smallCnn,
  softmaxCrossEntropy,
  type TrainingOptions,
  type TrainingStep,
  trainingStep,
} from '../../src/nn/index.ts';
import { type Feeds, loadGraph, numbersOf } from '../feeds.ts';
import { randomFloats } from '../nets.ts';

const BATCH = 6;

/** A convolution, batch normalisation, tanh, mean, dropout, three classes: smooth, so that differences tell the gradient. */
function smooth(rate: number): Classifier {
  return {
    name: 'smooth',
    classes: 3,
    features(network, images) {
      const x = conv2d(network, images, {
        name: 'c',
        filters: 4,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
      });
      const y = activation(network, batchNorm(network, x, { name: 'b', momentum: 0.9 }), 'tanh');
      return globalAveragePool2d(network, y, { name: 'mean' });
    },
    head: classifierHead(3, rate),
  };
}

function batchOf(picture: readonly number[]): Feeds {
  const ids = Array.from({ length: BATCH }, (_, index) => BigInt(index % 3));
  return {
    images: floats(randomFloats(BATCH * elementCount(picture), 8), [BATCH, ...picture]),
    labels: { type: 'int64', dims: [BATCH], data: BigInt64Array.from(ids) } as Tensor,
  };
}

function masksOf({ masks }: TrainingStep, step: number): Feeds {
  const made = masks.map(({ name, shape, rate }) => {
    const dims = [BATCH, ...(shape.slice(1) as number[])];
    return [name, floats(dropoutMask(elementCount(dims), rate, { seed: 1, step, name }), dims)];
  });
  return Object.fromEntries(made) as Feeds;
}

function atFirst({ parameters, state }: TrainingStep): Feeds {
  const zeros = state.map(({ name, dims }) => [name, floats(new Float32Array(elementCount(dims)), dims)]);
  return { ...Object.fromEntries(initialWeights(parameters, 3)), ...Object.fromEntries(zeros) };
}

interface Trained {
  readonly losses: readonly number[];
  readonly values: Feeds;
}

async function train(
  options: TrainingOptions,
  steps: number,
  rate: number,
  start?: Trained,
): Promise<Trained> {
  const step = trainingStep(options);
  const { run } = await loadGraph(step.graph);
  let values = start?.values ?? atFirst(step);
  const losses = [...(start?.losses ?? [])];
  for (let count = 0; count < steps; count++) {
    const feeds = { ...batchOf(options.picture), ...masksOf(step, losses.length), ...values };
    const results = await run({ ...feeds, learning_rate: scalar(rate) });
    const moved = Object.entries(step.next).map(([input, output]) => [input, results[output]!]);
    values = { ...values, ...Object.fromEntries(moved) };
    losses.push(numbersOf(results, 'loss')[0]!);
  }
  return { losses, values };
}

const PICTURE = [2, 7, 6];
const common = { picture: PICTURE, loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }), l2: { rate: 0.01 } };

describe('a training step', () => {
  it('goes down the gradient, as central differences tell it', async () => {
    const step = trainingStep({ ...common, model: smooth(0.5), optimiser: scaleByLearningRate() });
    const { run } = await loadGraph(step.graph);
    const values = atFirst(step);
    const feeds = { ...batchOf(PICTURE), ...masksOf(step, 0), learning_rate: scalar(1) };
    const results = await run({ ...feeds, ...values });
    const delta = 1e-2;
    for (const { name, dims, trainable } of step.parameters) {
      if (!trainable) continue;
      const before = numbersOf(values, name);
      const after = numbersOf(results, step.next[name]!);
      const differences: number[] = [];
      for (const index of before.keys()) {
        const [up, down] = await Promise.all(
          [delta, -delta].map(async (change) => {
            const moved = floats(before.with(index, before[index]! + change), dims);
            return numbersOf(await run({ ...feeds, ...values, [name]: moved }), 'loss')[0]!;
          }),
        );
        differences.push((up! - down!) / (2 * delta));
      }
      const gradient = before.map((value, index) => value - after[index]!);
      const error = Math.hypot(...gradient.map((value, index) => value - differences[index]!));
      // A bias before batch normalisation has no gradient; what is seen of it is rounding.
      expect(error / Math.max(Math.hypot(...differences), 0.05), name).toBeLessThan(2e-2);
    }
  });

  it.each([
    ['SGD', sgd({ momentum: 0.9, nesterov: true }), 0.1],
    ['AdamW, clipped', chain(clipByGlobalNorm(1), adamW()), 0.02],
  ] as const)('%s learns a batch by heart, and evaluation agrees', async (_, optimiser, rate) => {
    const { losses, values } = await train({ ...common, model: smooth(0), optimiser }, 200, rate);
    expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!);
    const check = evaluationStep({ ...common, model: smooth(0) });
    const feeds = Object.fromEntries(check.parameters.map(({ name }) => [name, values[name]!]));
    const results = await (await loadGraph(check.graph)).run({ ...batchOf(PICTURE), ...feeds });
    expect(numbersOf(results, 'loss')[0]! / losses.at(-1)!).toBeCloseTo(1, 1);
  });

  it('gives the same bits again, dropout included, and where it was interrupted', async () => {
    const options = { ...common, model: smooth(0.5), optimiser: adamW() };
    const whole = await train(options, 6, 0.01);
    expect(await train(options, 6, 0.01)).toEqual(whole);
    expect(await train(options, 4, 0.01, await train(options, 2, 0.01))).toEqual(whole);
  });

  it('leaves alone what is frozen, statistics included', async () => {
    const options = { ...common, model: smooth(0), optimiser: sgd(), frozen: ['*', '!predictions/*'] };
    const step = trainingStep(options);
    expect(Object.keys(step.next)).toEqual(['predictions/kernel', 'predictions/bias']);
    const { losses } = await train(options, 20, 0.5);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  });

  it('puts out loss and count first, then what goes in again', () => {
    const step = trainingStep({ ...common, model: smooth(0.5), optimiser: sgd({ momentum: 0.9 }) });
    const outputs = step.graph.outputs.map(({ name }) => name);
    expect(outputs.slice(0, 2)).toEqual(['loss', 'correct']);
    expect(new Set(outputs.slice(2))).toEqual(new Set(Object.values(step.next)));
    const inputs = new Map(step.graph.inputs.map(({ name, shape }) => [name, shape]));
    for (const [input, output] of Object.entries(step.next)) {
      expect(step.graph.outputs.find(({ name }) => name === output)?.shape).toEqual(inputs.get(input));
    }
  });

  it('trains smallCnn with several labels a picture', async () => {
    const picture = [3, 33, 32];
    const model = smallCnn({ classes: 3 });
    const step = trainingStep({
      model,
      picture,
      batchSize: BATCH,
      loss: sigmoidCrossEntropy(),
      optimiser: sgd(),
    });
    const { run } = await loadGraph(step.graph);
    const labels = floats(
      Array.from({ length: BATCH * 3 }, (_, index) => index % 2),
      [BATCH, 3],
    );
    const feeds = { ...batchOf(picture), labels, ...masksOf(step, 0), learning_rate: scalar(0.05) };
    let values = atFirst(step);
    const losses: number[] = [];
    for (let count = 0; count < 8; count++) {
      const results = await run({ ...feeds, ...values });
      losses.push(numbersOf(results, 'loss')[0]!);
      const moved = Object.entries(step.next).map(([input, output]) => [input, results[output]!]);
      values = { ...values, ...Object.fromEntries(moved) };
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  });
});
