/** Every figure of an evaluation, against scikit-learn, statsmodels and numpy. */
import { atTemperature } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { bootstrap, quantile } from '../../src/evaluate/metrics/bootstrap.ts';
import {
  brierScore,
  calibrationError,
  logLoss,
  reliability,
} from '../../src/evaluate/metrics/calibration.ts';
import {
  accuracyOf,
  type ClassReport,
  classReport,
  confusionMatrix,
  hitsOf,
} from '../../src/evaluate/metrics/classes.ts';
import { areasOf, precisionRecallCurve, rocCurve, trapezoidArea } from '../../src/evaluate/metrics/curves.ts';
import { mcNemar } from '../../src/evaluate/metrics/mcnemar.ts';
import { precisionAt, wilson } from '../../src/evaluate/metrics/proportions.ts';
import { countsAt, type Ranking, rank } from '../../src/evaluate/metrics/ranking.ts';
import { fitTemperature } from '../../src/evaluate/metrics/temperature.ts';
import { figuresAt, recommendThreshold, sweep } from '../../src/evaluate/metrics/thresholds.ts';
import golden from '../golden/metrics.json' with { type: 'json' };

/** Equal to 1e-9, relative for what is above 1. */
function expectNear(found: number | null, expected: number | null): void {
  if (expected === null || found === null || !Number.isFinite(expected)) expect(found).toBe(expected);
  else expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

function expectAllNear(found: readonly (number | null)[], expected: readonly (number | null)[]): void {
  expect(found.length).toBe(expected.length);
  for (const [index, value] of found.entries()) expectNear(value, expected[index]!);
}

/** The formula of the oracle. */
function numbers(count: number, series: number, levels: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => ((index * 7919 + series * 104729 + index * index * 31) % 10007) % levels,
  );
}

const normalised = (row: readonly number[]): number[] => {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => value / sum);
};

const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row));

type Case = (typeof golden.multiClass)[keyof typeof golden.multiClass];

function rowsOf({ count, classes, series, present }: Case): number[][] {
  const columns = Array.from({ length: classes }, (_, label) => numbers(count, series + label, 12));
  return Array.from({ length: count }, (_, index) => {
    const row = normalised(columns.map((column) => column[index]! + 0.25));
    return present < classes ? normalised(row.with(-1, 0)) : row;
  });
}

function truthOf({ count, series, present }: Case, rows: readonly (readonly number[])[]): number[] {
  const isHelped = numbers(count, series + 50, 3);
  const others = numbers(count, series + 60, present);
  return rows.map((row, index) => {
    const helped = argmax(row.map((p, label) => p * (17 - label)));
    return (isHelped[index]! > 0 ? helped : others[index]!) % present;
  });
}

function expectReport(
  found: ClassReport,
  {
    classes,
    support,
    macro,
    weighted,
  }: Record<'macro' | 'weighted', (number | null)[]> & {
    classes: (number | null)[][];
    support: number[];
  },
): void {
  expectAllNear(
    found.classes.map(({ precision }) => precision),
    classes[0]!,
  );
  expectAllNear(
    found.classes.map(({ recall }) => recall),
    classes[1]!,
  );
  expectAllNear(
    found.classes.map(({ f1 }) => f1),
    classes[2]!,
  );
  expect(found.classes.map((figures) => figures.support)).toEqual(support);
  expectAllNear([found.macro.precision, found.macro.recall, found.macro.f1], macro);
  expectAllNear([found.weighted.precision, found.weighted.recall, found.weighted.f1], weighted);
}

interface GoldenRanking {
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly pr_auc: number | null;
  readonly roc: number[][] | null;
  readonly precisionRecall: number[][] | null;
}

