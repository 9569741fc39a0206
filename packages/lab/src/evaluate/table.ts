/** What an evaluation found, as text in columns. */
import { chance, NOTHING, number, percent, withInterval } from './numbers.ts';
import type { ClassReportEntry, EvaluationReport, ModelReport } from './report.ts';

/** Classes that a table lists before it stops. */
const MOST_CLASSES = 40;

/** Models whose comparisons are listed. */
const MOST_COMPARED = 6;

/** The tables of a report: models side by side, then each class of each model, thresholds, and whether models differ. */
export function tablesOf(report: EvaluationReport): string {
  return [
    overview(report),
    ...report.models.map((model) => classTable(report, model)),
    ...(report.models.length > 1 ? [comparisons(report)] : []),
  ].join('\n\n');
}

/** A row for each model, and for each class its precision and recall: the tables of the article on NudeNet. */
export function comparisonTable({
  models,
  classes,
  positive,
}: Pick<EvaluationReport, 'models' | 'classes' | 'positive'>): string {
  // Where all pictures are of one class, whatever is called so is right, and whatever is not is wrong.
  const hasSides = models.some(({ byClass }) => byClass.filter(({ support }) => support > 0).length > 1);
  const rows = models.map((model) => [
    model.name,
    ...model.byClass.flatMap(({ precision, recall }) => [
      percent(hasSides ? precision : null),
      percent(recall),
    ]),
    ...(positive === null ? [] : [falsePositives(model, positive)]),
    percent(model.accuracy),
  ]);
  const heading = [
    'model',
    ...classes.flatMap((name) => [`${name} precision`, `${name} recall`]),
    ...(positive === null ? [] : ['false positives']),
    'accuracy',
  ];
  return columns([heading, ...rows]);
}

/** How many pictures of other classes are taken for the positive one. */
function falsePositives(model: ModelReport, positive: string): string {
  const { confusion, byClass } = model;
  const column = byClass.findIndex(({ name }) => name === positive);
  if (!confusion) return String(byClass[column]!.atHalf.falsePositives);
  const wrong = confusion.reduce((sum, row, truth) => (truth === column ? sum : sum + row[column]!), 0);
  const others = byClass.reduce((sum, { support }, label) => (label === column ? sum : sum + support), 0);
  return `${wrong} of ${others}`;
}

function overview(report: EvaluationReport): string {
  const { models, positive } = report;
  const of = positive === null ? 'pooled' : positive;
  const rows = models.map((model) => [
    model.name,
    withInterval(model.accuracy, model.accuracyInterval),
    withInterval(model.macro.f1, model.macroF1Interval),
    number(model.curves.rocAuc),
    number(model.curves.averagePrecision),
    number(model.calibration.logLoss),
    percent(model.calibration.calibrationError),
  ]);
  return columns([
    ['model', 'accuracy', 'macro F1', `ROC AUC (${of})`, 'avg. precision', 'log loss', 'calibration error'],
    ...rows,
  ]);
}

function classTable(report: EvaluationReport, { name, byClass, macro, weighted }: ModelReport): string {
  const { wish, prevalence, positive } = report;
  const row = (entry: ClassReportEntry): string[] => [
    entry.name,
    withInterval(entry.precision, entry.intervals.precision),
    withInterval(entry.recall, entry.intervals.recall),
    percent(entry.f1),
    String(entry.support),
    number(entry.rocAuc),
    number(entry.averagePrecision),
    ...(prevalence === null || !isAsked(entry, positive) ? [] : [prevalenceOf(entry)]),
  ];
  const shown = byClass.slice(0, MOST_CLASSES);
  const left = byClass.length - shown.length;
  const mean = (words: string, { precision, recall, f1 }: ModelReport['macro']): string[] => [
    words,
    percent(precision),
    percent(recall),
    percent(f1),
    String(report.pictures),
  ];
  const lines = columns([
    [
      name,
      'precision',
      'recall',
      'F1',
      'pictures',
      'ROC AUC',
      'avg. precision',
      ...(prevalence === null ? [] : [`precision at ${prevalence}`]),
    ],
    ...shown.map(row),
    mean('macro', macro),
    mean('weighted', weighted),
  ]);
  const more = left > 0 ? `\n${left} more classes are in the report` : '';
  return `${lines}${more}${wish ? `\n${wished(report, byClass)}` : ''}`;
}

function isAsked({ name }: ClassReportEntry, positive: string | null): boolean {
  return positive === null || name === positive;
}

function prevalenceOf({ atPrevalence }: ClassReportEntry): string {
  return atPrevalence ? withInterval(atPrevalence.precision, atPrevalence) : NOTHING;
}

function wished({ wish, positive }: EvaluationReport, byClass: readonly ClassReportEntry[]): string {
  const goal = `${wish!.of} ${wish!.of === 'fpr' ? 'at most' : 'at least'} ${wish!.value}`;
  const lines = byClass
    .filter((entry) => isAsked(entry, positive))
    .map(({ name, recommended }) => {
      if (!recommended) return `  ${name}: no threshold gives ${goal} on these pictures`;
      const { threshold, precision, recall, falsePositiveRate, intervals, atPrevalence } = recommended;
      const real = atPrevalence
        ? `, precision at ${atPrevalence.prevalence}: ${withInterval(atPrevalence.precision, atPrevalence)}`
        : '';
      return (
        `  ${name}: ${goal} from a score of ${threshold} on: precision ${withInterval(precision, intervals.precision)}, ` +
        `recall ${withInterval(recall, intervals.recall)}, false positive rate ${withInterval(falsePositiveRate, intervals.falsePositiveRate)}${real}`
      );
    });
  return lines.join('\n');
}

function comparisons({ comparisons: all, models }: EvaluationReport): string {
  if (models.length > MOST_COMPARED)
    return `${all.length} pairs of models were compared (McNemar): they are in the report`;
  const rows = all.map(({ first, second, onlyFirst, onlySecond, method, p }) => [
    `${first} / ${second}`,
    String(onlyFirst),
    String(onlySecond),
    chance(p),
    method,
  ]);
  return columns([['McNemar', 'only the first right', 'only the second right', 'p', 'test'], ...rows]);
}

/** Rows under one another: the first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: width }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
