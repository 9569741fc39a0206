/** What an evaluation found: the form of `report.json`. */
import type { Part } from '../data-set/data-set.ts';
import type { Unreadable } from './judging.ts';
import type { ReliabilityBin } from './metrics/calibration.ts';
import type { ClassFigures, ConfusionMatrix, MeanFigures } from './metrics/classes.ts';
import type { PrecisionRecallPoint, RocPoint } from './metrics/curves.ts';
import type { McNemar } from './metrics/mcnemar.ts';
import type { Interval, PrevalencePrecision } from './metrics/proportions.ts';
import type { ThresholdFigures, Wish } from './metrics/thresholds.ts';
import type { DataNote } from './pictures.ts';

/** Everything that was found. Shares and scores are 0 to 1; null stands for what has no value, such as the recall of a class without pictures. */
export interface EvaluationReport {
  readonly kind: 'evaluation';
  readonly version: 1;
  /** ISO 8601. */
  readonly created: string;
  /** The classes that are told apart, sorted. */
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
  /** The class that alarms are about; null where each is looked at in turn. */
  readonly positive: string | null;
  readonly data: readonly (DataNote & { readonly part: Part | 'all' })[];
  /** Pictures that all could judge. */
  readonly pictures: number;
  readonly unreadable: readonly Unreadable[];
  readonly seed: number;
  /**
   * How often pictures were drawn anew for the intervals, which hold at 95 %. Of shares of which all or none are right they are counted (Wilson),
   * since there drawing finds no width; areas and means have none then.
   */
  readonly resamples: number;
  readonly wish: Wish | null;
  readonly prevalence: number | null;
  readonly models: readonly ModelReport[];
  /** Each pair of models. */
  readonly comparisons: readonly Comparison[];
  /** Pictures of which models say different things or all are wrong, the surest mistakes first; at most 1000. */
  readonly mistakes: readonly Mistake[];
  /** How many there are. */
  readonly mistakeCount: number;
}

/** What was found of one model. */
export interface ModelReport {
  /** Of a file its name, or that of its folder where it is called `model.onnx`; the whole path where others are called the same. */
  readonly name: string;
  /** What was asked for: a model, or those whose answers are averaged. */
  readonly members: readonly string[];
  /** `[member]`: what its classes are called here, null for those that are left out. */
  readonly labels: readonly Readonly<Record<string, string | null>>[];
  /** Classes that it never says because it does not know them. */
  readonly unknown: readonly string[];
  /** How many of the pictures it learnt from, by the manifest of its training; null where nothing tells. */
  readonly seen: number | null;
  /** Share of the pictures of which it says the right class; where a picture may have several, all of them and no other. */
  readonly accuracy: number | null;
  readonly accuracyInterval: Interval | null;
  readonly macro: MeanFigures;
  readonly macroF1Interval: Interval | null;
  readonly weighted: MeanFigures;
  readonly byClass: readonly ClassReportEntry[];
  /** Rows are what pictures are, columns what they are taken for. Null where a picture may have several classes. */
  readonly confusion: ConfusionMatrix | null;
  readonly calibration: CalibrationFigures;
  /** Curves of all classes pooled, as if each class of each picture were a question; of the positive class alone where there is one. */
  readonly curves: Curves;
  readonly bySource: readonly SourceFigures[];
}

/** What was found of one class, which is told from all others by its score. */
export interface ClassReportEntry extends ClassFigures {
  readonly name: string;
  readonly intervals: Readonly<
    Record<'precision' | 'recall' | 'f1' | 'rocAuc' | 'averagePrecision', Interval | null>
  >;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  /** What follows from calling a picture so from a score of 0.5 on. */
  readonly atHalf: ThresholdFigures;
  /** The threshold that was wished for; null where none gives that, or nothing was wished. */
  readonly recommended: RecommendedThreshold | null;
  /** Precision at the prevalence of real traffic, with a threshold of 0.5; null without sides, alarms or a prevalence. */
  readonly atPrevalence: PrevalencePrecision | null;
}

/** A threshold and what follows from it. */
export interface RecommendedThreshold extends ThresholdFigures {
  /** Of precision, recall and false positive rate by counts (Wilson); they do not know that the threshold was chosen on these pictures. */
  readonly intervals: Readonly<Record<'precision' | 'recall' | 'falsePositiveRate', Interval | null>>;
  readonly atPrevalence: PrevalencePrecision | null;
}

/** How far the probabilities can be taken at their word. */
export interface CalibrationFigures {
  /** Null where labels do not exclude each other. */
  readonly logLoss: number | null;
  readonly brier: number | null;
  /** Of what {@link CalibrationFigures.reliability} is of. */
  readonly calibrationError: number | null;
  /** Of the positive class; without one, of the class that is said, or of all classes pooled where there may be several. */
  readonly reliability: readonly ReliabilityBin[];
}

/** Curves as they are drawn: at most some hundred points, areas are those of all. */
export interface Curves {
  /** The class, or null for all pooled. */
  readonly of: string | null;
  readonly roc: readonly RocPoint[] | null;
  readonly precisionRecall: readonly PrecisionRecallPoint[] | null;
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly sweep: readonly ThresholdFigures[];
}

/** Figures of the pictures of one source. */
export interface SourceFigures {
  readonly source: string;
  readonly pictures: number;
  readonly accuracy: number | null;
  /** Of the positive class at 0.5; null without one. */
  readonly recall: number | null;
  readonly falsePositiveRate: number | null;
}

/** Two models on the same pictures. */
export interface Comparison extends McNemar {
  readonly first: string;
  readonly second: string;
}

/** A picture that somebody got wrong. */
export interface Mistake {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  /** What it is. */
  readonly truth: readonly string[];
  /** `[model]`: what it was taken for, with the score of that or, of several, of the class that is most wrong. */
  readonly said: readonly {
    readonly classes: readonly string[];
    readonly score: number;
    readonly isRight: boolean;
  }[];
}
