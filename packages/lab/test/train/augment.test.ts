/** Training on augmented pictures: the same however it is stopped, mixed answers, and what is told of it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Augmentation, type TrainOptions, train } from '@figleaf/lab';
import { readMetadata } from '@figleaf/onnx/metadata';
import { softmaxCrossEntropy } from '@figleaf/onnx/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

let folder = '';
let whole: Buffer;

/** Every operation that there is. */
const ALL: Augmentation = {
  operations: [
    { type: 'rotate', probability: 0.4 },
    { type: 'zoom', probability: 0.4 },
    { type: 'distort', probability: 0.4, columns: 2, rows: 2, pixels: 2 },
    { type: 'brightness', probability: 0.4, factor: [0.8, 1.2] },
    { type: 'colour', probability: 0.4, factor: [0.8, 1.2] },
    { type: 'contrast', probability: 0.4, factor: [0.8, 1.2] },
    { type: 'skew', probability: 0.4 },
    { type: 'flip', probability: 0.4 },
    { type: 'crop', probability: 0.4 },
    { type: 'jpeg', probability: 0.4 },
    { type: 'cutout', probability: 0.4 },
    { type: 'mixup', probability: 0.4 },
  ],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-augmented-'));
  await drawColours(join(folder, 'data'), 12);
  await train(options('whole/run'));
  whole = await modelOf('whole/run');
});
afterAll(() => rm(folder, { recursive: true }));

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...{ data: join(folder, 'data'), model: TINY, epochs: 6, batchSize: 8, threads: 1, augment: ALL },
    schedule: (epoch) => 0.3 * 0.9 ** epoch,
    out: join(folder, out),
    ...more,
  };
}

const modelOf = (out: string) => readFile(join(folder, out, 'model.onnx'));

describe('a training on augmented pictures', () => {
  it('is the same again, and another one without', async () => {
    const again = await train(options('again/run'));
    expect((await modelOf('again/run')).equals(whole)).toBe(true);
    expect(again.test!.accuracy).toBe(1);
    expect(again.augmentation!.operations).toHaveLength(12);
    const { augment: _, ...plain } = options('plain/run');
    expect((await train(plain)).augmentation).toBeNull();
    expect((await modelOf('plain/run')).equals(whole)).toBe(false);
  });

  it.each([2, 7])('ends the same when it was stopped after %i steps', async (steps) => {
    const out = `stopped-${steps}/run`;
    const stop = new AbortController();
    const stopped = train(
      options(out, {
        signal: stop.signal,
        checkpointSeconds: 0,
        onProgress: ({ phase, done, epoch }) => {
          if (phase === 'training' && (epoch - 1) * 24 + done >= steps * 8) stop.abort();
        },
      }),
    );
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    const { resumedAt } = await train(options(out, { resume: true }));
    expect(resumedAt).toBeGreaterThanOrEqual(steps);
    expect((await modelOf(out)).equals(whole)).toBe(true);
  });

  it('is not gone on with otherwise', async () => {
    const { augment: _, ...plain } = options('whole/run', { resume: true });
    const other: Augmentation = { operations: ALL.operations.slice(1) };
    for (const changed of [plain, { ...plain, augment: other }]) {
      // Without mixup the loss is another one too, and its graph.
      await expect(train(changed)).rejects.toMatchObject({
        code: 'checkpoint-mismatch',
        message: expect.stringMatching(/another (augmentation|optimiser, loss)/),
      });
    }
  });

  it('says so in the model, and on the page', async () => {
    const { metadata } = readMetadata(whole);
    const operations = metadata!.training!.augmentation!.operations;
    expect(operations[0]).toEqual({ type: 'rotate', probability: 0.4, degrees: [-20, 20] });
    const page = await readFile(join(folder, 'whole/run/index.html'), 'utf8');
    expect(page).toContain('<li>rotate 40 %: degrees -20 to 20</li>');
  });

  it('computes frozen layers in each step', async () => {
    const frozen = options('frozen/run', { frozen: ['conv/*'], epochs: 1 });
    expect((await train(frozen)).prefix).toEqual({ state: 'augmented', bytes: 0 });
  });

  it('refuses a loss that cannot take mixed answers, and what is no augmentation', async () => {
    const loss = options('refused/run', { loss: softmaxCrossEntropy() });
    await expect(train(loss)).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringMatching(/shares of classes/),
    });
    const wrong = options('refused/run', { augment: { operations: [{ type: 'zoom', probability: 2 }] } });
    await expect(train(wrong)).rejects.toMatchObject({ code: 'augmentation-invalid' });
    const unknown = options('refused/run', { augment: 'nudenet' as 'nudenet-2019' });
    await expect(train(unknown)).rejects.toMatchObject({ code: 'option-invalid' });
  });
});
