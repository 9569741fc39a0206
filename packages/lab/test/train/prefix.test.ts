/** Frozen layers computed once: kept on disk, found again, recomputed when anything behind them changes; and rates by name. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TrainOptions, type TrainResult, train } from '@figleaf/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, type Values } from '../../src/train/checkpoint.ts';
import { FeatureFile, writeFeatures } from '../../src/train/feature-file.ts';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

const HEAD = ['*', '!predictions/*'];

let folder = '';
let data = '';
let base = '';
let first: TrainResult;
let firstFile = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-prefix-'));
  data = join(folder, 'data');
  await drawColours(data, 12);
  ({ file: base } = await train(options('base/run', { model: 'small-cnn', size: 32, frozen: [] })));
  first = await train(options('runs/first'));
  [firstFile = ''] = await kept();
});
afterAll(() => rm(folder, { recursive: true }));

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...{ data, model: base, epochs: 1, batchSize: 8, schedule: () => 0.01, threads: 1, frozen: HEAD },
    out: join(folder, out),
    ...more,
  };
}

/** Files of features beside the runs. */
async function kept(runs = 'runs'): Promise<string[]> {
  const files = await readdir(join(folder, runs, '.features'));
  return files.filter((name) => name.endsWith('.safetensors'));
}
const valuesOf = async (out: string): Promise<Values> =>
  (await readCheckpoint(join(folder, out, 'last.safetensors')))!.values;

describe('features of frozen layers', () => {
  it('are kept beside the run, and found by the next', async () => {
    expect(first.prefix).toEqual({ state: 'computed', bytes: 36 * 256 * 4 });
    expect(firstFile).toMatch(/^[0-9a-f]{64}\.safetensors$/);
    const phases = new Set<string>();
    const second = await train(options('runs/second', { onProgress: ({ phase }) => phases.add(phase) }));
    expect(second.prefix.state).toBe('found');
    expect(phases).not.toContain('features');
    expect(await kept()).toEqual([firstFile]);
    expect(second.history[0]!.loss).toBe(first.history[0]!.loss);
  });

  it('serve another head, other parts and another rate', async () => {
    const other = { seed: 7, testShare: 0.3, schedule: () => 0.3, batchSize: 4, dropout: 0.3 };
    expect((await train(options('runs/other', other))).prefix.state).toBe('found');
  });

  it.each<[string, Partial<TrainOptions>]>([
    ['other layers', { frozen: ['*', '!block4_conv2*', '!predictions/*'] }],
    ['other roundings', { threads: 2 }],
  ])('are computed again for %s', async (name, more) => {
    const before = await kept();
    expect((await train(options(`runs/${name}`, more))).prefix.state).toBe('computed');
    expect(await kept()).toHaveLength(before.length + 1);
  });

  it('are computed again for another picture', async () => {
    const lines = (await readFile(join(folder, 'runs/first/manifest.jsonl'), 'utf8')).split('\n');
    await writeFile(join(data, 'fewer.jsonl'), lines.slice(0, -2).join('\n'));
    const fewer = await train(options('runs/fewer', { data: join(data, 'fewer.jsonl') }));
    expect(fewer.prefix).toEqual({ state: 'computed', bytes: 35 * 256 * 4 });
  });

  it('are computed again where their file is not whole', async () => {
    const whole = join(folder, 'runs/.features', firstFile);
    const broken = join(folder, 'broken/.features', firstFile);
    await mkdir(dirname(broken), { recursive: true });
    await writeFile(broken, (await readFile(whole)).subarray(0, -4));
    const again = await train(options('broken/run'));
    expect(again.prefix.state).toBe('computed');
    expect((await readFile(broken)).equals(await readFile(whole))).toBe(true);
    expect(again.history[0]!.loss).toBe(first.history[0]!.loss);
  });

  it('are none where their file is cut short, or of others', async () => {
    const path = join(folder, 'table.safetensors');
    const table = { key: 'a', rows: 2, width: 3 };
    const rows = (async function* () {
      yield new Float32Array(6);
    })();
    await writeFeatures(path, table, rows);
    const isFound = async (wanted = table): Promise<boolean> => {
      await using file = await FeatureFile.open(path, wanted);
      return file !== null;
    };
    expect(await isFound()).toBe(true);
    for (const other of [{ key: 'b' }, { rows: 3, width: 2 }, { rows: 1 }]) {
      expect(await isFound({ ...table, ...other })).toBe(false);
    }
    const whole = await readFile(path);
    for (const damaged of [whole.subarray(0, -4), Buffer.alloc(whole.length), Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      expect(await isFound()).toBe(false);
    }
  });

  it('are computed in each step where they are larger than the pictures', async () => {
    const result = await train(options('large/run', { frozen: ['block1_conv1*'] }));
    expect(result.prefix).toEqual({ state: 'too-large', bytes: 36 * 32 * 16 * 16 * 4 });
    expect(await kept('large')).toEqual([]);
  });
});

describe('the learning rate of some parameters', () => {
  it('is multiplied, and the last pattern that fits decides', async () => {
    const rateFactors = { '*': 0, 'predictions/*': 1, '*bias': 0 };
    await train(options('runs/a', { model: TINY, frozen: [], rateFactors }));
    const values = await valuesOf('runs/a');
    expect(values.get('predictions/bias')!.data.every((value) => value === 0)).toBe(true);
    expect(values.get('bn/gamma')!.data.every((value) => value === 1)).toBe(true);
    await train(options('runs/b', { model: TINY, frozen: [], schedule: () => 0 }));
    const before = await valuesOf('runs/b');
    expect(values.get('conv/kernel')).toEqual(before.get('conv/kernel'));
    expect(values.get('predictions/kernel')).not.toEqual(before.get('predictions/kernel'));
  });
});
