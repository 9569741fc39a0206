/** Evaluations as a whole: a trained model on its own data, predictions of others, label maps, bad input. */
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CalibrateOptions, calibrate, type EvaluateOptions, evaluate, train } from '@figleaf/lab';
import { atTemperature, type ClassProbabilities, type FigleafError, loadClassifier } from 'figleaf';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkEvaluation } from '../../src/evaluate/evaluate.ts';
import { reportPage } from '../../src/evaluate/report-page.ts';
import { comparedTablesOf, tablesOf } from '../../src/evaluate/table.ts';
import { sha256 } from '../../src/sha256.ts';
import { CLASSES, drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);
const quick = (options: EvaluateOptions) => evaluate({ resamples: 50, workers: 1, ...options });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-evaluate-'));
  await drawColours(at('colours'), 10);
  await train({
    data: at('colours'),
    model: TINY,
    epochs: 12,
    out: at('run'),
    batchSize: 8,
    threads: 1,
    schedule: () => 0.05,
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Scores of all colours as a file. */
async function predict(name: string, scoreOf: (colour: string, index: number) => number[]): Promise<string> {
  const rows = CLASSES.flatMap((colour) =>
    Array.from({ length: 10 }, (_, index) => [`${colour}/${index}.png`, ...scoreOf(colour, index)].join(',')),
  );
  await writeFile(at(name), `path,${CLASSES.join(',')}\n${rows.join('\n')}\n`);
  return at(name);
}

const certain = (colour: string): number[] => CLASSES.map((name) => (name === colour ? 1 : 0));

describe('evaluate', () => {
  it.skipIf(process.platform === 'win32')('lists a link that leads back, which is no class', async () => {
    await cp(at('colours'), at('linked'), { recursive: true });
    await symlink('.', at('linked', 'self'));
    const predictions = [await predict('linked.csv', certain)];
    const { classes, pictures, unreadable } = await quick({ data: [at('linked')], predictions });
    expect(classes).toEqual(CLASSES);
    expect(pictures).toBe(30);
    expect(unreadable).toMatchObject([{ name: 'self', code: 'input-unreadable' }]);
  });

  it('measures a trained model on its own data, by the parts of its training', async () => {
    const model = at('run', 'model.onnx');
    const report = await quick({ data: [at('colours')], models: [model], part: 'test' });
    expect(report).toMatchObject({
      classes: CLASSES,
      pictures: 6,
      positive: null,
      unreadable: [],
      resamples: 50,
    });
    const [found] = report.models;
    expect(found!.accuracy).toBeGreaterThan(0.6);
    expect(found!.byClass.map(({ support }) => support)).toEqual([2, 2, 2]);
    expect(found!.confusion!.flat().reduce((a, b) => a + b)).toBe(6);
    expect(found!.calibration.logLoss).toBeGreaterThan(0);
    expect(found!.seen).toBe(0);
    // 30 pictures, of which 6 are for the test and 3 for validation.
    const all = await quick({ data: [at('colours')], models: [model] });
    expect(all.models[0]!.seen).toBe(21);
  });

  it('knows again what a model learnt from: copies of it, and what that was made of', async () => {
    await cp(at('colours'), at('originals'), { recursive: true });
    const rows = await Promise.all(
      CLASSES.flatMap((colour) =>
        Array.from({ length: 10 }, async (_, index) => {
          const bytes = await sharp(at('colours', colour, `${index}.png`))
            .webp({ lossless: true })
            .toBuffer();
          await mkdir(at('prepared', colour), { recursive: true });
          await writeFile(at('prepared', colour, `a-${index}.webp`), bytes);
          const original = await readFile(at('colours', colour, `${index}.png`));
          return {
            ...{ name: `${colour}/a-${index}.webp`, class: colour, part: index < 7 ? 'train' : 'test' },
            originalSha256: sha256(original),
          };
        }),
      ),
    );
    const manifest = at('prepared', 'manifest.jsonl');
    await writeFile(manifest, rows.map((row) => JSON.stringify(row)).join('\n'));
    await train({
      data: manifest,
      model: TINY,
      epochs: 1,
      out: at('prepared-run'),
      batchSize: 8,
      threads: 1,
    });
    const models = [at('prepared-run', 'model.onnx'), at('run', 'model.onnx')];
    const learnt = (await readFile(at('prepared-run', 'manifest.jsonl'), 'utf8')).match(/"train"/g)!.length;
    const seenOf = async (data: string) =>
      (await quick({ data: [data], models })).models.map(({ seen }) => seen);
    expect(await seenOf(at('originals'))).toEqual([learnt, 21]);
    await writeFile(
      at('prepared', 'all.jsonl'),
      rows.map(({ part: _, ...row }) => JSON.stringify(row)).join('\n'),
    );
    expect(await seenOf(at('prepared', 'all.jsonl'))).toEqual([learnt, 21]);
    await mkdir(at('renamed', 'red'), { recursive: true });
    await mkdir(at('renamed', 'blue'), { recursive: true });
    for (const index of [0, 1]) {
      for (const colour of ['red', 'blue'])
        await cp(at('prepared', colour, `a-${index}.webp`), at('renamed', colour, `other-${index}.webp`));
    }
    const text = await readFile(at('prepared-run', 'manifest.jsonl'), 'utf8');
    const expected = ['red', 'blue'].flatMap((colour) =>
      [0, 1].filter((index) => new RegExp(`${colour}/a-${index}\\.webp.*"train"`).test(text)),
    );
    expect(await seenOf(at('renamed'))).toEqual([expected.length, 0]);
  });

  it('compares with predictions of others, says where they differ, and averages models', async () => {
    const right = await predict('right.csv', certain);
    const wrong = await predict('wrong.csv', (colour, index) => certain(index < 8 ? colour : 'red'));
    const model = at('run', 'model.onnx');
    await cp(model, at('again.onnx'));
    const report = await quick({
      data: [at('colours')],
      models: [model, `${model}+${at('again.onnx')}`],
      predictions: [right, wrong],
    });
    expect(report.models.map(({ name, members }) => [name, members])).toEqual([
      ['run', [model]],
      ['run+again', [model, at('again.onnx')]],
      ['right', [right]],
      ['wrong', [wrong]],
    ]);
    const [alone, twice, perfect, other] = report.models;
    expect(twice!.byClass.map(({ rocAuc }) => rocAuc)).toEqual(alone!.byClass.map(({ rocAuc }) => rocAuc));
    // All of 30 and of 10 are not all that there are: n / (n + 1.96^2) at the least.
    expect(perfect).toMatchObject({
      accuracy: 1,
      accuracyInterval: { low: expect.closeTo(0.8865, 4), high: 1 },
      macroF1Interval: null,
    });
    for (const { intervals } of perfect!.byClass) {
      expect(intervals).toMatchObject({
        precision: { low: expect.closeTo(0.7225, 4), high: 1 },
        recall: { low: expect.closeTo(0.7225, 4), high: 1 },
        f1: { low: expect.closeTo(0.8389, 4), high: 1 },
        rocAuc: null,
        averagePrecision: null,
      });
    }
    expect(other!.accuracy).toBeCloseTo(26 / 30, 12);
    expect(other!.byClass.map(({ recall }) => recall)).toEqual([0.8, 0.8, 1]);
    expect(report.comparisons.at(-1)).toMatchObject({
      onlyFirst: 4,
      onlySecond: 0,
      method: 'exact',
      p: 0.125,
    });
    const names = report.mistakes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['blue/8.png', 'blue/9.png', 'green/8.png', 'green/9.png']));
    expect(report.mistakeCount).toBe(names.length);
    const mistake = report.mistakes.find(({ name }) => name === 'blue/8.png')!;
    expect(mistake.truth).toEqual(['blue']);
    expect(mistake.said.slice(2)).toEqual([
      { classes: ['blue'], score: 1, isRight: true },
      { classes: ['red'], score: 1, isRight: false },
    ]);
  });

  it('names the surest mistakes first, those that were said with the highest score', async () => {
    // All blue pictures are taken for red, the more surely the later, and none of them is taken for blue at all.
    const scores = await predict('surer.csv', (colour, index) =>
      colour === 'blue' ? [0, 0.35 - index / 50, 0.65 + index / 50] : certain(colour),
    );
    await cp(scores, at('as-sure.csv'));
    const report = await quick({ data: [at('colours')], predictions: [scores, at('as-sure.csv')] });
    const said = report.mistakes.map((mistake) => mistake.said[0]!.score);
    expect(said).toHaveLength(10);
    expect(said).toEqual([...said].sort((a, b) => b - a));
    expect(reportPage(report, new Map())).not.toContain('class="badge"');
  });

  it('writes a report and a page, whose pictures show nothing unless asked for', async () => {
    const scores = await predict('third.csv', (colour, index) => certain(index < 6 ? colour : 'red'));
    const options = { data: [at('colours')], predictions: [scores], out: at('report') };
    const report = await quick(options);
    expect(JSON.parse(await readFile(at('report', 'report.json'), 'utf8'))).toEqual(report);
    const page = await readFile(at('report', 'index.html'), 'utf8');
    expect(page).toContain('<p class="file" title="colours/blue/6.png">');
    // Three short names stand upright above large cells.
    expect(page).toContain('<table class="named matrix few">');
    expect(page).toContain('<div class="card epochs low">');
    const sizes = async (text: string) => {
      const pictures = [...text.matchAll(/data:image\/webp;base64,([^"]+)/g)].map(([, data]) =>
        Buffer.from(data!, 'base64'),
      );
      return Promise.all(pictures.map(async (data) => (await sharp(data).metadata()).width));
    };
    expect(await sizes(page)).toEqual(new Array(8).fill(8));
    await quick({ ...options, isBlurred: false });
    expect(await sizes(await readFile(at('report', 'index.html'), 'utf8'))).toEqual(new Array(8).fill(20));
    await writeFile(at('report', 'index.html'), 'mine');
    await expect(quick(options)).rejects.toMatchObject({ code: 'output-exists' });
  });

  it('says the same with the same seed', async () => {
    const scores = await predict('some.csv', (colour, index) => certain(index % 3 ? colour : 'blue'));
    const options = { data: [at('colours')], predictions: [scores], seed: 3 };
    const [a, b] = [await quick(options), await quick(options)];
    expect({ ...a, created: '' }).toEqual({ ...b, created: '' });
  });

  it('renames classes on both sides, adds up what shares a target, and knows what alarms are about', async () => {
    const scores = await predict('mix.csv', (colour) =>
      colour === 'red' ? [0.1, 0.3, 0.6] : [0.4, 0.3, 0.3],
    );
    const report = await quick({
      data: [at('colours')],
      predictions: [scores],
      labels: new Map([
        ['blue', 'safe'],
        ['green', null],
        ['red', 'nude'],
      ]),
      modelLabels: new Map([
        ['blue', 'safe'],
        ['green', 'nude'],
        ['red', 'nude'],
      ]),
      prevalence: 0.001,
      wish: { of: 'precision', value: 1 },
    });
    expect(report).toMatchObject({ classes: ['nude', 'safe'], positive: 'nude', pictures: 20 });
    expect(report.data[0]).toMatchObject({ leftOut: 10, part: 'all' });
    const [{ byClass, curves }] = report.models as [(typeof report.models)[0]];
    // Blue ones score 0.6 as nude, red ones 0.9.
    expect(byClass[0]).toMatchObject({ name: 'nude', precision: 0.5, recall: 1, rocAuc: 1 });
    expect(byClass[0]!.recommended).toMatchObject({ threshold: 0.75, precision: 1, recall: 1 });
    expect(byClass[0]!.atPrevalence!.precision).toBeCloseTo(0.001, 12);
    expect(curves).toMatchObject({ of: 'nude', rocAuc: 1 });
  });

  it('takes the families of models where the data tell safe from unsafe', async () => {
    await writeFile(
      at('five.jsonl'),
      [0, 1, 2, 3]
        .map((index) => {
          const porn = index / 4;
          const classes = { drawing: 0, hentai: 0.1, neutral: 0.5 - porn / 2, porn, sexy: 0.4 - porn / 2 };
          return JSON.stringify({ name: `x/${index}.png`, classes });
        })
        .join('\n'),
    );
    await mkdir(at('one-side', 'x'), { recursive: true });
    for (const index of [0, 1, 2, 3])
      await cp(at('colours', 'red', `${index}.png`), at('one-side', 'x', `${index}.png`));
    const report = await quick({
      data: [at('one-side')],
      predictions: [at('five.jsonl')],
      labels: new Map([['x', 'safe']]),
    });
    expect(report).toMatchObject({ classes: ['safe', 'unsafe'], positive: 'unsafe' });
    const [safe, unsafe] = report.models[0]!.byClass;
    expect(safe).toMatchObject({ precision: 1, recall: 0.5, rocAuc: null });
    expect(unsafe).toMatchObject({ recall: null, support: 0, precision: 0, averagePrecision: null });
    expect(unsafe!.atHalf).toMatchObject({ falsePositives: 2, falsePositiveRate: 0.5 });
    expect(report.models[0]!.labels[0]).toMatchObject({ porn: 'unsafe', hentai: 'unsafe', sexy: 'safe' });
  });

  it('recommends a threshold for a false positive rate without a picture of the class', async () => {
    const rows = [0, 1, 2, 3].map((index) => `x/${index}.png,${index / 5},${1 - index / 5}`);
    await writeFile(at('sides.csv'), `name,unsafe,safe\n${rows.join('\n')}\n`);
    await mkdir(at('safe-side', 'x'), { recursive: true });
    for (const index of [0, 1, 2, 3])
      await cp(at('colours', 'red', `${index}.png`), at('safe-side', 'x', `${index}.png`));
    const options = {
      data: [at('safe-side')],
      predictions: [at('sides.csv')],
      labels: new Map([['x', 'safe']]),
      prevalence: 0.001,
    };
    const report = await quick({ ...options, wish: { of: 'fpr', value: 0.25 } });
    const unsafe = report.models[0]!.byClass.find(({ name }) => name === 'unsafe')!;
    expect(unsafe.recommended).toMatchObject({
      threshold: 0.41,
      ...{ precision: null, recall: null, falsePositiveRate: 0.25, atPrevalence: null },
      intervals: { precision: null, recall: null, falsePositiveRate: { low: expect.any(Number) } },
    });
    expect(reportPage(report, new Map())).toContain('<dd>0.41</dd>');
    expect(comparedTablesOf(report)).toMatch(/^sides +0\.41 +- +- +25\.0 % \(?.* -$/m);
    const wished = await quick({ ...options, wish: { of: 'recall', value: 0.9 } });
    expect(reportPage(wished, new Map())).toContain('no pictures of unsafe');
    expect(comparedTablesOf(wished)).toContain('  no threshold: no pictures of unsafe');
    expect(tablesOf(wished)).toContain('unsafe: no threshold for recall at least 0.9: no pictures of unsafe');
  });

  it('says where a threshold within the false positive rate would find nothing', async () => {
    const scores = await predict('misled.csv', (colour, index) =>
      colour === 'red' ? [0.5, 0.1, 0.4] : [0.5 - index / 100, 0, 0.5 + index / 100],
    );
    const report = await quick({
      ...{ data: [at('colours')], predictions: [scores], positive: 'red', wish: { of: 'fpr', value: 0.1 } },
    });
    expect(report.models[0]!.byClass[2]!.recommended).toBeNull();
    expect(reportPage(report, new Map())).toContain('nothing within that rate finds anything');
    expect(tablesOf(report)).toContain('nothing within that rate finds anything');
  });

  it.each([
    [undefined, 'pooled', 'class said'],
    ['red', 'red', 'red'],
  ])('says of what figures of a whole model are, with %s as positive class', async (positive, of, sure) => {
    const scores = await predict('scopes.csv', certain);
    const report = await quick({
      data: [at('colours')],
      predictions: [scores],
      ...(positive && { positive }),
    });
    const headings = [`ROC AUC (${of})`, `avg. precision (${of})`, `calibration error (${sure})`];
    const page = reportPage(report, new Map());
    for (const heading of headings) expect(page).toContain(`<th scope="col">${heading}</th>`);
    const table = tablesOf(report);
    for (const heading of headings) expect(table).toContain(heading);
    const [overview, areas] = table.split('\n\n');
    for (const line of `${overview}\n${areas}`.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('gives a matrix of many classes a row of its own', async () => {
    const scores = await predict('many.csv', certain);
    const report = await quick({ data: [at('colours')], predictions: [scores] });
    const classes = Array.from({ length: 9 }, (_, index) => `class ${index}`);
    const confusion = classes.map(() => classes.map(() => 1));
    const models = report.models.map((model) => ({ ...model, confusion }));
    const page = reportPage({ ...report, classes, models }, new Map());
    expect(page).toContain('<table class="named matrix">');
    expect(page).toContain('<div class="card epochs wide">');
  });

  it('has figures for each source', async () => {
    const rows = CLASSES.flatMap((colour) =>
      [0, 1].map((index) => ({
        name: `${colour}/${index}.png`,
        class: colour,
        source: index ? 'web' : 'shop',
      })),
    );
    await writeFile(at('colours', 'some.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const scores = await predict('half.csv', (colour, index) => certain(index ? colour : 'red'));
    const report = await quick({ data: [at('colours', 'some.jsonl')], predictions: [scores] });
    expect(report.models[0]!.bySource).toMatchObject([
      { source: 'shop', pictures: 3, accuracy: 1 / 3 },
      { source: 'web', pictures: 3, accuracy: 1 },
    ]);
  });

  it('measures labels that do not exclude each other', async () => {
    const rows = [
      { name: 'red/0.png', classes: ['warm', 'plain'] },
      { name: 'red/1.png', classes: ['warm'] },
      { name: 'blue/0.png', classes: [] },
      { name: 'blue/1.png', classes: ['plain'] },
    ];
    await writeFile(at('colours', 'tags.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const scores = [
      'name,plain,warm',
      'red/0.png,0.9,0.8',
      'red/1.png,0.6,0.7',
      'blue/0.png,0.1,0.2',
      'blue/1.png,0.7,0.5',
    ];
    await writeFile(at('tags.csv'), scores.join('\n'));
    const report = await quick({ data: [at('colours', 'tags.jsonl')], predictions: [at('tags.csv')] });
    expect(report).toMatchObject({ multiLabel: true, positive: null });
    expect(report.models[0]).toMatchObject({
      accuracy: 0.5,
      confusion: null,
      calibration: { logLoss: null },
    });
    expect(report.models[0]!.byClass).toMatchObject([
      { name: 'plain', precision: 2 / 3, recall: 1, support: 2, rocAuc: 1 },
      { name: 'warm', precision: 2 / 3, recall: 1, support: 2 },
    ]);
    expect(report.mistakes.map(({ name }) => name)).toEqual(['red/1.png', 'blue/1.png']);
  });
});

describe('calibrate', () => {
  it('writes a temperature into the file that makes it as sure as it is right, for all that classify with it', async () => {
    const model = at('cooled.onnx');
    await cp(at('run', 'model.onnx'), model);
    // Half of the pictures are called by the wrong name, so nothing can be surer than half.
    const rows = CLASSES.flatMap((colour, place) =>
      Array.from({ length: 10 }, (_, index) => ({
        name: `${colour}/${index}.png`,
        class: index % 2 ? colour : CLASSES[(place + 1) % 3],
        part: 'validation',
      })),
    );
    await writeFile(at('colours', 'noisy.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const before = await classesOf(model);
    const found = await calibrate({ data: [at('colours', 'noisy.jsonl')], model, workers: 1 });
    expect(found).toMatchObject({ before: 1, pictures: 30 });
    expect(found.temperature).toBeGreaterThan(1);
    expect(found.logLoss[1]).toBeLessThan(found.logLoss[0]);
    const after = await classesOf(model);
    const expected = atTemperature(
      CLASSES.map((name) => before[name]!),
      found.temperature,
    );
    for (const [index, name] of CLASSES.entries()) expect(after[name]).toBeCloseTo(expected[index]!, 6);
    const again = await calibrate({ data: [at('colours', 'noisy.jsonl')], model, workers: 1 });
    expect(again.before).toBeCloseTo(found.temperature, 12);
    expect(again.temperature / again.before).toBeCloseTo(1, 3);
    const report = await quick({ data: [at('colours', 'noisy.jsonl')], models: [model], part: 'validation' });
    expect(report.models[0]!.calibration.logLoss).toBeCloseTo(again.logLoss[1], 6);
  });

  it.each([
    ['a model of the catalogue', { model: 'mobilenet_v2' }, 'option-invalid', /no file/],
    ['what is no model', { model: 'five.jsonl' }, 'model-invalid', /no ONNX model/],
    ['too few pictures', { part: 'test' }, 'option-invalid', /6 pictures are too few/],
    [
      'other classes',
      {
        part: 'all',
        labels: new Map([
          ['red', 'pink'],
          ['blue', 'blue'],
          ['green', 'green'],
        ]),
      },
      'label-unknown',
      /'pink'/,
    ],
  ] as const)('refuses %s', async (_, options, code, message) => {
    await writeFile(at('five.jsonl'), 'five');
    const model = 'model' in options ? options.model : 'run/model.onnx';
    const path = model.includes('.') ? at(model) : model;
    await expect(
      calibrate({ data: [at('colours')], ...options, model: path } as CalibrateOptions),
    ).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  async function classesOf(model: string): Promise<ClassProbabilities> {
    await using classifier = await loadClassifier(model, { workers: 1 });
    return (await classifier.classify(at('colours', 'red', '3.png'))).classes;
  }
});

describe('bad input', () => {
  const refusal = (options: Partial<EvaluateOptions>) =>
    quick({ data: [at('colours')], models: [at('run', 'model.onnx')], ...options }).then(
      () => null,
      ({ code, message }: FigleafError) => ({ code, message }),
    );

  it.each([
    ['an empty folder', { data: ['empty'] }, 'data-set-invalid', /no pictures in .*empty/],
    ['no folder', { data: ['nowhere'] }, 'input-not-found', /nowhere/],
    ['no data', { data: [] }, 'option-invalid', /at least one folder/],
    ['no model', { models: [] }, 'option-invalid', /at least one model/],
    ['a model twice', { models: ['mobilenet_v2', 'mobilenet_v2'] }, 'option-invalid', /twice/],
    ['an unknown model', { models: ['mobilnet_v2'] }, 'model-unknown', /mobilenet_v2/],
    ['half an ensemble', { models: ['mobilenet_v2+'] }, 'option-invalid', /joined by \+/],
    ['a map that lacks labels', { labels: new Map([['red', 'a']]) }, 'label-unknown', /'blue', 'green'/],
    [
      'a map that leaves out all',
      { labels: new Map(CLASSES.map((name) => [name, null])) },
      'data-set-invalid',
      /leaves out all 30/,
    ],
    [
      'a model map that lacks labels',
      { models: ['mobilenet_v2'], modelLabels: new Map([['porn', 'red']]) },
      'label-unknown',
      /'drawing', 'hentai', 'neutral', 'sexy' of 'mobilenet_v2'/,
    ],
    [
      'a model without the classes',
      { models: ['mobilenet_v2'] },
      'label-unknown',
      /'mobilenet_v2' knows nothing of 'blue', 'green', 'red'/,
    ],
    [
      'a model whose classes map to nothing',
      { modelLabels: new Map(CLASSES.map((name) => [name, null])) },
      'label-map-invalid',
      /all classes/,
    ],
    ['an unknown positive class', { positive: 'pink' }, 'option-invalid', /blue, green, red/],
    ['a prevalence of 1', { prevalence: 1 }, 'option-invalid', /0\.001/],
    ['a wish above 1', { wish: { of: 'recall', value: 2 } }, 'option-invalid', /from 0 to 1/],
  ] as const)('refuses %s', async (_, options, code, message) => {
    await mkdir(at('empty'), { recursive: true });
    const data = 'data' in options ? { data: options.data.map((name) => at(name)) } : {};
    expect(await refusal({ ...options, ...data } as Partial<EvaluateOptions>)).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('refuses predictions that lack pictures which can be read, and goes on without the others', async () => {
    await cp(at('colours'), at('broken'), { recursive: true });
    await writeFile(at('broken', 'red', '0.png'), 'no picture');
    const all = await predict('all.csv', certain);
    const lines = (await readFile(all, 'utf8')).split('\n');
    await writeFile(at('some-missing.csv'), lines.filter((line) => !/red\/[01]/.test(line)).join('\n'));
    expect(
      await refusal({ data: [at('broken')], models: [], predictions: [at('some-missing.csv')] }),
    ).toMatchObject({
      code: 'predictions-invalid',
      message: expect.stringMatching(/lacks 2 of 30 pictures, such as 'red\/1.png'/),
    });
    await writeFile(at('one-missing.csv'), lines.filter((line) => !/red\/0/.test(line)).join('\n'));
    const report = await quick({
      data: [at('broken')],
      models: [at('run', 'model.onnx')],
      predictions: [at('one-missing.csv')],
    });
    expect(report.pictures).toBe(29);
    expect(report.unreadable).toMatchObject([{ name: 'red/0.png', code: 'not-an-image' }]);
    expect(report.models[1]).toMatchObject({ accuracy: 1 });
  });

  it('refuses pictures that would count twice', async () => {
    const twice = { code: 'option-invalid', message: expect.stringMatching(/in the data twice/) };
    expect(await refusal({ data: [at('colours'), join(at('colours'), '.')] })).toMatchObject(twice);
    await writeFile(at('some.jsonl'), JSON.stringify({ name: 'colours/red/3.png', class: 'red' }));
    expect(await refusal({ data: [at('colours'), at('some.jsonl')] })).toMatchObject(twice);
  });

  it('refuses a report below a file', async () => {
    expect(await refusal({ out: at('colours', 'red', '0.png', 'report') })).toMatchObject({
      code: 'output-unwritable',
    });
  });

  it('refuses pictures of which none can be read', async () => {
    await mkdir(at('junk', 'red'), { recursive: true });
    await writeFile(at('junk', 'red', '0.png'), 'no picture');
    expect(await refusal({ data: [at('junk')] })).toMatchObject({
      code: 'data-set-invalid',
      message: expect.stringMatching(/the only picture cannot be judged/),
    });
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(quick({ data: [at('colours')], models: [at('run', 'model.onnx')], signal })).rejects.toThrow(
      'enough',
    );
  });

  it('leaves no empty folder behind, and none that was there before away', async () => {
    const stop = new AbortController();
    const stopped = (out: string) =>
      quick({
        ...{ data: [at('colours')], models: [at('run', 'model.onnx')], out, signal: stop.signal },
        onProgress: () => stop.abort(new Error('enough')),
      });
    await expect(stopped(at('new', 'report'))).rejects.toThrow('enough');
    await expect(access(at('new'))).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(at('old'));
    await expect(stopped(at('old', 'report'))).rejects.toThrow('enough');
    expect(await readdir(at('old'))).toEqual([]);
    await checkEvaluation({ data: [at('colours')], models: [at('run', 'model.onnx')], out: at('checked') });
    await expect(access(at('checked'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
