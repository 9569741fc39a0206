/** The tables of an evaluation's page. */
import { keyOf } from '../page/chart.ts';
import { type Content, html, type Markup } from '../page/html.ts';
import type { Interval } from './metrics/proportions.ts';
import { chance, count, NOTHING, number, percent, span } from './numbers.ts';
import type { ClassReportEntry, EvaluationReport, ModelReport } from './report.ts';
import { lookOf } from './report-charts.ts';
import { calibrationScope, curveScope } from './scopes.ts';

/** Classes of a confusion matrix that is shown. */
const MOST_CONFUSED = 30;

/** What stands around a table. */
export interface Around {
  readonly id: string;
  readonly title: string;
  /** Id of the heading above, where the title alone is that of several. */
  readonly below?: string;
  readonly note?: Content;
  /** Whether it has a row of its own and all its height, or none that it does not need. Default: as what stands beside it. */
  readonly room?: 'wide' | 'low';
}

/** A card with a heading and a table that scrolls by itself. */
export function tableCard({ id, title, below, note = null, room }: Around, table: Content): Markup {
  return html`<div class="card epochs${room ? ` ${room}` : null}">${below === undefined ? html`<h2 id="${id}">${title}</h2>` : html`<h3 id="${id}">${title}</h3>`}${note}
<div class="rows" role="region" aria-labelledby="${below === undefined ? id : `${below} ${id}`}" tabindex="0">${table}</div></div>`;
}

/** A share, and what chance leaves of it, which goes below where the table is narrow. */
export function figure(share: number | null, interval: Interval | null): Content {
  if (share === null || !interval) return percent(share);
  return html`<span class="whole">${percent(share)}</span> <small class="whole">(${span(interval)})</small>`;
}

