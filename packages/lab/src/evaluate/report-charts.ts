/** The curves of an evaluation as charts. */
import { chart, type Look, type Point, type Series } from '../page/chart.ts';
import type { Markup } from '../page/html.ts';
import { number, percent } from './numbers.ts';
import type { EvaluationReport, ModelReport } from './report.ts';

const LOOKS: readonly Look[] = ['main', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/** The look of a model's lines; beyond the sixth they are faint. */
export function lookOf(index: number): Look {
  return LOOKS[index] ?? 'faint';
}

const UNIT: Point = [0, 1];

const asPercent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const DIAGONAL: Series = {
  name: 'by chance',
  look: 'dashed',
  points: [
    [0, 0],
    [1, 1],
  ],
};

/** All charts that have a line for each model. */
export function sharedCharts(report: EvaluationReport): Markup[] {
  const of = report.positive === null ? 'all classes pooled' : report.positive;
  return [rocChart(report, of), precisionRecallChart(report, of), reliabilityChart(report)].filter(
    (one) => one !== null,
  );
}

function rocChart({ models }: EvaluationReport, of: string): Markup | null {
  const series = models.flatMap(({ name, curves }, index): Series[] =>
    curves.roc
      ? [
          {
            name: `${name}: ${number(curves.rocAuc)}`,
            look: lookOf(index),
            points: curves.roc.map(
              ({ falsePositiveRate, truePositiveRate }): Point => [falsePositiveRate, truePositiveRate],
            ),
          },
        ]
      : [],
  );
  if (series.length === 0) return null;
  return chart({
    title: `ROC, ${of}`,
    summary: `Recall by false positive rate. Areas below the curves: ${namesOf(series)}.`,
    series: [...series, DIAGONAL],
    unit: 'false positive rate',
    xDomain: UNIT,
    yDomain: UNIT,
    xFormat: asPercent,
    format: asPercent,
  });
}

function precisionRecallChart({ models }: EvaluationReport, of: string): Markup | null {
  const series = models.flatMap(({ name, curves }, index): Series[] =>
    curves.precisionRecall
      ? [
          {
            name: `${name}: ${number(curves.averagePrecision)}`,
            look: lookOf(index),
            points: curves.precisionRecall.map(({ recall, precision }): Point => [recall, precision]),
          },
        ]
      : [],
  );
  if (series.length === 0) return null;
  return chart({
    title: `Precision by recall, ${of}`,
    summary: `Precision by recall. Average precision: ${namesOf(series)}.`,
    series,
    unit: 'recall',
    xDomain: UNIT,
    yDomain: UNIT,
    xFormat: asPercent,
    format: asPercent,
  });
}

function reliabilityChart({ models, positive, multiLabel }: EvaluationReport): Markup {
  const series = models.map(({ name, calibration }, index): Series => {
    const bins = calibration.reliability.filter(({ count }) => count > 0);
    const all = bins.reduce((sum, { count }) => sum + count, 0);
    return {
      name: `${name}: ${percent(calibration.calibrationError)}`,
      look: lookOf(index),
      points: bins.map(({ confidence, share }): Point => [confidence!, share!]),
      hasDots: true,
      shares: bins.map(({ count }) => count / all),
    };
  });
  const ofAll = multiLabel ? 'of all classes pooled' : 'of the class that is said';
  const what = positive === null ? ofAll : `of ${positive}`;
  return chart({
    title: `Reliability ${what}`,
    summary: `Share that came true by the probability that was said. Expected calibration errors: ${namesOf(series)}.`,
    series: [...series, { ...DIAGONAL, name: 'as sure as right' }],
    unit: 'probability that was said',
    xDomain: UNIT,
    yDomain: UNIT,
    xFormat: asPercent,
    format: asPercent,
  });
}

/** What follows from each threshold, of one model. */
export function sweepChart({ curves, byClass }: ModelReport): Markup {
  const { sweep, of } = curves;
  const line = (
    name: string,
    look: Look,
    at: (figures: (typeof sweep)[number]) => number | null,
  ): Series => ({
    name,
    look,
    points: sweep.map((figures): Point => [figures.threshold, at(figures) ?? Number.NaN]),
  });
  const chosen = byClass.find(({ name }) => name === of)?.recommended;
  const series = [
    line('precision', 'main', ({ precision }) => precision),
    line('recall', 'second', ({ recall }) => recall),
    line('F1', 'third', ({ f1 }) => f1),
    line('false positive rate', 'fourth', ({ falsePositiveRate }) => falsePositiveRate),
  ].filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  return chart({
    title: `By threshold, ${of ?? 'all classes pooled'}`,
    summary: `What follows from calling a picture so from a score on. At 0.5: ${series
      .map(({ name, points }) => `${name} ${asPercent(points[49]![1])}`)
      .join(', ')}.`,
    series,
    unit: 'threshold',
    xDomain: UNIT,
    yDomain: UNIT,
    xFormat: String,
    format: asPercent,
    ...(chosen && { mark: { x: chosen.threshold, words: String(chosen.threshold) } }),
  });
}

function namesOf(series: readonly Series[]): string {
  return series.map(({ name }) => name).join('; ');
}
