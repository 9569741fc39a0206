/** `figleaf train` as a user runs it: killed at any moment and gone on with, wrong use, what it prints. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@figleaf/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIn } from '../../../figleaf/test/command.ts';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { drawColours } from '../drawn.ts';
import { shownOf } from '../events.ts';
import { TINY } from '../tiny.ts';
import { killUntilDone } from './kills.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lab-'));
  const data = join(folder, 'data');
  await drawColours(data, 12);
  await train({ data, model: TINY, epochs: 2, out: join(folder, 'base'), batchSize: 8, threads: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

// Enough epochs that the run is still under way when its first checkpoint is seen.
const SMALL = [
  '--model',
  'base/model.onnx',
  '--dropout',
  '0.5',
  '--epochs',
  '12',
  '--batch-size',
  '8',
  '--threads',
  '2',
];
const argsFor = (out: string, ...more: readonly string[]): string[] => [
  'train',
  'data',
  ...SMALL,
  '--checkpoint-seconds',
  '0',
  '--out',
  out,
  ...more,
];
const lastOf = (out: string) => readCheckpoint(join(folder, out, 'last.safetensors'));

/** Waits until a run has written its first checkpoint. */
async function firstCheckpoint(out: string): Promise<void> {
  const path = join(folder, out, 'last.safetensors');
  while (!(await stat(path).catch(() => null))) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('figleaf train', () => {
  it('prints a row for each epoch and what came out, and the model classifies', async () => {
    const { code, stdout, stderr } = await startIn(folder, argsFor('whole/run')).ended;
    expect(stdout.trim().split('\n')).toHaveLength(13);
    expect(stdout).toMatch(/epoch +loss +accuracy +val\. loss +val\. acc\. +rate +images\/s\n +1 /);
    expect(stderr).toMatch(/3 classes: 27 pictures to train with, 3 for validation, 6 for the test/);
    expect(stderr).toMatch(/test accuracy [\d.]+ %, epoch \d+ of 12 kept, [\d.]+ images\/s: .*model\.onnx/);
    expect(code).toBe(0);
    const judged = await startIn(folder, [
      'classify',
      '--json',
      '--model',
      'whole/run/model.onnx',
      'data/red/1.png',
    ]).ended;
    expect(Object.keys(JSON.parse(judged.stdout).classes).sort()).toEqual(['blue', 'green', 'red']);
  });

  it('ends the same, byte for byte, when it was killed at random moments', async () => {
    const args = argsFor('killed/run');
    const { kills, stdout, stderr } = await killUntilDone({
      folder,
      out: 'killed/run',
      args,
      seed: 4,
      kills: 2,
      milliseconds: 80,
    });
    expect(kills).toBeGreaterThan(0);
    expect(stderr).toMatch(/going on after step \d+, with \d+ of 12 epochs done/);
    const [heading, ...rows] = stdout.trim().split('\n');
    expect(heading).toMatch(/^epoch +loss/);
    expect(rows.at(-1)).toMatch(/^ +12 /);
    expect((await lastOf('killed/run'))!.values).toEqual((await lastOf('whole/run'))!.values);
    expect(await readFile(join(folder, 'killed/run/model.onnx'))).toEqual(
      await readFile(join(folder, 'whole/run/model.onnx')),
    );
  });

  it('ends the same, byte for byte, with augmentation too', async () => {
    const more = ['--augment', 'nudenet-2019'];
    const { code, stderr: told } = await startIn(folder, argsFor('augmented/whole', ...more)).ended;
    expect(code, told).toBe(0);
    expect(told).toContain(
      'pictures are augmented: rotate, zoom, distort, brightness, colour, contrast, skew',
    );
    const { kills } = await killUntilDone({
      ...{ folder, out: 'augmented-killed/whole', args: argsFor('augmented-killed/whole', ...more) },
      ...{ seed: 5, kills: 2, milliseconds: 80 },
    });
    expect(kills).toBeGreaterThan(0);
    const [one, other] = await Promise.all(
      ['augmented', 'augmented-killed'].map((out) => readFile(join(folder, out, 'whole/model.onnx'))),
    );
    expect(one!.equals(other!)).toBe(true);
    expect((await lastOf('augmented-killed/whole'))!.values).toEqual(
      (await lastOf('augmented/whole'))!.values,
    );
  });

  it('leaves a page and events that know nothing of the kill', async () => {
    const page = await readFile(join(folder, 'killed/run/index.html'), 'utf8');
    expect(page).toContain('<title>run: ended</title>');
    expect(page.match(/<th scope="row">/g)).toHaveLength(12);
    expect(page.match(/<figure/g)).toHaveLength(3);
    for (const [part, name] of [
      ['train', 'loss'],
      ['validation', 'validationLoss'],
    ] as const) {
      const shown = await shownOf(join(folder, 'killed/run/tensorboard', part));
      const lines = (await readFile(join(folder, 'killed/run/metrics.jsonl'), 'utf8')).trim().split('\n');
      const records = lines.map((line) => JSON.parse(line));
      expect(shown.get('epoch/loss')).toEqual(
        records.map((record) => [record.step, Math.fround(record[name])]),
      );
    }
  });

  it('trains on a manifest, with rates by name, though the page cannot be written', async () => {
    const lines = ['blue', 'green', 'red'].flatMap((name) =>
      Array.from({ length: 12 }, (_, index) =>
        JSON.stringify({ name: `${name}/${index}.png`, classes: [name] }),
      ),
    );
    await writeFile(join(folder, 'data', 'manifest.jsonl'), lines.join('\n'));
    const args = [
      'train',
      join('data', 'manifest.jsonl'),
      ...SMALL,
      '--out',
      'manifest/run',
      '--freeze',
      'conv/*',
    ];
    // As for a page that another program holds open on Windows.
    await mkdir(join(folder, 'manifest/run/index.html/in-the-way'), { recursive: true });
    const { code, stderr } = await startIn(folder, [...args, '--lr-scale', 'predictions/bias=0.5']).ended;
    expect(stderr).toMatch(/the page does not show how the run ended: cannot write '.*index\.html'/);
    expect(stderr).toMatch(/test accuracy [\d.]+ %, F1 [\d.]+, epoch/);
    expect(stderr).toMatch(/frozen layers were computed once for each picture: [\d.]+ MB kept/);
    expect(code).toBe(0);
    const odd = await startIn(folder, [...args, '--lr-scale', 'predictions/bias']).ended;
    expect(odd.stderr).toMatch(
      /--lr-scale takes PATTERN=FACTOR, such as 'block1_\*=0\.1'.*\(option-invalid\)/,
    );
  });

  it('ends with 130 on Ctrl-C, and can be gone on with', async () => {
    const { child, ended } = startIn(folder, argsFor('asked/run'));
    await firstCheckpoint('asked/run');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/go on with --resume/);
    expect(code).toBe(130);
    const page = await readFile(join(folder, 'asked/run/index.html'), 'utf8');
    expect(page).toContain('<title>run: stopped</title>');
  });

  it.each([
    [['train', 'nowhere', ...SMALL, '--out', 'x'], /no folder 'nowhere'.*\(input-not-found\)/],
    [['train', 'data', '--out', 'x'], /name a model/],
    [['train', 'data/red', ...SMALL, '--out', 'x'], /at least two classes.*\(data-set-invalid\)/],
    [['train', 'data', ...SMALL, '--out', 'x', '--lr', '-1'], /learning rate is more than 0/],
  ])('says what is wrong: %j', async (args, message) => {
    const { code, stderr } = await startIn(folder, args).ended;
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});
