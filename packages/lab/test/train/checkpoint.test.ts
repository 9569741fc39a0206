/** Checkpoints: there and back, cut short, of another run, and on a disk that refuses. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { writeWholeFile } from 'figleaf/commands';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  checkIdentity,
  checkRates,
  type RunIdentity,
  readCheckpoint,
  readProgress,
  writeCheckpoint,
} from '../../src/train/checkpoint.ts';
import { NO_CURVE } from '../../src/train/curve.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const RUN: RunIdentity = {
  model: 'small-cnn',
  classes: ['a', 'b'],
  picture: [3, 32, 32],
  batchSize: 8,
  seed: 1,
  source: null,
  graph: '12',
  data: '34',
  augmentation: null,
  plateau: null,
};

function checkpointOf(values: Checkpoint['values']): Checkpoint {
  return {
    progress: {
      version: 3,
      run: RUN,
      step: 7,
      sums: { loss: 0.1 + 0.2, correct: 3, pictures: 8 },
      curve: NO_CURVE,
      history: [],
      bestEpoch: null,
      plateau: { rate: 1, best: null, wait: 0, cooldown: 0 },
      rates: [0.1],
      rate: 0.1,
      skipped: [],
    },
    values,
  };
}

describe('a checkpoint', () => {
  it('comes back to the last bit', async () => {
    const path = join(folder, 'there.safetensors');
    const tensors = fc.dictionary(fc.string(), fc.float32Array({ minLength: 0, maxLength: 9 }));
    await fc.assert(
      fc.asyncProperty(tensors, async (arrays) => {
        const values = new Map(
          Object.entries(arrays)
            .filter(([name]) => name !== '__metadata__')
            .map(([name, data]) => [name, { dims: [data.length], data }]),
        );
        const checkpoint = checkpointOf(values);
        await writeCheckpoint(path, checkpoint);
        const found = await readCheckpoint(path);
        expect(found!.progress).toEqual(checkpoint.progress);
        expect(await readProgress(path)).toEqual(checkpoint.progress);
        expect(new Map([...found!.values].sort())).toEqual(new Map([...values].sort()));
      }),
      // A name that sets no property of an object.
      { numRuns: 15, examples: [[Object.fromEntries([['__proto__', Float32Array.of(1)]])]] },
    );
  });

  it('is refused wherever it is cut short', async () => {
    const path = join(folder, 'cut.safetensors');
    await writeCheckpoint(
      path,
      checkpointOf(new Map([['a', { dims: [3], data: Float32Array.of(1, 2, 3) }]])),
    );
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 5) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readCheckpoint(path)).rejects.toMatchObject({ code: 'checkpoint-invalid' });
    }
    for (const length of [0, 5, 8, 100]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readProgress(path)).rejects.toMatchObject({ code: 'checkpoint-invalid' });
    }
  });

  it('is null where there is none', async () => {
    expect(await readCheckpoint(join(folder, 'none'))).toBeNull();
    expect(await readProgress(join(folder, 'none'))).toBeNull();
  });

  it.each([
    [{ model: 'xception' }, /another model \(small-cnn, not xception\)/],
    [{ classes: ['a', 'c'] }, /other classes/],
    [{ batchSize: 16 }, /another batch size \(8, not 16\)/],
    [{ graph: '13' }, /another optimiser/],
    [{ data: '35' }, /other pictures/],
  ])('of another run is refused: %j', (change, message) => {
    expect(() => checkIdentity('x', RUN, RUN)).not.toThrow();
    const act = (): void => checkIdentity('x', RUN, { ...RUN, ...change });
    expect(act).toThrow(expect.objectContaining({ code: 'checkpoint-mismatch' }));
    expect(act).toThrow(message);
  });

  it('may be gone on with for longer, but not at another rate', () => {
    // Two epochs of 4 steps and half of another.
    const done = { step: 10, rates: [0.1, 0.05, 0.02], rate: 0.015 };
    const check = (rates: readonly number[], last: number) => (): void =>
      checkRates('x', done, {
        schedule: (epoch) => (epoch === 9 / 4 ? last : rates[epoch]!),
        stepsPerEpoch: 4,
      });
    expect(check([0.1, 0.05, 0.02, 0.01], 0.015)).not.toThrow();
    expect(check([0.1, 0.07, 0.02], 0.015)).toThrow(/epoch 2 \(0.05, not 0.07\)/);
    expect(check([0.1, 0.05, 0.02], 0.012)).toThrow(/epoch 3 \(0.015, not 0.012\)/);
  });

  it('stays as it was where the disk gets full under the next', async () => {
    const path = join(folder, 'full.safetensors');
    await writeCheckpoint(path, checkpointOf(new Map([['a', { dims: [1], data: Float32Array.of(1) }]])));
    const before = await readFile(path);
    async function* runningOut(): AsyncIterable<Uint8Array> {
      yield new Uint8Array(100);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    const failure = await writeWholeFile(path, runningOut()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'output-unwritable',
      message: expect.stringMatching(/cannot write '.*full\.safetensors': .*no space left/),
    });
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('full'))).toEqual(['full.safetensors']);
  });

  it('that cannot be written leaves nothing, and what was there stays', async () => {
    const path = join(folder, 'taken');
    await mkdir(join(path, 'inside'), { recursive: true });
    const failure = await writeCheckpoint(path, checkpointOf(new Map())).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'output-unwritable' });
    expect((await readdir(folder)).filter((name) => name.startsWith('taken'))).toEqual(['taken']);
    expect(await readdir(path)).toEqual(['inside']);
  });
});
