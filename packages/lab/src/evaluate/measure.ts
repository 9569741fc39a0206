/** From answers to figures: everything that is said of one model. */
import { type Answers, columnOf, placesOf } from './answers.ts';
import { bootstrap } from './metrics/bootstrap.ts';
import { brierScore, calibrationError, logLoss, reliability } from './metrics/calibration.ts';
import {
  accuracyOf,
  classReport,
  confusionMatrix,
  figuresOf,
  type Hits,
  hitsOf,
  shareOf,
} from './metrics/classes.ts';
import { areasOf, precisionRecallCurve, rocCurve } from './metrics/curves.ts';
import { type Interval, type PrevalencePrecision, precisionAt, wilson } from './metrics/proportions.ts';
import { type Ranking, rank } from './metrics/ranking.ts';
import {
  figuresAt,
  recommendThreshold,
  sweep,
  type ThresholdFigures,
  type Wish,
} from './metrics/thresholds.ts';
import type {
  CalibrationFigures,
  ClassReportEntry,
  Curves,
  ModelReport,
  RecommendedThreshold,
  SourceFigures,
} from './report.ts';

/** What is measured, and how. */
export interface Measuring {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  readonly positive: string | null;
  readonly wish: Wish | null;
  readonly prevalence: number | null;
  /** `[N]`: where each picture was taken from. */
  readonly sources: readonly string[];
  readonly resamples: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onResample?: ((done: number) => void) | undefined;
}

/** The score from which on a class is said in what has no threshold of its own. */
const HALF = 0.5;

/** What is measured of a model; who it is says the caller. */
export type Figures = Omit<ModelReport, 'name' | 'members' | 'labels' | 'unknown' | 'seen'>;

/**
 * Measures one model.
 *
 * @param areExclusive Whether its probabilities are of labels that exclude each other.
 */
export async function measure(
  answers: Answers,
  areExclusive: boolean,
  measuring: Measuring,
): Promise<Figures> {
  const { classes, multiLabel } = measuring;
  const { is, said, scores } = answers;
  const rankings = classes.map((_, label) =>
    rank(columnOf(is, classes.length, label), columnOf(scores, classes.length, label)),
  );
  const matrix = multiLabel
    ? null
    : confusionMatrix(placesOf(is, classes.length), placesOf(said, classes.length), classes.length);
  const report = classReport(matrix ? hitsOf(matrix) : weighedHits(answers));
  const intervals = await intervalsOf(answers, rankings, measuring);
  return {
    accuracy: matrix ? accuracyOf(matrix) : shareRight(answers),
    accuracyInterval: intervals.accuracy,
    macro: report.macro,
    macroF1Interval: intervals.macroF1,
    weighted: report.weighted,
    byClass: classes.map((name, label) => ({
      name,
      ...report.classes[label]!,
      ...areasOf(rankings[label]!),
      intervals: intervals.byClass[label]!,
      ...thresholdsOf(rankings[label]!, measuring),
    })),
    confusion: matrix,
    calibration: calibrationOf(answers, areExclusive, measuring),
    curves: curvesOf(answers, rankings, measuring),
    bySource: bySource(answers, measuring),
  };
}

/** Counts of each class against all others. */
function weighedHits({ pictures, classes, is, said }: Answers, weights?: Uint32Array): Hits[] {
  const counts = Array.from({ length: classes }, () => ({ both: 0, said: 0, there: 0 }));
  for (let index = 0; index < pictures; index++) {
    const weight = weights ? weights[index]! : 1;
    if (weight === 0) continue;
    for (let label = 0; label < classes; label++) {
      const at = index * classes + label;
      const count = counts[label]!;
      if (said[at]) count.said += weight;
      if (!is[at]) continue;
      count.there += weight;
      if (said[at]) count.both += weight;
    }
  }
  return counts.map(({ both, said, there }) => ({
    truePositives: both,
    falsePositives: said - both,
    falseNegatives: there - both,
  }));
}

