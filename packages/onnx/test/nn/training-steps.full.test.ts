/** Ten steps of whole networks against PyTorch's losses; see tools/oracles/training-steps.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elementCount, floats, scalar, type Tensor } from '../../src/index.ts';
import {
  adamW,
  mobilenetV2,
  sgd,
  softmaxCrossEntropy,
  type TrainingStep,
  trainingStep,
  xception,
} from '../../src/nn/index.ts';
import { type Feeds, loadGraph, numbersOf } from '../feeds.ts';

interface Case {
  readonly model: keyof typeof MODELS;
  readonly side: number;
  readonly optimiser: keyof typeof OPTIMISERS;
  readonly rate: number;
  readonly l2: number;
  readonly losses: readonly number[];
  /** By name of a parameter, the length of the way from its first to its last value. */
  readonly moved: Readonly<Record<string, number>>;
}

interface Golden {
  readonly batch: number;
  readonly classes: number;
  readonly cases: Readonly<Record<string, Case>>;
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/training-steps.json', import.meta.url), 'utf8'),
) as Golden;

const { batch, classes } = golden;

const MODELS = {
  xception: xception({ classes, dropout: 0.5 }),
  mobilenetV2: mobilenetV2({ classes, dropout: 0.25 }),
} as const;

const OPTIMISERS = { sgd: sgd({ momentum: 0.9 }), adamw: adamW({ weightDecay: 0.01 }) } as const;

/** The same formula as in the oracle: FNV of the name plus the place, stirred as MurmurHash3 ends; -1 to below 1. */
function hashed(name: string, count: number, form: (number: number) => number): Float32Array {
  const seed = Array.from(name).reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0x811c9dc5 | 0,
  );
  const numbers = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let bits = (seed + index) | 0;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
    numbers[index] = form((bits >>> 8) / 2 ** 23 - 1);
  }
  return numbers;
}

function firstValue(name: string, dims: readonly number[]): Tensor<'float32'> {
  const part = name.slice(name.lastIndexOf('/') + 1);
  const bound = Math.sqrt(6 / (dims.length === 2 ? dims[0]! : elementCount(dims.slice(1))));
  const isScale = part === 'gamma' || part === 'moving_variance';
  const form = part.endsWith('kernel')
    ? (number: number) => number * bound
    : (number: number) => (isScale ? 1 : 0) + number * 0.125;
  return floats(hashed(name, elementCount(dims), form), dims);
}

function fedAtFirst({ parameters, state, masks }: TrainingStep): Feeds {
  const fed: Record<string, Tensor> = {};
  for (const { name, dims } of parameters) fed[name] = firstValue(name, dims);
  for (const { name, dims } of state) fed[name] = floats(new Float32Array(elementCount(dims)), dims);
  for (const { name, shape, rate } of masks) {
    const dims = [batch, ...(shape.slice(1) as number[])];
    const mask = hashed(name, elementCount(dims), (number) => (number >= 2 * rate - 1 ? 1 / (1 - rate) : 0));
    fed[name] = floats(mask, dims);
  }
  return fed;
}

function batchOf(step: number, side: number): Feeds {
  const dims = [batch, 3, side, side];
  const ids = Array.from({ length: batch }, (_, index) => BigInt((3 * step + index) % classes));
  return {
    images: floats(
      hashed(`images/${step}`, elementCount(dims), (number) => number),
      dims,
    ),
    labels: { type: 'int64', dims: [batch], data: BigInt64Array.from(ids) },
  };
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, index) => sum + (value - b[index]!) ** 2, 0));
}

describe('ten training steps', () => {
  it.each(Object.entries(golden.cases))('%s: as PyTorch', async (_, { side, rate, l2, ...expected }) => {
    const step = trainingStep({
      model: MODELS[expected.model],
      picture: [3, side, side],
      batchSize: batch,
      loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }),
      optimiser: OPTIMISERS[expected.optimiser],
      ...(l2 > 0 && { l2: { rate: l2 } }),
    });
    const { run } = await loadGraph(step.graph);
    let values = fedAtFirst(step);
    const losses: number[] = [];
    for (let count = 0; count < expected.losses.length; count++) {
      const results = await run({ ...batchOf(count, side), ...values, learning_rate: scalar(rate) });
      const moved = Object.entries(step.next).map(([input, output]) => [input, results[output]!]);
      values = { ...values, ...Object.fromEntries(moved) };
      losses.push(numbersOf(results, 'loss')[0]!);
    }
    const errors = losses.map((loss, index) => Math.abs(loss / expected.losses[index]! - 1));
    expect(Math.max(...errors), `${losses}`).toBeLessThan(1e-3);
    for (const [name, length] of Object.entries(expected.moved)) {
      const { dims } = step.parameters.find((parameter) => parameter.name === name)!;
      const way = distance(numbersOf(values, name), Array.from(firstValue(name, dims).data));
      expect(Math.abs(way / length - 1), name).toBeLessThan(1e-2);
    }
  });
});
