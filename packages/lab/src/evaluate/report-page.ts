/** The page of an evaluation: one file that loads nothing. */
import { pageOf } from '../page/document.ts';
import { type Content, html, type Markup } from '../page/html.ts';
import type { Wish } from './metrics/thresholds.ts';
import { count, percent } from './numbers.ts';
import type { ClassReportEntry, EvaluationReport, Mistake, ModelReport } from './report.ts';
import { sharedCharts, sweepChart } from './report-charts.ts';
import {
  type Around,
  classTable,
  comparisonRows,
  confusionTable,
  figure,
  overview,
  roomOf,
  sourceTable,
  tableCard,
} from './report-tables.ts';
import { whyNone } from './why-none.ts';

/** More pictures that could not be judged are counted, and not named. */
const MOST_UNREADABLE = 100;

/**
 * The page's HTML.
 *
 * @param thumbnails Pictures as `data:` URLs, by their path; only those that are among the mistakes are shown.
 */
export function reportPage(report: EvaluationReport, thumbnails: ReadonlyMap<string, string>): string {
  const { models, comparisons } = report;
  const body = html`${header(report)}
<main>
${tableCard({ id: 'models', title: 'Models' }, overview(report))}
<div class="charts thirds spaced">${sharedCharts(report)}</div>
${comparisons.length > 0 && tableCard(DIFFERENCES, comparisonRows(report))}
${models.map((model, index) => modelSection(report, model, index))}
${gallery(report, thumbnails)}
${unreadable(report)}
</main>`;
  return pageOf({ title: titleOf(report), body, refresh: null });
}

const DIFFERENCES: Around = {
  id: 'differences',
  title: 'Do they differ by more than chance?',
  note: html`<p class="about">McNemar's test looks at the pictures of which only one of two models is right. A p below 0.05 is rare by chance; of twenty pairs of equal models one gets there.</p>`,
};

function titleOf({ models }: EvaluationReport): string {
  return models.length === 1 ? `Evaluation of ${models[0]!.name}` : `Evaluation of ${models.length} models`;
}

function header(report: EvaluationReport): Markup {
  const { pictures, classes, data, created, resamples } = report;
  const from = data.map(({ data: name, part }) => (part === 'all' ? name : `${name} (${part})`)).join(', ');
  const leftOut = data.reduce((sum, note) => sum + note.leftOut, 0);
  return html`<header>
<div class="heading"><h1>${titleOf(report)}</h1></div>
<p class="about">${count(pictures)} pictures of ${classes.length} classes from ${from}; ${new Date(created).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}.${
    leftOut > 0 && html` The label map leaves out ${count(leftOut)}.`
  }${resamples > 0 && html` In brackets: where the figure lies at 95 %, by ${count(resamples)} resamples.`}</p>
${report.unreadable.length > 0 && html`<p class="notice">${count(report.unreadable.length)} pictures could not be judged; they are at the end.</p>`}
</header>`;
}

function modelSection(report: EvaluationReport, model: ModelReport, index: number): Markup {
  const id = `model-${index}`;
  const { unknown, seen, name, bySource } = model;
  const confusion = confusionTable(report, model);
  return html`<section class="model" aria-labelledby="${id}"><h2 class="chapter" id="${id}">${name}</h2>
${unknown.length > 0 && html`<p class="notice">It does not know, and never says: ${unknown.join(', ')}.</p>`}
${seen ? html`<p class="notice failed">It learnt from ${count(seen)} of these ${count(report.pictures)} pictures, so it looks better here than it is.</p>` : null}
${thresholdNotes(report, model)}
${tableCard({ id: `${id}-classes`, title: 'Classes', below: id }, classTable(report, model))}
<div class="charts spaced">${sweepChart(model)}${
    confusion &&
    tableCard(
      { id: `${id}-confusion`, title: 'What is taken for what', below: id, room: roomOf(report) },
      confusion,
    )
  }</div>
${bySource.length > 1 && tableCard({ id: `${id}-sources`, title: 'Sources', below: id }, sourceTable(report, model))}
</section>`;
}