function expectCurves(ranking: Ranking, expected: GoldenRanking): void {
  const areas = areasOf(ranking);
  expectNear(areas.rocAuc, expected.rocAuc);
  expectNear(areas.averagePrecision, expected.averagePrecision);
  const roc = rocCurve(ranking);
  expect(roc === null).toBe(expected.roc === null);
  if (roc && expected.roc) {
    expectAllNear(
      roc.map(({ falsePositiveRate }) => falsePositiveRate),
      expected.roc[0]!,
    );
    expectAllNear(
      roc.map(({ truePositiveRate }) => truePositiveRate),
      expected.roc[1]!,
    );
    expectAllNear(
      roc.slice(1).map(({ threshold }) => threshold),
      expected.roc[2]!,
    );
    const points = roc.map(
      ({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate] as const,
    );
    expectNear(trapezoidArea(points), expected.rocAuc);
  }
  const curve = precisionRecallCurve(ranking);
  expect(curve === null).toBe(expected.precisionRecall === null);
  if (curve && expected.precisionRecall) {
    const [precision, recall, thresholds] = expected.precisionRecall.map((values) => values.toReversed());
    expectAllNear(
      curve.map((point) => point.precision),
      precision!,
    );
    expectAllNear(
      curve.map((point) => point.recall),
      recall!,
    );
    expectAllNear(
      curve.slice(1).map(({ threshold }) => threshold),
      thresholds!,
    );
    expectNear(trapezoidArea(curve.map((point) => [point.recall, point.precision])), expected.pr_auc);
  }
}

describe.each(Object.entries(golden.multiClass))('%s', (_, expected) => {
  const { classes } = expected;
  const rows = rowsOf(expected);
  const truth = truthOf(expected, rows);
  const said = rows.map(argmax);
  const matrix = confusionMatrix(truth, said, classes);

  it('has the figures by class, their means, the accuracy and the confusion matrix of scikit-learn', () => {
    expect(matrix).toEqual(expected.report.matrix);
    expectReport(classReport(hitsOf(matrix)), expected.report);
    expectNear(accuracyOf(matrix), expected.report.accuracy);
  });

  it.each(expected.ranked.map((ranked, label) => [label, ranked] as const))(
    'has the curves and areas of class %i',
    (label, ranked) => {
      const isLabel = truth.map((value) => value === label);
      expectCurves(
        rank(
          isLabel,
          rows.map((row) => row[label]!),
        ),
        ranked,
      );
    },
  );

  it('has the log loss, the Brier score and the calibration error', () => {
    expectNear(logLoss(rows.map((row, index) => row[truth[index]!]!)), expected.logLoss);
    expectNear(brierScore(truth, rows.flat(), classes), expected.brier);
    const bins = reliability(
      rows.map((row) => Math.max(...row)),
      said.map((label, index) => label === truth[index]),
    );
    expect(bins.map(({ count }) => count)).toEqual(expected.reliability);
    expectNear(calibrationError(bins), expected.calibrationError);
  });

  const { temperature: known } = expected;
  // Of pictures of one class scipy finds none: the surer, the better.
  if (known === null) return;
  it('finds the temperature that scipy finds', () => {
    const temperature = fitTemperature({ scores: rows.flat(), truth, classes });
    // A minimum is flat: scipy finds it to half of its digits.
    expect(Math.abs(Math.log(temperature / known))).toBeLessThan(1e-6);
    for (const row of rows) {
      const cooled = atTemperature(row, temperature);
      expect(cooled.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      expect(argmax(cooled)).toBe(argmax(row));
    }
  });
});

it('weighs classes alike where none of those that are known has a picture, as scikit-learn does', () => {
  const { weighted } = classReport(hitsOf(confusionMatrix([0, 0, 0], [1, 1, 1], 2)));
  expect(weighted).toEqual({ precision: 0, recall: 0, f1: 0 });
});

describe('several labels a picture', () => {
  const { count, classes, series, report, ranked } = golden.multiLabel.tags;
  const labels = Array.from({ length: classes }, (_, label) => {
    const scores = numbers(count, series + label, 20).map((level) => level / 19);
    const noise = numbers(count, series + 30 + label, 20).map((level) => level / 19);
    const truth = scores.map((score, index) => label < classes - 1 && score + noise[index]! > 1.1);
    return { truth, scores };
  });

  it('has the figures of scikit-learn', () => {
    const hits = labels.map(({ truth, scores }) => {
      const ranking = rank(truth, scores);
      const counts = countsAt(ranking, 0.5);
      return { ...counts, falseNegatives: ranking.positives - counts.truePositives };
    });
    expectReport(classReport(hits), report);
  });

  it.each(ranked.map((one, label) => [label, one] as const))('has the curves of label %i', (label, one) => {
    expectCurves(rank(labels[label]!.truth, labels[label]!.scores), one);
  });
});

describe('McNemar', () => {
  it.each(golden.mcNemar)('of %i and %i, by %s, is %f', (b, c, method, p) => {
    const found = mcNemar(b as number, c as number);
    expect(found.method).toBe(method);
    expect(Math.abs(found.p / (p as number) - 1)).toBeLessThan(1e-9);
  });
});

describe('thresholds', () => {
  // Best first: 0.9 +, 0.8 -, 0.7 + +, 0.3 -, 0.1 +
  const ranking = rank([1, 0, 1, 1, 0, 1], [0.9, 0.8, 0.7, 0.7, 0.3, 0.1]);

  it('counts from a score on, that one included', () => {
    expect(countsAt(ranking, 0.7)).toEqual({ truePositives: 3, falsePositives: 1 });
    expect(countsAt(ranking, 0.700001)).toEqual({ truePositives: 1, falsePositives: 1 });
    expect(countsAt(ranking, 1)).toEqual({ truePositives: 0, falsePositives: 0 });
    expect(countsAt(ranking, 0)).toEqual({ truePositives: 4, falsePositives: 2 });
    expect(figuresAt(ranking, 0.75)).toMatchObject({ precision: 0.5, recall: 0.25, falsePositiveRate: 0.5 });
    expect(figuresAt(ranking, 0.95)).toMatchObject({ precision: null, recall: 0 });
    expect(sweep(ranking).map(({ threshold }) => threshold)).toHaveLength(99);
  });

  it.each([
    [
      { of: 'precision', value: 0.75 },
      { recall: 0.75, precision: 0.75, threshold: 0.5 },
    ],
    [
      { of: 'precision', value: 0.8 },
      { recall: 0.25, precision: 1, threshold: 0.85 },
    ],
    [
      { of: 'recall', value: 0.75 },
      { recall: 0.75, precision: 0.75, threshold: 0.5 },
    ],
    [
      { of: 'recall', value: 1 },
      { recall: 1, threshold: 0.05 },
    ],
    [
      { of: 'fpr', value: 0 },
      { recall: 0.25, falsePositiveRate: 0, threshold: 0.85 },
    ],
    [
      { of: 'fpr', value: 0.5 },
      { recall: 0.75, falsePositiveRate: 0.5, threshold: 0.5 },
    ],
  ] as const)('for %j it is %j', (wish, expected) => {
    expect(recommendThreshold(ranking, wish)).toMatchObject(expected);
  });

  it('is none where nothing gives it, or nothing is of the class', () => {
    expect(recommendThreshold(rank([0, 1], [0.9, 0.1]), { of: 'precision', value: 0.6 })).toBeNull();
    expect(recommendThreshold(rank([0, 0], [0.9, 0.1]), { of: 'precision', value: 0 })).toBeNull();
    expect(recommendThreshold(rank([0, 0], [0.9, 0.1]), { of: 'recall', value: 0 })).toBeNull();
    expect(recommendThreshold(rank([1, 1], [0.9, 0.1]), { of: 'fpr', value: 0.6 })).toBeNull();
  });

  it.each(['precision', 'recall', 'fpr'] as const)('of %s is none that finds nothing', (of) => {
    // The surest is a false alarm: one of four, so a rate of 0.3 has room for it, and for nothing else.
    const misled = rank([0, 0, 1, 0, 0], [0.9, 0.8, 0.7, 0.2, 0.1]);
    const found = recommendThreshold(misled, { of, value: of === 'fpr' ? 0.3 : 0 });
    if (of === 'fpr') expect(found).toBeNull();
    else expect(found).toMatchObject({ truePositives: 1, recall: 1 });
  });

  it.each([
    [[0.9, 0.4, 0.3, 0.05], 0.25, { threshold: 0.41, falsePositives: 1, falsePositiveRate: 0.25 }],
    [[0.9, 0.4, 0.3, 0.05], 0.6, { threshold: 0.31, falsePositives: 2, falsePositiveRate: 0.5 }],
    [[0.9, 0.4, 0.4, 0.4], 0.5, { threshold: 0.41, falsePositives: 1 }],
    [[0.9, 0.4, 0.3, 0.05], 0.01, { threshold: 0.91, falsePositives: 0, falsePositiveRate: 0 }],
    [[0.9, 0.4, 0.3, 0.05], 1, { threshold: 0.01, falsePositives: 4, falsePositiveRate: 1 }],
    [[0.99999, 0.1], 0, { threshold: 0.999991, falsePositives: 0 }],
  ])(
    'of a false positive rate is the lowest without a picture of the class: %j, %f',
    (scores, value, expected) => {
      const safe = rank(new Array<number>(scores.length).fill(0), scores);
      const found = recommendThreshold(safe, { of: 'fpr', value });
      expect(found).toMatchObject({ ...expected, precision: null, recall: null, f1: null });
      expect(countsAt(safe, found!.threshold)).toMatchObject({ falsePositives: expected.falsePositives });
    },
  );

  it('is none without a picture of the class where even a score of 1 comes too often', () => {
    expect(recommendThreshold(rank([0, 0], [1, 0.1]), { of: 'fpr', value: 0.1 })).toBeNull();
  });

  it('gives on the same pictures what it was chosen for, however near scores lie', () => {
    const close = rank([1, 0], [0.500000001, 0.5]);
    const { threshold } = recommendThreshold(close, { of: 'precision', value: 1 })!;
    expect(countsAt(close, threshold)).toEqual({ truePositives: 1, falsePositives: 0 });
  });
});

describe('intervals', () => {
  it.each(golden.wilson)('of %i in %i are those of statsmodels', (part, whole, low, high) => {
    const found = wilson(part!, whole!)!;
    expectNear(found.low, Math.max(0, low!));
    expectNear(found.high, Math.min(1, high!));
  });

  it('have the quantiles of numpy', () => {
    const sorted = numbers(37, 4, 1000)
      .map((value) => value / 1000)
      .sort((a, b) => a - b);
    for (const [share, value] of golden.quantiles) expectNear(quantile(sorted, share!), value!);
  });

  it('of the bootstrap are as wide as they should be, and the same for the same seed', async () => {
    // The share of heads among 400 coins of which 120 show them.
    const coins = Array.from({ length: 400 }, (_, index) => (index % 10 < 3 ? 1 : 0));
    const share = (weights: Uint32Array) => [
      coins.reduce<number>((sum, coin, index) => sum + coin * weights[index]!, 0) / 400,
      null,
    ];
    const options = { pictures: 400, resamples: 2000, seed: 5 };
    const [interval, none] = await bootstrap(options, share);
    const width = 1.96 * Math.sqrt((0.3 * 0.7) / 400);
    expect(interval!.low).toBeCloseTo(0.3 - width, 2);
    expect(interval!.high).toBeCloseTo(0.3 + width, 2);
    expect(none).toBeNull();
    expect((await bootstrap(options, share))[0]).toEqual(interval);
    expect((await bootstrap({ ...options, seed: 6 }, share))[0]).not.toEqual(interval);
  });

  it('weigh pictures as if they were there so often', () => {
    const isPositive = [1, 0, 1, 0, 0];
    const scores = [0.9, 0.9, 0.4, 0.3, 0.4];
    const weights = [2, 0, 1, 3, 1];
    const repeated = <T>(values: readonly T[]): T[] =>
      values.flatMap((value, index) => new Array<T>(weights[index]!).fill(value));
    const found = areasOf(rank(isPositive, scores), weights);
    const expected = areasOf(rank(repeated(isPositive), repeated(scores)));
    expectNear(found.rocAuc, expected.rocAuc);
    expectNear(found.averagePrecision, expected.averagePrecision);
    expect(confusionMatrix([0, 1, 1], [1, 1, 0], 2, [2, 3, 0])).toEqual([
      [0, 2],
      [0, 3],
    ]);
  });
});

describe('precision at the prevalence of real traffic', () => {
  it('is what a count of a million pictures would be', () => {
    const detected = { truePositives: 90, positives: 100, falsePositives: 20, negatives: 1000 };
    const found = precisionAt(0.001, detected)!;
    // Of a million, 1,000 are: 900 are found, beside 19,980 false alarms.
    expect(found.precision).toBeCloseTo(900 / (900 + 19_980), 12);
    expect(found.low).toBeLessThan(found.precision);
    expect(found.high).toBeGreaterThan(found.precision);
  });

  it('is not certain where no false positive was seen among few', () => {
    const found = precisionAt(0.001, {
      truePositives: 90,
      positives: 100,
      falsePositives: 0,
      negatives: 50,
    })!;
    expect(found.precision).toBe(1);
    expect(found.low).toBeLessThan(0.01);
  });

  it('is none without both sides', () => {
    expect(
      precisionAt(0.001, { truePositives: 0, positives: 0, falsePositives: 3, negatives: 9 }),
    ).toBeNull();
    expect(
      precisionAt(0.001, { truePositives: 0, positives: 5, falsePositives: 0, negatives: 9 }),
    ).toBeNull();
  });
});
