/** Optimisers on ONNX Runtime against PyTorch and Keras's formulas; see tools/oracles/optimisers.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elementCount, floats, GraphBuilder, scalar, type Tensor } from '../../src/index.ts';
import {
  adamW,
  applyOptimiser,
  chain,
  clipByGlobalNorm,
  decoupledWeightDecay,
  type OptimiserStep,
  scaleByAdam,
  scaleByLearningRate,
  scaleByName,
  sgd,
  type Transformation,
  trace,
} from '../../src/nn/index.ts';
import { type Feeds, loadGraph, numbersOf } from '../feeds.ts';
import { largestDifference } from '../ort.ts';

const SHAPES = { 'dense/kernel': [3, 4], 'dense/bias': [5] } as const;
const NAMES = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

interface Golden {
  readonly rates: readonly number[];
  readonly weights: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/optimisers.json', import.meta.url), 'utf8'),
) as Golden;

/** The same formula as in the oracle. */
function numbers(dims: readonly number[], series: number): Tensor<'float32'> {
  const values = Array.from(
    { length: elementCount(dims) },
    (_, index) => (((index * 7919 + series * 104729 + 13) % 2001) - 1000) / 1000,
  );
  return floats(values, dims);
}

interface Built extends OptimiserStep {
  readonly run: (feeds: Feeds) => Promise<Feeds>;
}

async function build(optimiser: Transformation): Promise<Built> {
  const builder = new GraphBuilder();
  const rate = builder.input('rate', 'float32', []);
  const gradients = NAMES.map((name) => ({
    weight: builder.input(name, 'float32', SHAPES[name]),
    value: builder.input(`${name}/gradient`, 'float32', SHAPES[name]),
  }));
  const step = applyOptimiser(builder, optimiser, gradients, rate);
  for (const [name, value] of step.next) builder.output(value, `${name}/next`);
  const runner = await loadGraph(builder.build());
  return { ...step, run: (feeds) => runner.run(feeds) };
}

function atFirst({ state }: OptimiserStep): Record<string, Tensor> {
  const zeros = state.map(({ name, dims }) => [name, floats(new Float32Array(elementCount(dims)), dims)]);
  return {
    ...Object.fromEntries(NAMES.map((name, order) => [name, numbers(SHAPES[name], order)])),
    ...Object.fromEntries(zeros),
  };
}

/** Five steps; what a step gives is what the next one takes. */
async function train(optimiser: Transformation): Promise<Feeds> {
  const built = await build(optimiser);
  let values: Feeds = atFirst(built);
  for (const [step, rate] of golden.rates.entries()) {
    const gradients = NAMES.map((name, order) => [
      `${name}/gradient`,
      numbers(SHAPES[name], 10 * (step + 1) + order),
    ]);
    const results = await built.run({ ...values, ...Object.fromEntries(gradients), rate: scalar(rate) });
    values = Object.fromEntries([...built.next.keys()].map((name) => [name, results[`${name}/next`]!]));
  }
  return values;
}

describe('five steps end where the reference does', () => {
  it.each([
    ['sgd', sgd()],
    ['momentum', sgd({ momentum: 0.9 })],
    ['nesterov', sgd({ momentum: 0.9, nesterov: true })],
    ['decoupled decay', chain(sgd({ momentum: 0.9 }), decoupledWeightDecay({ rate: 0.05 }))],
    ['clipped', chain(clipByGlobalNorm(0.5), sgd({ momentum: 0.9 }))],
    ['groups', chain(sgd({ momentum: 0.9 }), scaleByName({ 'dense/*': 0.1, '*bias': 1 }))],
    ['adamw', adamW({ weightDecay: 0.05 })],
  ] as [string, Transformation][])('%s', async (name, optimiser) => {
    const values = await train(optimiser);
    for (const parameter of NAMES) {
      const expected = golden.weights[name]![parameter]!;
      expect(largestDifference(numbersOf(values, parameter), expected)).toBeLessThan(2e-6);
    }
  });

  it('the cases differ from each other', () => {
    const ends = Object.values(golden.weights).map((weights) => JSON.stringify(weights));
    expect(new Set(ends).size).toBe(7);
  });

  it('again the same, bit for bit', async () => {
    expect(await train(adamW())).toEqual(await train(adamW()));
  });
});

describe('a chain', () => {
  it('is what it is made of', async () => {
    const parts = chain(scaleByAdam(), scaleByLearningRate(), decoupledWeightDecay({ rate: 0.01 }));
    expect(await train(parts)).toEqual(await train(adamW()));
    expect(await train(chain(scaleByLearningRate(), trace({ decay: 0.9 })))).toEqual(
      await train(sgd({ momentum: 0.9 })),
    );
  });

  it('lists its state', async () => {
    expect((await build(sgd())).state).toEqual([]);
    expect((await build(sgd({ momentum: 0.9 }))).state).toEqual([
      { name: 'velocity/dense/kernel', dims: [3, 4] },
      { name: 'velocity/dense/bias', dims: [5] },
    ]);
    expect((await build(adamW())).state.map(({ name }) => name)).toEqual([
      'mean_correction',
      'square_correction',
      'mean/dense/kernel',
      'square/dense/kernel',
      'mean/dense/bias',
      'square/dense/bias',
    ]);
  });

  it('with two of a kind is refused, since their state would be one', async () => {
    await expect(build(chain(sgd({ momentum: 0.9 }), trace({ decay: 0.5 })))).rejects.toThrow(/is taken/);
  });
});

describe('clipping by global norm', () => {
  it('leaves short gradients alone, and zeros too', async () => {
    const built = await build(chain(clipByGlobalNorm(100), scaleByLearningRate()));
    const plain = await build(scaleByLearningRate());
    const gradients = { 'dense/kernel/gradient': numbers([3, 4], 3), 'dense/bias/gradient': numbers([5], 4) };
    const feeds = { ...atFirst(built), ...gradients, rate: scalar(0.1) };
    expect(await built.run(feeds)).toEqual(await plain.run(feeds));
    const none = {
      'dense/kernel/gradient': floats(new Float32Array(12), [3, 4]),
      'dense/bias/gradient': floats(new Float32Array(5)),
    };
    const results = await built.run({ ...feeds, ...none });
    expect(numbersOf(results, 'dense/bias/next')).toEqual(Array.from(numbers([5], 1).data));
  });

  it.each([0, -1, Number.NaN])('refuses a limit of %s', (limit) => {
    expect(() => clipByGlobalNorm(limit)).toThrow(/more than 0/);
  });
});