function shareRight({ isRight, pictures }: Answers, weights?: Uint32Array): number | null {
  let right = 0;
  for (let index = 0; index < pictures; index++) if (isRight[index]) right += weights ? weights[index]! : 1;
  return shareOf(right, pictures);
}

/** Figures of each class that are resampled. */
const BY_CLASS = 5;

interface Intervals {
  readonly accuracy: Interval | null;
  readonly macroF1: Interval | null;
  readonly byClass: readonly ClassReportEntry['intervals'][];
}

async function intervalsOf(
  answers: Answers,
  rankings: readonly Ranking[],
  { resamples, seed, signal, onResample }: Measuring,
): Promise<Intervals> {
  const { pictures } = answers;
  const found = await bootstrap({ pictures, resamples, seed, signal, onResample }, (weights) => {
    const { classes, macro } = classReport(weighedHits(answers, weights));
    return [
      shareRight(answers, weights),
      macro.f1,
      ...rankings.flatMap((ranking, label) => {
        const { precision, recall, f1 } = classes[label]!;
        const { rocAuc, averagePrecision } = areasOf(ranking, weights);
        return [precision, recall, f1, rocAuc, averagePrecision];
      }),
    ];
  });
  const [accuracy = null, macroF1 = null, ...rest] = found;
  const right = answers.isRight.reduce((sum, isRight) => sum + isRight, 0);
  const byClass = weighedHits(answers).map((hits, label): ClassReportEntry['intervals'] => {
    const [precision = null, recall = null, f1 = null, rocAuc = null, averagePrecision = null] = rest.slice(
      label * BY_CLASS,
    );
    const { truePositives, falsePositives, falseNegatives } = hits;
    return {
      precision: wideOr(precision, wilson(truePositives, truePositives + falsePositives)),
      recall: wideOr(recall, wilson(truePositives, truePositives + falseNegatives)),
      f1: wideOr(f1, f1Interval(hits)),
      rocAuc: wideOr(rocAuc, null),
      averagePrecision: wideOr(averagePrecision, null),
    };
  });
  return {
    accuracy: wideOr(accuracy, wilson(right, pictures)),
    macroF1: wideOr(macroF1, null),
    byClass,
  };
}

/** Where all of few are right, or none, so they are in every resample, and that says nothing of others: then what counting leaves open. */
function wideOr(resampled: Interval | null, counted: Interval | null): Interval | null {
  return resampled === null || resampled.low < resampled.high ? resampled : counted;
}

/** F1 is `2J / (1 + J)` of the share `J = TP / (TP + FP + FN)`. */
function f1Interval({ truePositives, falsePositives, falseNegatives }: Hits): Interval | null {
  const shares = wilson(truePositives, truePositives + falsePositives + falseNegatives);
  const f1Of = (share: number): number => (2 * share) / (1 + share);
  return shares && { low: f1Of(shares.low), high: f1Of(shares.high) };
}

type OfThresholds = Pick<ClassReportEntry, 'atHalf' | 'recommended' | 'atPrevalence'>;

function thresholdsOf(ranking: Ranking, { wish, prevalence }: Measuring): OfThresholds {
  const atHalf = figuresAt(ranking, HALF);
  const found = wish && recommendThreshold(ranking, wish);
  return {
    atHalf,
    recommended: found && recommended(ranking, found, prevalence),
    atPrevalence: atPrevalence(ranking, atHalf, prevalence),
  };
}

function recommended(
  ranking: Ranking,
  found: ThresholdFigures,
  prevalence: number | null,
): RecommendedThreshold {
  const { truePositives, falsePositives, precision } = found;
  return {
    ...found,
    intervals: {
      precision: precision === null ? null : wilson(truePositives, truePositives + falsePositives),
      recall: wilson(truePositives, ranking.positives),
      falsePositiveRate: wilson(falsePositives, ranking.negatives),
    },
    atPrevalence: atPrevalence(ranking, found, prevalence),
  };
}

function atPrevalence(
  { positives, negatives }: Ranking,
  { truePositives, falsePositives }: ThresholdFigures,
  prevalence: number | null,
): PrevalencePrecision | null {
  return prevalence === null
    ? null
    : precisionAt(prevalence, { truePositives, positives, falsePositives, negatives });
}

