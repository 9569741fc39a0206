/** The page of a run: how it goes or went, for people to look at while it trains. */
import { wordsOf as wordsOfOperation } from '../augment/words.ts';
import { chart, type Point, type Series } from '../page/chart.ts';
import { pageOf } from '../page/document.ts';
import { type Content, html, type Markup } from '../page/html.ts';
import { shellWord } from '../shell-word.ts';
import type { Progress } from './checkpoint.ts';
import type { EpochRecord } from './metrics.ts';
import type { TrainStart } from './options.ts';
import type { Measured } from './trainer.ts';

/** What a run is doing, or how it ended. */
export type RunState =
  | { readonly name: 'training'; readonly doing: string }
  | { readonly name: 'ended'; readonly test: Measured | null; readonly bestEpoch: number }
  | { readonly name: 'stopped' }
  | { readonly name: 'failed'; readonly message: string };

/** What the page is made of. */
export interface RunView {
  /** Folder of the run. */
  readonly out: string;
  readonly state: RunState;
  readonly start: TrainStart;
  readonly progress: Progress;
  /** Epochs at most. */
  readonly epochs: number;
  readonly began: Date;
  readonly written: Date;
  /** Of the last epoch or what there is of this one; null before the first step. */
  readonly imagesPerSecond: number | null;
  /** Null where nothing tells. */
  readonly secondsLeft: number | null;
  /** Words for a time. */
  readonly timeOf: (seconds: number) => string;
}

/** Seconds between two looks at a run that trains. */
export const REFRESH = 10;

/** A run of which nothing is heard for so many seconds may be none any more. */
const STALE = 180;

/** More classes than this are counted, and not all named. */
const MOST_NAMES = 60;

/** More files than this are counted, and not all named. */
const MOST_SKIPPED = 5;

/** The page's HTML. */
export function runPage(view: RunView): string {
  const title = nameOf(view.out);
  const body = html`${header(view, title)}
<main>
${tiles(view)}
<div class="charts">${charts(view)}${facts(view)}</div>
${epochTable(view)}
</main>`;
  return pageOf({
    title: `${title}: ${wordsOf(view.state)}`,
    body,
    refresh: isRunning(view) ? REFRESH : null,
  });
}

function nameOf(out: string): string {
  return out.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? out;
}

function isRunning({ state }: RunView): boolean {
  return state.name === 'training';
}

function wordsOf(state: RunState): string {
  return state.name === 'training' ? state.doing : state.name;
}

function header(view: RunView, title: string): Markup {
  const { state, progress, epochs, start, began } = view;
  const { run, history } = progress;
  const total = epochs * start.stepsPerEpoch;
  const share = state.name === 'ended' ? 100 : Math.min(100, (progress.step / total) * 100);
  return html`<header>
<div class="heading"><h1>${title} <span class="state ${state.name}">${wordsOf(state)}</span></h1>${isRunning(view) && refreshSwitch()}</div>
<p class="about">${run.model}, ${run.classes.length} classes; ${start.resumedAt > 0 ? html`resumed ${dateOf(began)} after step ${count(start.resumedAt)}` : html`begun ${dateOf(began)}`}; as of ${dateOf(view.written)}</p>
<div class="done"><svg role="img" aria-label="${history.length} of at most ${epochs} epochs done"><rect width="${share.toFixed(1)}%" height="100%" /></svg></div>
${notice(view)}
</header>`;
}

function refreshSwitch(): Markup {
  return html`<label class="switch" hidden><input id="refresh" type="checkbox" checked />refresh every ${REFRESH} s</label>`;
}

function notice({ state, written, out }: RunView): Markup | null {
  switch (state.name) {
    case 'training':
      return html`<p id="stale" class="notice" data-written="${written.toISOString()}" data-after="${STALE}" hidden>Nothing was heard of this run since ${dateOf(written)}. If it was killed, <code>--resume</code> goes on with it.</p>`;
    case 'stopped':
      return html`<p class="notice">The run was stopped. <code>--resume</code> goes on with it.</p>`;
    case 'failed':
      return html`<p class="notice failed">${state.message}</p>`;
    case 'ended':
      return html`<p class="notice">The model of epoch ${state.bestEpoch} is kept: <code>figleaf classify --model ${shellWord(`${out}/model.onnx`)} photo.jpg</code></p>`;
  }
}

