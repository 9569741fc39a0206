/** What cannot be trained, or only in part: each with its code, and what is said of it. */
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainOptions, type TrainStart, train } from '@figleaf/lab';
import {
  conv,
  flatten,
  floats,
  GraphBuilder,
  gemm,
  modelOf,
  reduceMean,
  writeMetadata,
  writeModel,
} from '@figleaf/onnx';
import type { ModelMetadata } from '@figleaf/onnx/metadata';
import { classifierHead, softmaxCrossEntropy } from '@figleaf/onnx/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

let folder = '';
let data = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-bad-input-'));
  data = join(folder, 'data');
  await drawColours(data, 12);
});
afterAll(() => rm(folder, { recursive: true }));

let count = 0;

/** Options of a run in a folder of its own. */
function options(more: Partial<TrainOptions> = {}): TrainOptions & { readonly out: string } {
  const out = join(folder, 'runs', `run-${count++}`);
  return { data, model: TINY, epochs: 2, batchSize: 8, schedule: () => 0.1, threads: 1, out, ...more };
}

async function fails(more: Partial<TrainOptions>, code: string, message: RegExp): Promise<void> {
  const failure = await train(options(more)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
}

async function manifest(name: string, lines: readonly object[]): Promise<string> {
  const path = join(data, name);
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

const colours = (each: number, fieldsOf: (colour: string) => object): object[] =>
  ['blue', 'green', 'red'].flatMap((colour) =>
    Array.from({ length: each }, (_, index) => ({ name: `${colour}/${index}.png`, ...fieldsOf(colour) })),
  );

describe('pictures', () => {
  it('of one class are refused', async () => {
    await mkdir(join(folder, 'one'));
    await drawColours(join(folder, 'one', 'all'), 2);
    await fails(
      { data: join(folder, 'one') },
      'data-set-invalid',
      /only the class 'all'.*at least two classes/,
    );
    const path = await manifest(
      'one.jsonl',
      colours(2, () => ({ class: 'colour' })),
    );
    await fails({ data: path }, 'data-set-invalid', /only the class 'colour'.*at least two classes/);
  });

  it('of an empty class are asked for', async () => {
    const empty = join(folder, 'empty');
    await drawColours(empty, 2);
    await mkdir(join(empty, 'violet'));
    await fails({ data: empty }, 'data-set-invalid', /the class 'violet' in .* is empty: put pictures there/);
  });

  it('that cannot be read are left out, and counted', async () => {
    const odd = join(folder, 'odd');
    await drawColours(odd, 12);
    await writeFile(join(odd, 'red', 'text.png'), 'no picture');
    await writeFile(join(odd, 'red', 'empty.png'), '');
    await writeFile(join(odd, 'blue', 'cut.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    const found: TrainStart[] = [];
    await train(options({ data: odd, epochs: 1, onStart: (start) => found.push(start) }));
    expect(found[0]!.skipped.map(({ name, code }) => [name, code])).toEqual([
      ['blue/cut.png', 'image-truncated'],
      ['red/empty.png', 'input-empty'],
      ['red/text.png', 'not-an-image'],
    ]);
    const { train: learned, validation, test } = found[0]!.pictures;
    expect(learned + validation + test).toBe(36);
  });

  it.skipIf(process.platform === 'win32')('behind a link that leads back are left out with it', async () => {
    const linked = join(folder, 'linked');
    await drawColours(linked, 12);
    await symlink('.', join(linked, 'self'));
    const found: TrainStart[] = [];
    await train(options({ data: linked, epochs: 1, onStart: (start) => found.push(start) }));
    expect(found[0]!.classes).toEqual(['blue', 'green', 'red']);
    expect(found[0]!.skipped).toMatchObject([{ name: 'self', code: 'input-unreadable' }]);
  });

  it('that a manifest names and nobody has are left out, and counted', async () => {
    const lines = colours(13, (colour) => ({ class: colour }));
    const { skipped, pictures } = await train(
      options({ data: await manifest('missing.jsonl', lines), epochs: 1 }),
    );
    expect(skipped).toMatchObject(
      ['blue', 'green', 'red'].map((colour) => ({ name: `${colour}/12.png`, code: 'input-unreadable' })),
    );
    expect(pictures.train + pictures.validation + pictures.test).toBe(36);
  });

  it('of a class without any that can be read are asked for', async () => {
    const none = join(folder, 'none');
    await drawColours(none, 3);
    await mkdir(join(none, 'violet'));
    await writeFile(join(none, 'violet', 'a.png'), 'no picture');
    const message =
      /the class 'violet' has no picture to train with .*1 files were left out, the first because/;
    await fails({ data: none }, 'data-set-invalid', message);
  });

  it('fewer than a batch are refused', async () => {
    await fails({ batchSize: 28 }, 'data-set-invalid', /27 pictures to train with, fewer than a batch of 28/);
  });

  it('of several classes need a loss that asks about each', async () => {
    const path = await manifest(
      'several.jsonl',
      colours(12, (colour) => ({ classes: [colour] })),
    );
    await fails({ data: path, loss: softmaxCrossEntropy() }, 'option-invalid', /sigmoidCrossEntropy/);
  });

  it('of a line that is none are named by its number', async () => {
    await writeFile(join(data, 'broken.jsonl'), '{"name":"red/1.png","class":"red"}\n{"name":\n');
    await fails(
      { data: join(data, 'broken.jsonl') },
      'manifest-invalid',
      /line 2 of '.*broken\.jsonl': it is not JSON/,
    );
  });
});

describe('options', () => {
  it.each<[string, Partial<TrainOptions>, string, RegExp]>([
    [
      'a picture too small',
      { model: 'xception', size: 16 },
      'option-invalid',
      /at least 71 pixels a side, not of 16/,
    ],
    ['half a pixel', { model: 'small-cnn', size: 32.5 }, 'option-invalid', /not of 32\.5/],
    [
      'another size than the file has',
      { model: 'mobilenet_v2', size: 96 },
      'option-invalid',
      /takes pictures of 224 x 224, not of 96/,
    ],
    ['no epoch', { epochs: 0 }, 'option-invalid', /epochs is a whole number of at least 1, not 0/],
    [
      'half a batch',
      { batchSize: 0.5 },
      'option-invalid',
      /batchSize is a whole number of at least 1, not 0\.5/,
    ],
    ['half a seed', { seed: 1.5 }, 'option-invalid', /seed is a whole number, not 1\.5/],
    ['weights that grow', { l2: { rate: -1 } }, 'option-invalid', /l2 is 0 or more, not -1/],
    ['all dropped', { dropout: 1 }, 'option-invalid', /dropout is from 0 to below 1, not 1/],
    [
      'too smooth answers',
      { labelSmoothing: -0.1 },
      'option-invalid',
      /labelSmoothing is from 0 to below 1, not -0\.1/,
    ],
    [
      'a model that nobody knows',
      { model: 'exception' },
      'model-unknown',
      /no model 'exception' to train; there are: xception/,
    ],
    [
      'a file that is not there',
      { model: 'nowhere/model.onnx' },
      'model-not-found',
      /cannot read the model file/,
    ],
    [
      'a frozen layer that is none',
      { frozen: ['conv/*', 'cnov2/*'] },
      'option-invalid',
      /'cnov2\/\*' fits no parameter of 'tiny', .* such as 'conv\/kernel'/,
    ],
    ['all frozen', { frozen: ['*'] }, 'option-invalid', /nothing is left to learn/],
    [
      'a rate for what is not there',
      { rateFactors: { 'head/*': 2 } },
      'option-invalid',
      /'head\/\*' fits no parameter/,
    ],
    [
      'a rate uphill',
      { rateFactors: { 'conv/*': -1 } },
      'option-invalid',
      /'conv\/\*' is multiplied with 0 or more, not -1/,
    ],
  ])('that make no sense are named: %s', (_, more, code, message) => fails(more, code, message));
});

describe('a checkpoint', () => {
  it('of another model is refused', async () => {
    const first = options({ epochs: 1 });
    await train(first);
    const { out } = first;
    const message =
      /last\.safetensors' is of a run with another model \(tiny, not small-cnn\): resume with what it was begun with/;
    await fails({ out, resume: true, model: 'small-cnn', size: 16 }, 'checkpoint-mismatch', message);
    const head = { ...TINY, build: (classes: number) => ({ ...TINY.build(classes + 1), classes }) };
    await fails(
      { out, resume: true, model: head },
      'checkpoint-mismatch',
      /another optimiser, loss, dropout or choice of frozen layers/,
    );
  });

  it('of a run that dropped another share is refused', async () => {
    const first = options({ epochs: 1 });
    await train(first);
    const less = {
      ...TINY,
      build: (classes: number) => ({ ...TINY.build(classes), head: classifierHead(classes, 0.25) }),
    };
    await fails({ out: first.out, resume: true, model: less }, 'checkpoint-mismatch', /another .*dropout/);
  });

  it('of a run on another file of the same name is refused', async () => {
    const base = options({ epochs: 1 });
    const { file } = await train(base);
    const first = options({ epochs: 1, model: file });
    await train(first);
    await train({ ...base, epochs: 2, resume: true });
    await fails(
      { out: first.out, resume: true, epochs: 1, model: file },
      'checkpoint-mismatch',
      /another file of that model/,
    );
  });

  it('of the best epoch is asked for where it is gone', async () => {
    const run = options({ epochs: 1, validationShare: 0.25 });
    await train(run);
    await rm(join(run.out, 'best.safetensors'));
    await fails(
      { ...run, resume: true },
      'checkpoint-invalid',
      /best\.safetensors', the model of the best epoch, is gone/,
    );
  });

  it('that is none is refused', async () => {
    const run = options();
    await mkdir(run.out, { recursive: true });
    await writeFile(join(run.out, 'last.safetensors'), 'no checkpoint');
    await fails({ out: run.out, resume: true }, 'checkpoint-invalid', /is no checkpoint to go on with/);
    await fails({ out: run.out }, 'output-exists', /holds a run already; resume it/);
  });
});

describe('a folder that a run writes into', () => {
  it('is nothing for a second one', async () => {
    const run = options();
    let second: Promise<unknown> | undefined;
    await train({
      ...run,
      onStart: () => {
        second = train({ ...run, resume: true }).catch((error: unknown) => error);
      },
    });
    expect(await second).toMatchObject({
      code: 'output-unwritable',
      message: expect.stringMatching(/is writing '.*last\.safetensors'; wait for it/),
    });
    expect(await readdir(run.out)).not.toContain('last.safetensors.lock');
  });
});

describe('a learning rate that diverges', () => {
  it('ends the run with the step, and the last good checkpoint', async () => {
    const run = options({ schedule: (epoch) => (epoch < 1 ? 0.01 : 1e30) });
    const path = join(run.out, 'last.safetensors');
    const failure = await train(run).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({
      code: 'training-diverged',
      message: expect.stringMatching(
        /after \d+ steps: begin again with a lower learning rate\. The last good checkpoint, of step 3, is/,
      ),
    });
    expect((failure as Error).message).toContain(`'${path}'`);
    const page = await readFile(join(run.out, 'index.html'), 'utf8');
    expect(page).toContain(': failed</title>');
    expect(page).toContain('begin again with a lower learning rate');
    const { progress, values } = (await readCheckpoint(path))!;
    expect(progress.step).toBe(3);
    for (const { data: numbers } of values.values()) expect(numbers.every(Number.isFinite)).toBe(true);
  });

  it('says so where there is none yet', async () => {
    await fails({ schedule: () => 1e30 }, 'training-diverged', /There was no time for a checkpoint/);
  });
});

/** A convolution, an operator, the mean, three classes. */
async function modelWith(opType: string): Promise<string> {
  const builder = new GraphBuilder('odd');
  const x = builder.input('pictures', 'float32', ['batch', 3, 16, 16]);
  const kernel = builder.constant(
    floats(
      Array.from({ length: 4 * 27 }, (_, index) => Math.sin(index)),
      [4, 3, 3, 3],
    ),
    'conv/kernel',
  );
  const [y] = builder.node(opType, [conv(builder, x, kernel)], {}, { name: 'odd_one' });
  const features = flatten(builder, reduceMean(builder, y!, { axes: [2, 3], keepDims: true }));
  const weight = builder.constant(floats(new Float32Array(12), [4, 3]), 'dense/kernel');
  builder.output(
    gemm(builder, features, weight, builder.constant(floats([0, 0, 0]), 'dense/bias')),
    'logits',
  );
  const metadata: ModelMetadata = {
    id: 'odd',
    task: 'classify',
    labels: ['a', 'b', 'c'],
    preprocessing: TINY.preprocessing,
  };
  const path = join(folder, `${opType}.onnx`);
  await writeFile(path, writeModel(writeMetadata(modelOf(builder.build()), metadata)));
  return path;
}

describe('an imported graph with an operator that has no rule', () => {
  it('is refused, by the names of operator and node', async () => {
    const model = await modelWith('Elu');
    await fails({ model }, 'model-unsupported', /cannot train '.*': .*Elu.*odd_one/);
  });

  it('learns where nothing in front of it does', async () => {
    const model = await modelWith('Elu');
    const { prefix } = await train(options({ model, frozen: ['conv/*'], epochs: 1 }));
    expect(prefix).toEqual({ state: 'computed', bytes: 36 * 4 * 4 });
  });
});

it('a provider that the runtime has not got is refused, and what it has is named', async () => {
  await fails({ provider: 'abacus' }, 'runtime-unavailable', /'abacus' here; 'cpu' it always can/);
});

it('seconds below 0 between checkpoints are refused', async () => {
  await fails({ checkpointSeconds: -5 }, 'option-invalid', /0 or more seconds between checkpoints, not -5/);
});

it('a model that nobody knows leaves no folder', async () => {
  const wrong = options({ model: 'no-such-model' });
  await expect(train(wrong)).rejects.toMatchObject({ code: 'model-unknown' });
  await expect(access(wrong.out)).rejects.toMatchObject({ code: 'ENOENT' });
});
