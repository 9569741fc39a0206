/** Frozen layers computed once: kept on disk, found again, recomputed when anything behind them changes; and rates by name. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainOptions, type TrainResult, train } from '@figleaf/lab';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint, type Values } from '../../src/train/checkpoint.ts';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

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
beforeEach(() => rm(join(folder, 'runs'), { recursive: true, force: true }));

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...{ data, model: base, epochs: 2, batchSize: 8, schedule: () => 0.01, threads: 1, frozen: HEAD },
    out: join(folder, out),
    ...more,
  };
}

const cache = (): string => join(folder, 'runs', '.features');
const kept = (): Promise<string[]> => readdir(cache()).catch(() => []);
const modelOf = ({ file }: TrainResult): Promise<Buffer> => readFile(file);
const valuesOf = async (out: string): Promise<Values> =>
  (await readCheckpoint(join(folder, out, 'last.safetensors')))!.values;

describe('features of frozen layers', () => {
  it('are kept beside the run, and found by the next', async () => {
    const first = await train(options('runs/a'));
    expect(first.prefix).toEqual({ state: 'computed', bytes: 36 * 256 * 4 });
    expect(await kept()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.safetensors$/)]);
    const phases = new Set<string>();
    const second = await train(options('runs/b', { onProgress: ({ phase }) => phases.add(phase) }));
    expect(second.prefix.state).toBe('found');
    expect(phases).not.toContain('features');
    expect(second.history.map(({ loss }) => loss)).toEqual(first.history.map(({ loss }) => loss));
  });

  it('serve another head, other parts and another rate', async () => {
    await train(options('runs/a'));
    const other = { seed: 7, testShare: 0.3, schedule: () => 0.3, batchSize: 4, dropout: 0.3 };
    expect((await train(options('runs/b', other))).prefix.state).toBe('found');
  });

  it.each<[string, Partial<TrainOptions>]>([
    ['other layers', { frozen: ['*', '!block4_conv2*', '!predictions/*'] }],
    ['other roundings', { threads: 2 }],
  ])('are computed again for %s', async (_, more) => {
    await train(options('runs/a'));
    expect((await train(options('runs/b', more))).prefix.state).toBe('computed');
    expect(await kept()).toHaveLength(2);
  });

  it('are computed again for another picture, and where their file is not whole', async () => {
    const first = await train(options('runs/a'));
    const [name] = await kept();
    const path = join(cache(), name!);
    const whole = await readFile(path);
    for (const broken of [whole.subarray(0, -4), Buffer.alloc(whole.length)]) {
      await writeFile(path, broken);
      const again = await train(options(`runs/b${broken.length}${broken[8]}`));
      expect(again.prefix.state).toBe('computed');
      expect((await readFile(path)).equals(whole)).toBe(true);
      expect(again.history.map(({ loss }) => loss)).toEqual(first.history.map(({ loss }) => loss));
    }
    const lines = (await readFile(join(folder, 'runs/a/manifest.jsonl'), 'utf8')).split('\n').slice(0, -2);
    await writeFile(join(data, 'fewer.jsonl'), lines.join('\n'));
    const fewer = await train(options('runs/c', { data: join(data, 'fewer.jsonl') }));
    expect(fewer.prefix).toEqual({ state: 'computed', bytes: 35 * 256 * 4 });
  });

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

  it('are computed in each step where they are larger than the pictures', async () => {
    const result = await train(options('runs/a', { frozen: ['block1_conv1*'], epochs: 1 }));
    expect(result.prefix).toEqual({ state: 'too-large', bytes: 36 * 32 * 16 * 16 * 4 });
    expect(await kept()).toEqual([]);
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

describe('the learning rate of some parameters', () => {
  it('is multiplied, and the last pattern that fits decides', async () => {
    const rateFactors = { '*': 0, 'predictions/*': 1, '*bias': 0 };
    await train(options('runs/a', { model: TINY, frozen: [], rateFactors, epochs: 1 }));
    const values = await valuesOf('runs/a');
    expect(values.get('predictions/bias')!.data.every((value) => value === 0)).toBe(true);
    expect(values.get('bn/gamma')!.data.every((value) => value === 1)).toBe(true);
    await train(options('runs/b', { model: TINY, frozen: [], schedule: () => 0, epochs: 1 }));
    const before = await valuesOf('runs/b');
    expect(values.get('conv/kernel')).toEqual(before.get('conv/kernel'));
    expect(values.get('predictions/kernel')).not.toEqual(before.get('predictions/kernel'));
  });
});