/** Models side by side. */
export function overview(report: EvaluationReport): Markup {
  const { models } = report;
  const best = bestOf(models);
  const of = curveScope(report);
  const rows = models.map(
    (
      { name, members, accuracy, accuracyInterval, macro, macroF1Interval, curves, calibration },
      index,
    ) => html`<tr>
<th scope="row"><span class="swatch">${keyOf(lookOf(index))}</span>${breakable(name)}${members.length > 1 && html` <small>(mean of ${members.length})</small>`}${index === best && html` <span class="badge">best</span>`}</th>
<td>${figure(accuracy, accuracyInterval)}${range(accuracy, accuracyInterval)}</td>
<td>${figure(macro.f1, macroF1Interval)}</td><td>${number(curves.rocAuc)}</td><td>${number(curves.averagePrecision)}</td>
<td>${number(calibration.logLoss)}</td><td>${number(calibration.brier)}</td><td>${percent(calibration.calibrationError)}</td></tr>`,
  );
  return html`<table class="named models"><thead><tr><th scope="col">model</th><th scope="col">accuracy</th><th scope="col">macro F1</th>
<th scope="col">ROC AUC (${of})</th><th scope="col">avg. precision (${of})</th><th scope="col">log loss</th><th scope="col">Brier</th><th scope="col">calibration error (${calibrationScope(report)})</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** An average's name may go on in another line after each `+`. */
function breakable(name: string): Content {
  return name.split('+').map((member, index) => (index === 0 ? member : html`+<wbr>${member}`));
}

/** The place of the one model that is right most often; -1 where there is no other, or several are. */
function bestOf(models: readonly ModelReport[]): number {
  const accuracies = models.map(({ accuracy }) => accuracy ?? 0);
  const best = accuracies.indexOf(Math.max(...accuracies));
  return models.length > 1 && accuracies.lastIndexOf(accuracies[best]!) === best ? best : -1;
}

/** An interval and the value in it, on a line from 0 to 1. */
function range(value: number | null, interval: Interval | null): Content {
  if (value === null) return null;
  const at = (share: number): string => `${(share * 100).toFixed(1)}%`;
  return html`<svg class="range" role="img" aria-label="${interval ? `probably ${span(interval)} %` : percent(value)}"><line class="track" x1="0" x2="100%" y1="50%" y2="50%" />${
    interval &&
    html`<line class="span" x1="${at(interval.low)}" x2="${at(interval.high)}" y1="50%" y2="50%" />`
  }<circle class="at" cx="${at(value)}" cy="50%" r="4" /></svg>`;
}

/** Precision, recall and the like of each class. */
export function classTable(
  { prevalence: share, positive, pictures }: EvaluationReport,
  { byClass, macro, weighted }: ModelReport,
): Markup {
  // Of the positive class it is told apart.
  const prevalence = positive === null ? share : null;
  const row = (entry: ClassReportEntry): Markup => html`<tr><th scope="row">${entry.name}</th>
<td>${figure(entry.precision, entry.intervals.precision)}</td><td>${figure(entry.recall, entry.intervals.recall)}</td>
<td>${figure(entry.f1, entry.intervals.f1)}</td><td>${count(entry.support)}</td>
<td>${areaCell(entry.rocAuc, entry.intervals.rocAuc)}</td><td>${areaCell(entry.averagePrecision, entry.intervals.averagePrecision)}</td>
${prevalence !== null && html`<td>${entry.atPrevalence ? figure(entry.atPrevalence.precision, entry.atPrevalence) : NOTHING}</td>`}</tr>`;
  const mean = (name: string, { precision, recall, f1 }: ModelReport['macro']): Markup =>
    html`<tr class="mean"><th scope="row">${name} mean</th><td>${percent(precision)}</td><td>${percent(recall)}</td><td>${percent(f1)}</td><td>${count(pictures)}</td><td></td><td></td>${prevalence !== null && html`<td></td>`}</tr>`;
  return html`<table class="named"><thead><tr><th scope="col">class</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th>
<th scope="col">pictures</th><th scope="col">ROC AUC</th><th scope="col">average precision</th>${prevalence !== null && html`<th scope="col">precision at ${percent(prevalence)} (from 0.5 on)</th>`}</tr></thead>
<tbody>${byClass.map(row)}${mean('macro', macro)}${mean('weighted', weighted)}</tbody></table>`;
}

function areaCell(value: number | null, interval: Interval | null): Content {
  if (value === null || !interval) return number(value);
  const { low, high } = interval;
  return html`<span class="whole">${number(value)}</span> <small class="whole">(${low.toFixed(3)}–${high.toFixed(3)})</small>`;
}

/** Classes whose names have room above their columns, and these beside a chart; and letters of all the names together. */
const FEW = 6;
const FEW_LETTERS = 40;

/** What room a confusion matrix wants. */
export function roomOf({ classes }: Pick<EvaluationReport, 'classes'>): 'wide' | 'low' {
  return classes.length > FEW + 2 ? 'wide' : 'low';
}

function hasFew(classes: readonly string[]): boolean {
  return classes.length <= FEW && classes.join('').length <= FEW_LETTERS;
}

/** Which class is taken for which: the darker, the larger the share of the row. */
export function confusionTable({ classes }: EvaluationReport, { confusion }: ModelReport): Markup | null {
  if (!confusion || classes.length > MOST_CONFUSED) return null;
  const rows = confusion.map((row, truth) => {
    const all = row.reduce((a, b) => a + b, 0);
    const cells = row.map((value, label) => {
      const share = all === 0 ? 0 : value / all;
      return html`<td class="${label === truth ? 'right' : 'wrong'} s${Math.ceil(share * 10)}">${value === 0 ? html`<span class="zero">0</span>` : count(value)}</td>`;
    });
    return html`<tr><th scope="row">${classes[truth]!}</th>${cells}</tr>`;
  });
  return html`<table class="named matrix${hasFew(classes) && ' few'}"><thead><tr><th scope="col">is / is taken for</th>${classes.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** Figures of the pictures of each source. */
export function sourceTable({ positive }: EvaluationReport, { bySource }: ModelReport): Markup {
  return html`<table class="named"><thead><tr><th scope="col">source</th><th scope="col">pictures</th><th scope="col">accuracy</th>${positive !== null && html`<th scope="col">recall of ${positive} (from 0.5 on)</th><th scope="col">false positive rate (from 0.5 on)</th>`}</tr></thead>
<tbody>${bySource.map(
    (slice) =>
      html`<tr><th scope="row">${slice.source}</th><td>${count(slice.pictures)}</td><td>${percent(slice.accuracy)}</td>${positive !== null && html`<td>${percent(slice.recall)}</td><td>${percent(slice.falsePositiveRate)}</td>`}</tr>`,
  )}</tbody></table>`;
}

/** Whether models differ by more than chance. */
export function comparisonRows({ comparisons }: EvaluationReport): Markup {
  return html`<table class="named"><thead><tr><th scope="col">models</th><th scope="col">only the first right</th><th scope="col">only the second right</th><th scope="col">p</th><th scope="col">test</th></tr></thead>
<tbody>${comparisons.map(
    ({ first, second, onlyFirst, onlySecond, p, method }) =>
      html`<tr><th scope="row">${breakable(first)} / ${breakable(second)}</th><td>${count(onlyFirst)}</td><td>${count(onlySecond)}</td><td>${p < 0.05 ? html`<strong>${chance(p)}</strong>` : chance(p)}</td><td>${method}</td></tr>`,
  )}</tbody></table>`;
}