/** The recommended threshold and what it means in real traffic. */
function thresholdNotes({ wish, positive, prevalence }: EvaluationReport, { byClass }: ModelReport): Content {
  const asked = byClass.filter(({ name }) => positive === null || name === positive);
  const [entry] = asked;
  if (!entry || asked.length > 1) return null;
  const tiles = [
    ...(wish ? thresholdTiles(wish, entry) : []),
    ...(prevalence !== null ? [prevalenceTile(prevalence, entry)] : []),
  ];
  if (tiles.length === 0) return null;
  return html`<dl class="tiles small">${tiles.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

type Tile = readonly [name: string, value: Content];

function thresholdTiles(wish: Wish, entry: ClassReportEntry): Tile[] {
  const { of, value } = wish;
  const { recommended } = entry;
  const goal = of === 'fpr' ? `false positive rate ≤ ${percent(value)}` : `${of} ≥ ${percent(value)}`;
  if (!recommended) return [[`threshold for ${goal}`, whyNone(wish, entry)]];
  const { threshold, precision, recall, falsePositiveRate, intervals } = recommended;
  return [
    [`threshold for ${goal}`, String(threshold)],
    ['precision there', figure(precision, intervals.precision)],
    ['recall there', figure(recall, intervals.recall)],
    ['false positive rate there', figure(falsePositiveRate, intervals.falsePositiveRate)],
  ];
}

function prevalenceTile(prevalence: number, { name, recommended, atPrevalence }: ClassReportEntry): Tile {
  const real = recommended?.atPrevalence ?? atPrevalence;
  return [
    `precision ${recommended ? 'there' : 'at 0.5'} if ${percent(prevalence)} of all pictures are ${name}`,
    figure(real?.precision ?? null, real),
  ];
}

function gallery(
  { mistakes, mistakeCount, models }: EvaluationReport,
  thumbnails: ReadonlyMap<string, string>,
): Content {
  if (mistakeCount === 0) return html`<p class="notice">Every model is right on every picture.</p>`;
  const shown = mistakes.filter(({ path }) => thumbnails.has(path));
  return html`<section aria-labelledby="mistakes"><h2 class="chapter" id="mistakes">Mistakes</h2>
<p class="about">${count(mistakeCount)} pictures that ${models.length > 1 ? 'at least one model gets' : 'it gets'} wrong, the surest mistakes first${mistakeCount > shown.length && html`; the first ${count(shown.length)} are shown`}.</p>
<ul class="gallery">${shown.map((mistake) => card(mistake, models, thumbnails.get(mistake.path)!))}</ul></section>`;
}

function card({ name, source, truth, said }: Mistake, models: readonly ModelReport[], url: string): Markup {
  const list = (classes: readonly string[]): string => (classes.length === 0 ? 'none' : classes.join(', '));
  return html`<li class="mistake"><img src="${url}" alt="" /><div><p class="is">${list(truth)}</p>
<ul>${said.map(
    ({ classes, score, isRight }, index) =>
      html`<li class="${isRight ? 'good' : 'bad'}">${isRight ? '✓' : '✗'} ${models.length > 1 && html`<span class="who">${models[index]!.name}</span> `}${list(classes)} ${percent(score)}</li>`,
  )}</ul><p class="file" title="${source}/${name}">${source}/${name}</p></div></li>`;
}

function unreadable({ unreadable: all }: EvaluationReport): Content {
  if (all.length === 0) return null;
  const shown = all.slice(0, MOST_UNREADABLE);
  const table = html`<table class="named"><thead><tr><th scope="col">picture</th><th scope="col">code</th><th scope="col">why</th></tr></thead><tbody>${shown.map(
    ({ name, code, message }) =>
      html`<tr><th scope="row">${name}</th><td>${code}</td><td>${message}</td></tr>`,
  )}</tbody></table>`;
  const more = all.length - shown.length;
  const note = more > 0 ? html`<p class="about">and ${count(more)} more, in report.json</p>` : null;
  return tableCard({ id: 'unreadable', title: 'Could not be judged', note }, table);
}
