/** Losses and metrics on ONNX Runtime against TensorFlow.js, and against formulas in 64 bits. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { floats, GraphBuilder, type Tensor } from '../../src/index.ts';
import {
  type L2Options,
  type Loss,
  l2Penalty,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from '../../src/nn/index.ts';
import { numbersOf, runFeeds } from '../feeds.ts';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof import('@tensorflow/tfjs');

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Answer {
  readonly loss: number;
  readonly correct: number;
}

async function answer(loss: Loss, logits: Tensor<'float32'>, labels: Tensor): Promise<Answer> {
  const [batch, classes] = logits.dims as [number, number];
  const builder = new GraphBuilder();
  const x = builder.input('logits', 'float32', ['batch', classes]);
  const y = loss.labels(builder, 'labels', ['batch', classes]);
  builder.output(loss.loss(builder, x, y), 'loss');
  builder.output(loss.correct(builder, x, y), 'correct');
  expect(builder.build().outputs.map(({ shape }) => shape)).toEqual([[], []]);
  expect(batch).toBeGreaterThan(0);
  const results = await runFeeds(builder.build(), { logits, labels });
  return { loss: numbersOf(results, 'loss')[0]!, correct: numbersOf(results, 'correct')[0]! };
}

function classIds(ids: readonly number[]): Tensor<'int64'> {
  return { type: 'int64', dims: [ids.length], data: BigInt64Array.from(ids, BigInt) };
}

const batches = fc
  .record({ batch: fc.integer({ min: 1, max: 4 }), classes: fc.integer({ min: 2, max: 5 }) })
  .chain(({ batch, classes }) =>
    fc.record({
      classes: fc.constant(classes),
      ids: fc.array(fc.nat(classes - 1), { minLength: batch, maxLength: batch }),
      flags: fc.array(fc.nat(1), { minLength: batch * classes, maxLength: batch * classes }),
      values: fc.array(fc.integer({ min: -80, max: 80 }), {
        minLength: batch * classes,
        maxLength: batch * classes,
      }),
      smoothing: fc.constantFrom(0, 0.1, 0.5),
    }),
  );

describe('softmaxCrossEntropy', () => {
  it('with soft labels is the mean of those of the classes, by their shares', async () => {
    const logits = floats([1, -2, 0.5, 3, 0.25, -1], [2, 3]);
    const options = { labelSmoothing: 0.1, classWeights: [1, 2, 0.5] };
    const hard = softmaxCrossEntropy({ labelSmoothing: 0.1 });
    const soft = softmaxCrossEntropy({ labelSmoothing: 0.1, softLabels: true });
    const of = async (ids: readonly number[]) => (await answer(hard, logits, classIds(ids))).loss;
    const mixed = await answer(soft, logits, floats([0.7, 0, 0.3, 0, 0.6, 0.4], [2, 3]));
    // The loss is linear in the answers, and a mean over the two pictures.
    const [a, b, c, d] = [await of([0, 1]), await of([2, 1]), await of([0, 2]), await of([2, 2])];
    expect(mixed.loss).toBeCloseTo(0.7 * 0.6 * a + 0.3 * 0.6 * b + 0.7 * 0.4 * c + 0.3 * 0.4 * d, 5);
    // The first is right by its larger share, the second is wrong.
    expect(mixed.correct).toBe(1);
    const weighted = { ...options, labelSmoothing: 0 };
    const one = await answer(softmaxCrossEntropy(weighted), logits, classIds([2, 1]));
    const same = await answer(
      softmaxCrossEntropy({ ...weighted, softLabels: true }),
      logits,
      floats([0, 0, 1, 0, 1, 0], [2, 3]),
    );
    expect(same.loss).toBeCloseTo(one.loss, 6);
  });

  it('is that of TensorFlow', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ classes, ids, values, smoothing }) => {
        const logits = floats(
          values.map((value) => value / 8),
          [ids.length, classes],
        );
        const { loss, correct } = await answer(
          softmaxCrossEntropy({ labelSmoothing: smoothing }),
          logits,
          classIds(ids),
        );
        const x = tf.tensor2d(logits.data, [ids.length, classes]);
        const oneHot = tf.oneHot(tf.tensor1d(ids, 'int32'), classes);
        const reference = tf.losses.softmaxCrossEntropy(oneHot, x, undefined, smoothing).dataSync()[0]!;
        expect(loss).toBeCloseTo(reference, 4);
        const predicted = tf.argMax(x, 1).dataSync();
        expect(correct).toBe(ids.filter((id, index) => predicted[index] === id).length);
      }),
      { numRuns: 60 },
    );
  });

  it('weighs classes, and divides by the number of pictures', async () => {
    const logits = floats([1, 2, 3, 0, 0, 0], [2, 3]);
    const loss = softmaxCrossEntropy({ classWeights: [5, 1, 0.5] });
    const first = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3;
    const second = Math.log(3);
    const result = await answer(loss, logits, classIds([2, 0]));
    expect(result.loss).toBeCloseTo((0.5 * first + 5 * second) / 2, 5);
  });

  it('stays finite at any logits', async () => {
    const logits = floats([1000, -1000, 0, -1000, 1000, 0], [2, 3]);
    const result = await answer(softmaxCrossEntropy(), logits, classIds([0, 0]));
    expect(result.loss).toBeCloseTo(1000, 3);
    expect(result.correct).toBe(1);
  });

  it('refuses what makes no sense', async () => {
    expect(() => softmaxCrossEntropy({ labelSmoothing: 1 })).toThrow(/0 to below 1, not 1/);
    const loss = softmaxCrossEntropy({ classWeights: [1, 2] });
    await expect(answer(loss, floats([1, 2, 3], [1, 3]), classIds([0]))).rejects.toThrow(
      /2 class weights for 3 classes/,
    );
  });
});

describe('sigmoidCrossEntropy', () => {
  it('is that of TensorFlow', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ classes, ids, flags, values, smoothing }) => {
        const logits = floats(
          values.map((value) => value / 8),
          [ids.length, classes],
        );
        const labels = floats(flags, logits.dims);
        const { loss, correct } = await answer(
          sigmoidCrossEntropy({ labelSmoothing: smoothing }),
          logits,
          labels,
        );
        const [x, y] = [logits, labels].map(({ data }) => tf.tensor2d(data, [ids.length, classes]));
        const reference = tf.losses.sigmoidCrossEntropy(y!, x!, undefined, smoothing).dataSync()[0]!;
        expect(loss).toBeCloseTo(reference, 4);
        const isWrong = (index: number): boolean => flags[index] !== (values[index]! > 0 ? 1 : 0);
        const right = ids.filter(
          (_, row) => !labels.data.subarray(0, classes).some((__, at) => isWrong(row * classes + at)),
        );
        expect(correct).toBe(right.length);
      }),
      { numRuns: 60 },
    );
  });

  it('stays finite at any logits', async () => {
    const result = await answer(
      sigmoidCrossEntropy(),
      floats([1000, -1000, -1000, 1000], [2, 2]),
      floats([1, 0, 1, 0], [2, 2]),
    );
    expect(result.loss).toBeCloseTo(500, 3);
    expect(result.correct).toBe(1);
  });
});

describe('l2Penalty', () => {
  const PARAMETERS = { 'a/kernel': [1, 2, 3], 'a/bias': [10], 'b.weight': [-4] };

  async function penalty(options: L2Options): Promise<number | null> {
    const builder = new GraphBuilder();
    const names = Object.entries(PARAMETERS);
    const dimsOf = (name: string, length: number) => (name.endsWith('bias') ? [length] : [length, 1]);
    const parameters = names.map(([name, { length }]) =>
      builder.input(name, 'float32', dimsOf(name, length)),
    );
    const value = l2Penalty(builder, parameters, options);
    if (!value) return null;
    builder.output(value, 'penalty');
    const feeds = Object.fromEntries(
      names.map(([name, values]) => [name, floats(values, dimsOf(name, values.length))]),
    );
    return numbersOf(await runFeeds(builder.build(), feeds), 'penalty')[0]!;
  }

  it('sums the squares of kernels, whatever they are called, or of what is chosen', async () => {
    expect(await penalty({ rate: 0.1 })).toBeCloseTo(3, 6);
    expect(await penalty({ rate: 0.1, names: ['*', '!b.*'] })).toBeCloseTo(11.4, 5);
    expect(await penalty({ rate: 0.1, names: ['c/*'] })).toBe(null);
  });
});
