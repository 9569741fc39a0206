/** The journal of a run: steps become events, and a page that cannot be written is no reason to stop. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { shownOf } from '../../test/events.ts';
import type { Progress } from './checkpoint.ts';
import { addToCurve, NO_CURVE } from './curve.ts';
import { Journal } from './journal.ts';
import type { TrainStart } from './options.ts';

let out = '';

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'figleaf-journal-'));
});

afterEach(() => rm(out, { recursive: true }));

const START: TrainStart = {
  classes: ['a', 'b'],
  pictures: { train: 320, validation: 0, test: 0 },
  skipped: [],
  parameters: { all: 3, trainable: 3 },
  prefix: { state: 'none', bytes: 0 },
  augmentation: null,
  resumedAt: 0,
  stepsPerEpoch: 40,
};

const NOTHING: Progress = {
  version: 3,
  run: {
    model: 'tiny',
    classes: ['a', 'b'],
    picture: [3, 8, 8],
    batchSize: 8,
    seed: 1,
    source: null,
    graph: '',
    data: '',
    augmentation: null,
    plateau: null,
  },
  step: 0,
  sums: { loss: 0, correct: 0, pictures: 0 },
  curve: NO_CURVE,
  history: [],
  bestEpoch: null,
  plateau: { rate: 1, best: null, wait: 0, cooldown: 0 },
  rates: [0.5],
  rate: 0.1,
  skipped: [],
};

const begin = (): Promise<Journal> => Journal.begin({ out, epochs: 2 }, START, NOTHING);

async function stepTo(journal: Journal, last: number): Promise<Progress> {
  let progress = NOTHING;
  for (let step = 1; step <= last; step++) {
    const point = { step, loss: step, accuracy: 0.5, learningRate: 0.25 };
    progress = { ...progress, step, curve: addToCurve(progress.curve, point) };
    await journal.step(progress, point, 100);
  }
  return progress;
}

it('gives TensorBoard the means of a twentieth of an epoch', async () => {
  const journal = await begin();
  await stepTo(journal, 7);
  await journal.stop(null, true);
  const shown = await shownOf(join(out, 'tensorboard', 'train'));
  expect(shown.get('steps/loss')).toEqual([
    [2, 1.5],
    [4, 3.5],
    [6, 5.5],
  ]);
  expect(shown.get('steps/learning_rate')).toHaveLength(3);
});

it('goes on where the page cannot be written, and says at the end what is in the way', async () => {
  const page = join(out, 'index.html');
  // As for a page that another program holds open on Windows.
  await mkdir(join(page, 'in-the-way'), { recursive: true });
  const journal = await begin();
  await stepTo(journal, 3);
  const result = { bestEpoch: 1, test: null };
  expect(await journal.end(result)).toMatch(/^cannot write '.*index\.html'/);
  await rm(page, { recursive: true });
  expect(await journal.end(result)).toBeNull();
  expect(await readFile(page, 'utf8')).toContain(': ended</title>');
});

it('keeps to the reason why a run stopped', async () => {
  const journal = await begin();
  const page = join(out, 'index.html');
  await journal.stop(new Error('the disk is full'), false);
  expect(await readFile(page, 'utf8')).toContain('<p class="notice failed">the disk is full</p>');
  await rm(page);
  await mkdir(join(page, 'in-the-way'), { recursive: true });
  await expect(journal.stop(new Error('the disk is full'), false)).resolves.toBeUndefined();
});
