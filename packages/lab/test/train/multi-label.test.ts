/** Pictures of several classes: what is counted, and a model that says each by itself. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrainOptions, type TrainResult, train } from '@figleaf/lab';
import { readMetadata } from '@figleaf/onnx/metadata';
import { sigmoidCrossEntropy } from '@figleaf/onnx/nn';
import { loadClassifier } from 'figleaf';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addHits, f1Of, NO_HITS } from '../../src/train/metrics.ts';
import { TINY } from '../tiny.ts';

const LABELS = ['blue', 'green', 'red'] as const;

let folder = '';
let result: TrainResult;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-multi-label-'));
  const lines: string[] = [];
  for (let index = 0; index < 96; index++) {
    const classes = LABELS.filter((_, bit) => (index >> bit) & 1);
    await writeFile(join(folder, `${index}.png`), await draw(classes, index % 30));
    lines.push(JSON.stringify({ name: `${index}.png`, classes }));
  }
  await writeFile(join(folder, 'manifest.jsonl'), lines.join('\n'));
  result = await train(options('run'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The sum of some colours. */
function draw(classes: readonly string[], shade: number): Promise<Buffer> {
  const level = (name: string): number => (classes.includes(name) ? 225 : 10) + shade;
  const background = { r: level('red'), g: level('green'), b: level('blue') };
  return sharp({ create: { width: 16, height: 16, channels: 3, background } })
    .png()
    .toBuffer();
}

function options(out: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...{ data: join(folder, 'manifest.jsonl'), model: TINY, epochs: 30, batchSize: 8, threads: 1 },
    ...{ schedule: (epoch: number) => 0.5 * 0.95 ** epoch, out: join(folder, out) },
    ...more,
  };
}

describe('a training on pictures of several classes', () => {
  it('learns each, and says how well', () => {
    expect(result.classes).toEqual(LABELS);
    const [first, last] = [result.history[0]!, result.history.at(-1)!];
    expect(last.loss).toBeLessThan(first.loss / 2);
    expect(last.validationF1).toBeGreaterThan(0.9);
    expect(result.test!.accuracy).toBeGreaterThan(0.8);
    expect(result.test!.f1).toBeGreaterThan(0.9);
    // An answer is right where all of it is, so there are fewer of those.
    expect(result.test!.accuracy).toBeLessThanOrEqual(result.test!.f1!);
  });

  it('makes a model that says each class by itself', async () => {
    expect(readMetadata(await readFile(result.file)).metadata).toMatchObject({
      labels: LABELS,
      output: 'independent',
    });
    await using classifier = await loadClassifier(result.file, { workers: 1 });
    for (const classes of [[], ['red'], ['blue', 'green'], LABELS]) {
      const answer = await classifier.classify(await draw(classes, 12));
      expect(answer.scores).toBeNull();
      expect(LABELS.filter((label) => answer.classes[label]! > 0.5)).toEqual(classes);
    }
  });

  it('writes a manifest that it can be begun with again', async () => {
    const text = await readFile(join(folder, 'run/manifest.jsonl'), 'utf8');
    expect(JSON.parse(text.split('\n')[0]!)).toEqual({
      name: '0.png',
      classes: [],
      part: expect.stringMatching(/^train|validation|test$/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await writeFile(join(folder, 'again.jsonl'), text);
    const again = await train(options('again', { data: join(folder, 'again.jsonl'), seed: 9, epochs: 1 }));
    expect(again.pictures).toEqual(result.pictures);
  });

  it('smooths its answers, and may be of one class a picture', async () => {
    const smooth = await train(options('smooth', { labelSmoothing: 0.2, epochs: 2 }));
    expect(smooth.history[0]!.loss).not.toBe(result.history[0]!.loss);
    const lines = Array.from({ length: 24 }, (_, index) => {
      const name = 1 << (index % 3);
      return JSON.stringify({ name: `${name + 8 * Math.floor(index / 3)}.png`, class: LABELS[index % 3] });
    });
    await writeFile(join(folder, 'one.jsonl'), lines.join('\n'));
    const loss = sigmoidCrossEntropy();
    const one = await train(options('one', { data: join(folder, 'one.jsonl'), loss, epochs: 2 }));
    expect(one.test).toHaveProperty('f1');
  });
});

describe('F1', () => {
  it('counts over all classes and pictures', () => {
    const once = addHits(NO_HITS, Float32Array.of(1, -1, 0.5, -3), Float32Array.of(1, 1, 0, 0));
    expect(once).toEqual({ said: 2, there: 2, both: 1 });
    expect(f1Of(addHits(once, Float32Array.of(2), Float32Array.of(1)))).toBeCloseTo(4 / 6, 12);
    expect(f1Of(NO_HITS)).toBeNull();
  });
});
