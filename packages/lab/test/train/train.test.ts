/** Whole trainings of small networks on drawn colours: results, resuming, errors. */
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainOptions, type TrainProgress, type TrainResult, train } from '@figleaf/lab';
import { readMetadata } from '@figleaf/onnx/metadata';
import { loadClassifier } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { CLASSES, drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

let folder = '';
let data = '';
let whole: TrainResult;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-train-'));
  data = join(folder, 'data');
  await drawColours(data, 12);
  await writeFile(join(data, 'red', 'notes.png'), 'no picture');
  whole = await train(options('whole/run'));
});
afterAll(() => rm(folder, { recursive: true }));

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    data,
    model: TINY,
    epochs: 8,
    batchSize: 8,
    schedule: (epoch) => 0.3 * 0.9 ** epoch,
    out: join(folder, out),
    threads: 1,
    ...more,
  };
}

const tensorsOf = async (out: string) =>
  (await readCheckpoint(join(folder, out, 'last.safetensors')))!.values;
const modelOf = (out: string) => readFile(join(folder, out, 'model.onnx'));

describe('a training', () => {
  it('learns, and says so', async () => {
    expect(whole).toMatchObject({ classes: CLASSES, pictures: { train: 27, validation: 2, test: 7 } });
    expect(whole.skipped).toMatchObject([{ name: 'red/notes.png', code: 'not-an-image' }]);
    expect(whole.history).toHaveLength(8);
    expect(whole.history[7]!.loss).toBeLessThan(whole.history[0]!.loss / 2);
    expect(whole.test!.accuracy).toBe(1);
    const lines = (await readFile(join(folder, 'whole/run/metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(whole.history);
  });

  it('makes a model that is a classifier at once', async () => {
    const { metadata } = readMetadata(await modelOf('whole/run'));
    expect(metadata).toMatchObject({ id: 'run', labels: CLASSES, training: { epochs: 8, testAccuracy: 1 } });
    expect(metadata!.training!.manifest).toMatch(/^[0-9a-f]{64}$/);
    await using classifier = await loadClassifier(whole.file, { workers: 1 });
    const { classes } = await classifier.classify(join(data, 'green', '3.png'));
    expect(classes.green).toBeGreaterThan(0.8);
  });

  it('tells of the test what the finished model says of it', async () => {
    const lines = (await readFile(join(folder, 'whole/run/manifest.jsonl'), 'utf8')).trim().split('\n');
    const tested = lines
      .map((line) => JSON.parse(line) as { name: string; class: string; part: string })
      .filter(({ part }) => part === 'test');
    expect(tested).toHaveLength(7);
    await using classifier = await loadClassifier(whole.file, { workers: 1 });
    const losses = await Promise.all(
      tested.map(async ({ name, class: answer }) => {
        const { classes } = await classifier.classify(join(data, name));
        return -Math.log(classes[answer]!);
      }),
    );
    expect(whole.test!.loss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 7, 5);
  });

  it('is the same again, to the last bit', async () => {
    await train(options('again/run'));
    expect(await modelOf('again/run')).toEqual(await modelOf('whole/run'));
  });

  it.each([2, 3, 20])('ends the same when it was stopped after %i steps', async (steps) => {
    const out = `stopped-${steps}/run`;
    const stop = new AbortController();
    let done = 0;
    const onProgress = ({ phase }: TrainProgress): void => {
      if (phase === 'training' && ++done === steps) stop.abort();
    };
    const failure = await train(options(out, { signal: stop.signal, onProgress })).catch(
      (error: unknown) => error,
    );
    expect(failure).toBe(stop.signal.reason);
    const resumed = await train(options(out, { resume: true }));
    expect(resumed.resumedAt).toBe(steps);
    expect(await tensorsOf(out)).toEqual(await tensorsOf('whole/run'));
    expect(await modelOf(out)).toEqual(await modelOf('whole/run'));
  });

  it('is not begun over another, nor gone on with as another', async () => {
    await expect(train(options('whole/run'))).rejects.toMatchObject({ code: 'output-exists' });
    const other = options('whole/run', { resume: true, batchSize: 4 });
    await expect(train(other)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    const rates = options('whole/run', { resume: true, schedule: () => 0.1 });
    await expect(train(rates)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    const manifest = join(folder, 'whole/run/manifest.jsonl');
    const before = await readFile(manifest, 'utf8');
    await drawColours(join(folder, 'others'), 13);
    const pictures = options('whole/run', { resume: true, data: join(folder, 'others') });
    await expect(train(pictures)).rejects.toThrow(/other pictures/);
    expect(await readFile(manifest, 'utf8')).toBe(before);
  });

  it('keeps what it has learned where it is stopped while it waits for pictures', async () => {
    // What can be decoded is known, so the first epoch decodes as it goes.
    await cp(join(folder, 'whole/.features'), join(folder, 'waiting/.features'), { recursive: true });
    const stop = new AbortController();
    let done = 0;
    const onProgress = ({ phase }: TrainProgress): void => {
      if (phase === 'training' && ++done === 2) setImmediate(() => stop.abort());
    };
    const stopped = train(options('waiting/run', { signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    const { resumedAt } = await train(options('waiting/run', { resume: true }));
    expect(resumedAt).toBe(done);
    expect(await tensorsOf('waiting/run')).toEqual(await tensorsOf('whole/run'));
  });

  it('goes on without a picture that could not be read when it began', async () => {
    const late = join(folder, 'late');
    await cp(data, late, { recursive: true });
    const stop = new AbortController();
    const onProgress = ({ phase }: TrainProgress): void => {
      if (phase === 'training') stop.abort();
    };
    const stopped = train(options('lately/run', { data: late, signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await cp(join(late, 'red', '0.png'), join(late, 'red', 'notes.png'));
    const resumed = await train(options('lately/run', { data: late, resume: true }));
    expect(resumed.skipped).toEqual(whole.skipped);
    expect(await tensorsOf('lately/run')).toEqual(await tensorsOf('whole/run'));
  });

  it('lowers its rate on a plateau, down to the least', async () => {
    const plateau = { patience: 1, minDelta: 100, minRate: 0.02 };
    const flat = options('flat/run', { epochs: 5, schedule: () => 0.3, validationShare: 0.25, plateau });
    const { history } = await train(flat);
    const rates = history.map(({ learningRate }) => learningRate);
    expect(rates).toEqual([0.3, 0.3, expect.closeTo(0.03, 9), 0.02, 0.02]);
    const other = train({ ...flat, epochs: 6, resume: true, plateau: { patience: 2 } });
    await expect(other).rejects.toThrow(/another plateau/);
  });

  it('is the same, to the last bit, where an earlier run has decoded the pictures', async () => {
    const cache = join(folder, 'found/.features');
    await cp(join(folder, 'whole/.features'), cache, { recursive: true });
    const [verdicts] = await readdir(cache);
    const before = await stat(join(cache, verdicts!));
    const found = await train(options('found/run'));
    // It was asked, had an answer for each, and so was not written again.
    expect((await stat(join(cache, verdicts!))).mtimeMs).toBe(before.mtimeMs);
    expect(found.skipped).toEqual(whole.skipped);
    expect(await modelOf('found/run')).toEqual(await modelOf('whole/run'));
    const manifestOf = (run: string) => readFile(join(folder, run, 'run/manifest.jsonl'), 'utf8');
    expect(await manifestOf('found')).toBe(await manifestOf('whole'));
    expect(await tensorsOf('found/run')).toEqual(await tensorsOf('whole/run'));
    const withoutPace = async (run: string): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, run, 'run/result.json'), 'utf8'), (key, value) =>
        key === 'imagesPerSecond' || key === 'file' ? undefined : value,
      );
    expect(await withoutPace('found')).toEqual(await withoutPace('whole'));
  });

  it('goes on for more epochs', async () => {
    await train(options('longer/run', { epochs: 3 }));
    await train(options('longer/run', { resume: true }));
    expect(await tensorsOf('longer/run')).toEqual(await tensorsOf('whole/run'));
  });

  it('ends when validation gets no better', async () => {
    const { history, bestEpoch } = await train(
      options('early', { epochs: 30, patience: 2, schedule: (epoch) => (epoch < 2 ? 0.1 : -0.1) }),
    );
    expect(history.length).toBe(bestEpoch + 2);
    expect(history.length).toBeLessThan(30);
  });
});

describe('the page', () => {
  it('is there while the run trains, and says when it has ended', async () => {
    const out = join(folder, 'watched');
    const pages: string[] = [];
    const { history } = await train(
      options('watched', {
        epochs: 2,
        onEpoch: async () => {
          const path = join(out, 'index.html');
          pages.push(await readFile(path, 'utf8'));
        },
      }),
    );
    expect(history).toHaveLength(2);
    for (const page of pages) expect(page).toMatch(/<title>watched: (epoch|training)/);
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('<title>watched: ended</title>');
  });
});

describe('a model that is trained further', () => {
  it('learns with its head alone from features that are computed once', async () => {
    const phases = new Set<string>();
    const { test, parameters, file } = await train(
      options('head', {
        model: whole.file,
        frozen: ['*', '!predictions/*'],
        schedule: () => 0.5,
        onProgress: ({ phase }) => phases.add(phase),
      }),
    );
    expect(phases).toContain('features');
    expect(parameters.trainable).toBe(12 * 3 + 3);
    expect(test!.accuracy).toBe(1);
    await using classifier = await loadClassifier(file, { workers: 1 });
    expect((await classifier.classify(join(data, 'blue', '0.png'))).classes.blue).toBeGreaterThan(0.8);
  });

  it('keeps what is frozen', async () => {
    await train(options('part', { frozen: ['bn/*', 'predictions/bias'] }));
    const names = [...(await tensorsOf('part')).keys()];
    const updated = names.filter((name) => name.startsWith('velocity/'));
    expect(updated).toEqual(['velocity/conv/kernel', 'velocity/predictions/kernel']);
    const values = await tensorsOf('part');
    expect(values.get('bn/moving_mean')!.data.every((value) => value === 0)).toBe(true);
    expect((await tensorsOf('whole/run')).get('bn/moving_mean')!.data.some((value) => value !== 0)).toBe(
      true,
    );
  });
});
