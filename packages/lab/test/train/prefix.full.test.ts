/** Learning from features of frozen layers is learning from pictures, wherever the layers end, and however often it is stopped. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainOptions, type TrainResult, train } from '@figleaf/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, type Values } from '../../src/train/checkpoint.ts';
import { drawColours } from '../drawn.ts';

const HEAD = ['*', '!predictions/*'];

let folder = '';
let data = '';
let base = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-prefix-'));
  data = join(folder, 'data');
  await drawColours(data, 12);
  ({ file: base } = await train(
    options('base/run', { model: 'small-cnn', size: 32, frozen: [], epochs: 2 }),
  ));
});
afterAll(() => rm(folder, { recursive: true }));

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...{ data, model: base, epochs: 2, batchSize: 8, schedule: () => 0.01, threads: 1, frozen: HEAD },
    out: join(folder, out),
    ...more,
  };
}

const modelOf = ({ file }: TrainResult): Promise<Buffer> => readFile(file);
const valuesOf = async (out: string): Promise<Values> =>
  (await readCheckpoint(join(folder, out, 'last.safetensors')))!.values;

describe('features of frozen layers', () => {
  it('may lie in the midst of a model, which learns as if all of it were computed in each step', async () => {
    const part = await train(options('runs/a', { frozen: ['block1_*', 'block2_*', 'block3_*'] }));
    // Before each picture of the fourth block: 128 channels of 2 x 2.
    expect(part.prefix).toEqual({ state: 'computed', bytes: 36 * 128 * 2 * 2 * 4 });
    const rateFactors = { 'block*': 0, 'block4_*': 1 };
    const whole = await train(options('runs/b', { frozen: [], rateFactors }));
    expect(whole.prefix).toEqual({ state: 'none', bytes: 0 });
    for (const [epoch, { loss, validationLoss }] of whole.history.entries()) {
      expect(part.history[epoch]!.loss).toBeCloseTo(loss, 4);
      expect(part.history[epoch]!.validationLoss).toBeCloseTo(validationLoss!, 4);
    }
    expect(part.test!.loss).toBeCloseTo(whole.test!.loss, 4);
    const names = [...(await valuesOf('runs/a')).keys()];
    expect(names.some((name) => name.startsWith('block3_'))).toBe(false);
    expect(names.some((name) => name.startsWith('block4_conv2'))).toBe(true);
  });

  it('let a run that was stopped end the same, though they are gone', async () => {
    const whole = await train(options('runs/whole/run'));
    const stop = new AbortController();
    let steps = 0;
    const onProgress: TrainOptions['onProgress'] = ({ phase }) => {
      if (phase === 'training' && ++steps === 4) stop.abort();
    };
    const stopped = options('runs/stopped/run', { signal: stop.signal, onProgress });
    const failure = await train(stopped).catch((error: unknown) => error);
    expect(failure).toBe(stop.signal.reason);
    await rm(join(folder, 'runs/stopped/.features'), { recursive: true });
    const resumed = await train(options('runs/stopped/run', { resume: true }));
    expect(resumed.resumedAt).toBe(4);
    expect((await modelOf(resumed)).equals(await modelOf(whole))).toBe(true);
  });
});