function tiles(view: RunView): Markup {
  const { state, progress, began, written, imagesPerSecond, secondsLeft, timeOf } = view;
  const last = progress.history.at(-1);
  const best = progress.bestEpoch === null ? last : progress.history[progress.bestEpoch - 1];
  const test = state.name === 'ended' ? state.test : null;
  const passed = (written.getTime() - began.getTime()) / 1000;
  const all: (readonly [string, string | null])[] = [
    ['test accuracy', test && percent(test.accuracy, 2)],
    ['test F1', test && asNumber(test.f1)],
    [`validation F1, epoch ${best?.epoch}`, asNumber(best?.validationF1)],
    [`validation accuracy, epoch ${best?.epoch}`, asPercent(best?.validationAccuracy)],
    [`validation loss, epoch ${best?.epoch}`, asNumber(best?.validationLoss)],
    last
      ? [`training loss, epoch ${last.epoch}`, asNumber(last.loss)]
      : ['training loss', asNumber(progress.curve.points.at(-1)?.loss)],
    ['images a second', imagesPerSecond === null ? null : brief(imagesPerSecond)],
    isRunning(view)
      ? ['left', secondsLeft === null ? '…' : timeOf(secondsLeft)]
      : [view.start.resumedAt > 0 ? 'since it was resumed' : 'in all', timeOf(passed)],
  ];
  return html`<dl class="tiles">${all
    .filter(([, value]) => value !== null)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function charts({ progress, start }: RunView): Content {
  const { curve, history, bestEpoch } = progress;
  if (curve.points.length === 0) return null;
  const epochOf = (step: number): number => step / start.stepsPerEpoch;
  const last = Math.max(epochOf(curve.points.at(-1)!.step), history.length);
  const within = (of: (point: (typeof curve.points)[number]) => number): Point[] =>
    curve.points.map((point) => [epochOf(point.step), of(point)]);
  const each = (of: (record: EpochRecord) => number | null): Point[] =>
    history
      .map((record): Point => [record.epoch, of(record) ?? Number.NaN])
      .filter(([, y]) => Number.isFinite(y));
  const common = {
    unit: 'epoch',
    xDomain: [0, Math.max(1, last)] as const,
    ...(bestEpoch !== null && { mark: { x: bestEpoch, words: 'best' } }),
  };
  const every = curve.every === 1 ? 'each step' : `${curve.every} steps`;
  const threeOf = (
    points: Point[],
    mean: (record: EpochRecord) => number,
    checked: (record: EpochRecord) => number | null,
  ): Series[] => [
    { name: `training, ${every}`, look: 'faint', points },
    // A mean over an epoch stands for its middle.
    { name: 'training, epoch', look: 'second', points: each(mean).map(([x, y]) => [x - 0.5, y]) },
    { name: 'validation', look: 'main', points: each(checked), hasDots: true },
  ];
  const losses = threeOf(
    within(({ loss }) => loss),
    ({ loss }) => loss,
    ({ validationLoss }) => validationLoss,
  );
  const shares = threeOf(
    within(({ accuracy }) => accuracy),
    ({ accuracy }) => accuracy,
    ({ validationAccuracy }) => validationAccuracy,
  );
  const rates: Series[] = [
    { name: 'learning rate', look: 'main', points: within(({ learningRate }) => learningRate) },
  ];
  const isLogarithmic = isWide(losses);
  return [
    chart({
      ...common,
      title: isLogarithmic ? 'Loss (log)' : 'Loss',
      summary: summaryOf('Loss', losses, brief),
      series: losses,
      isLogarithmic,
      format: brief,
    }),
    chart({
      ...common,
      title: 'Accuracy',
      summary: summaryOf('Accuracy', shares, asPercentage),
      series: shares,
      yDomain: [Math.floor(Math.min(1, ...valuesOf(shares)) * 10) / 10, 1],
      format: asPercentage,
    }),
    chart({
      unit: common.unit,
      xDomain: common.xDomain,
      title: 'Learning rate',
      summary: summaryOf('Learning rate', rates, brief),
      series: rates,
      yDomain: [Math.min(0, ...valuesOf(rates)), Math.max(...valuesOf(rates)) * 1.05],
      format: brief,
    }),
  ];
}

function valuesOf(series: readonly Series[]): number[] {
  return series.flatMap(({ points }) => points.map(([, value]) => value));
}

/** Whether values lie so far apart that the small ones would all look like 0. */
function isWide(series: readonly Series[]): boolean {
  const values = valuesOf(series);
  const least = Math.min(...values);
  return least > 0 && Math.max(...values) / least > 50;
}

function summaryOf(what: string, series: readonly Series[], format: (value: number) => string): string {
  const lines = series.flatMap(({ name, points }) => {
    const [first] = points;
    return first ? [`${name}: from ${format(first[1])} to ${format(points.at(-1)![1])}`] : [];
  });
  return `${what} by epoch. ${lines.join('; ')}.`;
}

/** Columns of the table of epochs behind the first; that of F1 only where a picture may be of several classes. */
function columnsOf(
  history: readonly EpochRecord[],
): readonly (readonly [name: string, of: (record: EpochRecord) => string | null])[] {
  const isMultiLabel = history.some(({ validationF1 }) => validationF1 !== undefined);
  return [
    ['steps', ({ step }) => count(step)],
    ['loss', ({ loss }) => asNumber(loss)],
    ['accuracy', ({ accuracy }) => asPercent(accuracy)],
    ['val. loss', ({ validationLoss }) => asNumber(validationLoss)],
    ['val. accuracy', ({ validationAccuracy }) => asPercent(validationAccuracy)],
    ...(isMultiLabel
      ? [['val. F1', ({ validationF1 }: EpochRecord) => asNumber(validationF1)] as const]
      : []),
    ['learning rate', ({ learningRate }) => brief(learningRate)],
    ['images/s', ({ imagesPerSecond }) => brief(imagesPerSecond)],
  ];
}

function epochTable({ progress: { history, bestEpoch } }: RunView): Content {
  if (history.length === 0) return null;
  const columns = columnsOf(history);
  const row = (record: EpochRecord): Markup => {
    const isBest = record.epoch === bestEpoch;
    return html`<tr${isBest && html` class="best"`}><th scope="row">${isBest && html`<span class="badge">best</span>`}${record.epoch}</th>${columns.map(([, of]) => html`<td>${of(record) ?? '–'}</td>`)}</tr>`;
  };
  return html`<div class="card epochs"><h2 id="epochs">Epochs</h2>
<div class="rows" role="region" aria-labelledby="epochs" tabindex="0"><table>
<thead><tr><th scope="col">epoch</th>${columns.map(([name]) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${history.toReversed().map(row)}</tbody>
</table></div></div>`;
}

function facts({ progress, start, out }: RunView): Markup {
  const { run } = progress;
  const { pictures, parameters, skipped, classes } = start;
  const [channels, height, width] = run.picture;
  const more = (all: number, most: number): Content =>
    all > most && html`<li>and ${count(all - most)} more</li>`;
  const all: (readonly [string, Content])[] = [
    ['folder', html`<code>${out}</code>`],
    ['model', `${run.model}; input ${width} × ${height} × ${channels}`],
    ['parameters', `${count(parameters.all)}, of which ${count(parameters.trainable)} learn`],
    [
      'pictures',
      `${count(pictures.train)} to train with, ${count(pictures.validation)} for validation, ${count(pictures.test)} for the test`,
    ],
    [
      'left out',
      skipped.length > 0 &&
        html`<ul>${skipped.slice(0, MOST_SKIPPED).map(({ name, code }) => html`<li>${name} (${code})</li>`)}${more(skipped.length, MOST_SKIPPED)}</ul>`,
    ],
    ['steps', `${count(start.stepsPerEpoch)} an epoch, of ${count(run.batchSize)} pictures each`],
    [
      'augmentation',
      run.augmentation &&
        html`<ul>${run.augmentation.operations.map((operation) => html`<li>${wordsOfOperation(operation)}</li>`)}</ul>`,
    ],
    ['seed', String(run.seed)],
    [
      'classes',
      html`<ul class="names">${classes.slice(0, MOST_NAMES).map((name) => html`<li>${name}</li>`)}${more(classes.length, MOST_NAMES)}</ul>`,
    ],
  ];
  return html`<section class="card" aria-labelledby="facts"><h2 id="facts">What is trained</h2><dl class="facts">${all
    .filter(([, content]) => content)
    .map(([name, content]) => html`<dt>${name}</dt><dd>${content}</dd>`)}</dl></section>`;
}

const count = (value: number): string => value.toLocaleString('en');

/** Three digits, and an exponent only where there is no other way. */
const brief = (value: number): string =>
  value === 0 || (Math.abs(value) >= 1e-5 && Math.abs(value) < 1e6)
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1);

const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)} %`;

const asPercentage = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

const asPercent = (share: number | null | undefined): string | null =>
  share === null || share === undefined ? null : percent(share, 1);

const asNumber = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : value.toFixed(4);

const dateOf = (date: Date): string =>
  date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