function calibrationOf(
  answers: Answers,
  areExclusive: boolean,
  { classes, multiLabel, positive }: Measuring,
): CalibrationFigures {
  const { scores, is, pictures } = answers;
  const width = classes.length;
  const hasOne = areExclusive && !multiLabel;
  const truth = placesOf(is, width);
  const bins = reliability(...confidences(answers, classes, multiLabel, positive));
  return {
    logLoss: hasOne
      ? logLoss(Float64Array.from({ length: pictures }, (_, index) => scores[index * width + truth[index]!]!))
      : null,
    brier: hasOne ? brierScore(truth, scores, width) : null,
    calibrationError: calibrationError(bins),
    reliability: bins,
  };
}

/** Probabilities of the positive class, of all classes where there may be several, else of the class that is said. */
function confidences(
  { scores, is, said, isRight, pictures }: Answers,
  classes: readonly string[],
  multiLabel: boolean,
  positive: string | null,
): [Float64Array, Uint8Array] {
  const width = classes.length;
  if (positive !== null) {
    const column = classes.indexOf(positive);
    return [columnOf(scores, width, column), columnOf(is, width, column)];
  }
  if (multiLabel) return [scores, is];
  const places = placesOf(said, width);
  return [
    Float64Array.from({ length: pictures }, (_, index) => scores[index * width + places[index]!]!),
    isRight,
  ];
}

/** Points of a curve that is drawn are at least so far apart. */
const STEP = 1 / 300;

function curvesOf(
  { scores, is }: Answers,
  rankings: readonly Ranking[],
  { classes, positive }: Measuring,
): Curves {
  const ranking = positive === null ? rank(is, scores) : rankings[classes.indexOf(positive)]!;
  return {
    of: positive,
    roc: thinned(rocCurve(ranking), (point) => [point.falsePositiveRate, point.truePositiveRate]),
    precisionRecall: thinned(precisionRecallCurve(ranking), ({ recall, precision }) => [recall, precision]),
    ...areasOf(ranking),
    sweep: sweep(ranking),
  };
}

function thinned<T>(points: readonly T[] | null, at: (point: T) => readonly [number, number]): T[] | null {
  if (!points) return null;
  let [x, y] = [Number.NaN, Number.NaN];
  return points.filter((point, index) => {
    const [newX, newY] = at(point);
    const isNear = Math.abs(newX - x) < STEP && Math.abs(newY - y) < STEP;
    if (isNear && index < points.length - 1) return false;
    [x, y] = [newX, newY];
    return true;
  });
}

function bySource(answers: Answers, { sources, classes, positive }: Measuring): SourceFigures[] {
  const { scores, is, isRight } = answers;
  const column = positive === null ? -1 : classes.indexOf(positive);
  const slices = new Map<string, { pictures: number; right: number } & Hits & { others: number }>();
  for (const [index, source] of sources.entries()) {
    const none = { pictures: 0, right: 0, truePositives: 0, falsePositives: 0, falseNegatives: 0, others: 0 };
    const slice = slices.get(source) ?? none;
    const at = index * classes.length + column;
    const isPositive = column >= 0 && is[at] === 1;
    const isSaid = column >= 0 && scores[at]! >= HALF;
    slices.set(source, {
      pictures: slice.pictures + 1,
      right: slice.right + isRight[index]!,
      truePositives: slice.truePositives + (isPositive && isSaid ? 1 : 0),
      falsePositives: slice.falsePositives + (!isPositive && isSaid ? 1 : 0),
      falseNegatives: slice.falseNegatives + (isPositive && !isSaid ? 1 : 0),
      others: slice.others + (isPositive ? 0 : 1),
    });
  }
  return [...slices]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, { pictures, right, others, ...hits }]) => ({
      source,
      pictures,
      accuracy: shareOf(right, pictures),
      recall: column < 0 ? null : figuresOf(hits).recall,
      falsePositiveRate: column < 0 ? null : shareOf(hits.falsePositives, others),
    }));
}
