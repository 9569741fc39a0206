/** What an evaluation found, as text in columns. */
import { columns } from '../columns.ts';
import type { Wish } from './metrics/thresholds.ts';
import { chance, NOTHING, number, percent, withInterval } from './numbers.ts';
import type { ClassReportEntry, EvaluationReport, ModelReport } from './report.ts';
import { calibrationScope, curveScope } from './scopes.ts';
import { whyNone } from './why-none.ts';

/** Classes that a table lists before it stops. */
const MOST_CLASSES = 40;

/** Models whose comparisons are listed. */
const MOST_COMPARED = 6;

/** The tables of a report: models side by side, then each class and each source of each model, thresholds, and whether models differ. */
export function tablesOf(report: EvaluationReport): string {
  return [
    overview(report),
    ...report.models.flatMap((model) => [
      classTable(report, model),
      ...(model.bySource.length > 1 ? [sourceTable(report, model)] : []),
    ]),
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
  return tableOf([heading, ...rows]);
}

/** {@link comparisonTable}, and what follows for alarms where that is asked. */
export function comparedTablesOf(report: EvaluationReport): string {
  const { wish, prevalence } = report;
  const tables = [comparisonTable(report)];
  if (wish || prevalence !== null) tables.push(alarmTable(report));
  return tables.join('\n\n');
}

/** What follows from the threshold that was wished for, or else from 0.5, models side by side. */
function alarmTable({ models, positive, wish, prevalence }: EvaluationReport): string {
  const rows = models.flatMap(({ name: model, byClass }) =>
    byClass
      .filter((entry) => isAsked(entry, positive))
      .map(({ name, recommended, atHalf, atPrevalence }) => {
        const at = wish ? recommended : { ...atHalf, atPrevalence };
        const real = at?.atPrevalence ?? null;
        return [
          positive === null ? `${model}: ${name}` : model,
          ...(wish ? [at ? String(at.threshold) : NOTHING] : []),
          percent(at?.precision ?? null),
          percent(at?.recall ?? null),
          percent(at?.falsePositiveRate ?? null),
          ...(prevalence === null ? [] : [withInterval(real?.precision ?? null, real)]),
        ];
      }),
  );
  const goal = wish ? goalOf(wish) : 'from a score of 0.5 on';
  const heading = [
    positive === null ? goal : `${positive}: ${goal}`,
    ...(wish ? ['threshold'] : []),
    'precision',
    'recall',
    'false positive rate',
    ...(prevalence === null ? [] : [`precision at ${prevalence}`]),
  ];
  return [tableOf([heading, ...rows]), ...(wish ? withoutThreshold(models, positive, wish) : [])].join('\n');
}

/** Why some have no threshold: once where it is the same for all. */
function withoutThreshold(models: readonly ModelReport[], positive: string | null, wish: Wish): string[] {
  const asked = models.flatMap(({ name: model, byClass }) =>
    byClass
      .filter((entry) => isAsked(entry, positive))
      .map((entry) => ({ who: positive === null ? `${model}: ${entry.name}` : model, entry })),
  );
  const whys = asked.flatMap(({ who, entry }) =>
    entry.recommended ? [] : [{ who, why: whyNone(wish, entry) }],
  );
  const [first] = whys;
  const isShared = whys.length === asked.length && whys.every(({ why }) => why === first!.why);
  return isShared
    ? [`  no threshold: ${first!.why}`]
    : whys.map(({ who, why }) => `  ${who}: no threshold: ${why}`);
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
  const { models } = report;
  const ofCurves = curveScope(report);
  const verdicts = models.map(({ name, accuracy, accuracyInterval, macro, macroF1Interval, calibration }) => [
    name,
    withInterval(accuracy, accuracyInterval),
    withInterval(macro.f1, macroF1Interval),
    number(calibration.logLoss),
  ]);
  const scores = models.map(({ name, curves, calibration }) => [
    name,
    number(curves.rocAuc),
    number(curves.averagePrecision),
    percent(calibration.calibrationError),
  ]);
  // Two tables, since one would be wider than many a terminal.
  return [
    tableOf([['model', 'accuracy', 'macro F1', 'log loss'], ...verdicts]),
    tableOf([
      [
        'model',
        `ROC AUC (${ofCurves})`,
        `avg. precision (${ofCurves})`,
        `calibration error (${calibrationScope(report)})`,
      ],
      ...scores,
    ]),
  ].join('\n\n');
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
  const lines = tableOf([
    [
      name,
      'precision',
      'recall',
      'F1',
      'pictures',
      'ROC AUC',
      'avg. precision',
      // What stands beside it is of the highest score, which may lie below.
      ...(prevalence === null ? [] : [`precision at ${prevalence} (from 0.5 on)`]),
    ],
    ...shown.map(row),
    mean('macro', macro),
    mean('weighted', weighted),
  ]);
  const more = left > 0 ? `\n${left} more classes are in the report` : '';
  return `${lines}${more}${wish ? `\n${wished(report, byClass)}` : ''}`;
}

function sourceTable({ positive }: EvaluationReport, { name, bySource }: ModelReport): string {
  const shown = bySource.slice(0, MOST_CLASSES);
  const left = bySource.length - shown.length;
  const heading = [`${name} by source`, 'pictures', 'accuracy'];
  // The accuracy beside them is of the highest score.
  if (positive !== null)
    heading.push(`recall of ${positive} (from 0.5 on)`, 'false positive rate (from 0.5 on)');
  const rows = shown.map(({ source, pictures, accuracy, recall, falsePositiveRate }) => [
    source,
    String(pictures),
    percent(accuracy),
    ...(positive === null ? [] : [percent(recall), percent(falsePositiveRate)]),
  ]);
  return `${tableOf([heading, ...rows])}${left > 0 ? `\n${left} more sources are in the report` : ''}`;
}

function isAsked({ name }: ClassReportEntry, positive: string | null): boolean {
  return positive === null || name === positive;
}

function prevalenceOf({ atPrevalence }: ClassReportEntry): string {
  return atPrevalence ? withInterval(atPrevalence.precision, atPrevalence) : NOTHING;
}

function wished({ wish, positive }: EvaluationReport, byClass: readonly ClassReportEntry[]): string {
  const goal = goalOf(wish!);
  const lines = byClass
    .filter((entry) => isAsked(entry, positive))
    .map((entry) => {
      const { name, recommended } = entry;
      if (!recommended) return `  ${name}: no threshold for ${goal}: ${whyNone(wish!, entry)}`;
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

function goalOf({ of, value }: Wish): string {
  return `${of} ${of === 'fpr' ? 'at most' : 'at least'} ${value}`;
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
  return tableOf([['McNemar', 'only the first right', 'only the second right', 'p', 'test'], ...rows]);
}

function tableOf(rows: readonly (readonly string[])[]): string {
  return columns(rows).join('\n');
}
