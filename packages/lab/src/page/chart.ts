/** Lines over two axes as SVG: as wide as there is room, with text that keeps its size; scales and paths are those of d3. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { html, type Markup } from './html.ts';

/** A point by its values. */
export type Point = readonly [x: number, y: number];

/** Colours of lines; `faint` lines are thinner, `dashed` ones are what others are held against. */
export type Look = 'main' | 'second' | 'third' | 'fourth' | 'fifth' | 'sixth' | 'faint' | 'dashed';

/** One line. */
export interface Series {
  readonly name: string;
  /** Which of the page's colours it has, and how strong it is. */
  readonly look: Look;
  /** From left to right. Points that are no numbers break the line. */
  readonly points: readonly Point[];
  /** Whether each point is a dot that says its values. */
  readonly hasDots?: boolean;
  /** For each point, which share of all that was counted is behind it: the area of its dot. Default: all dots are the same. */
  readonly shares?: readonly number[];
}

/** A chart. */
export interface ChartOptions {
  readonly title: string;
  /** What the chart shows, for those who do not see it. */
  readonly summary: string;
  readonly series: readonly Series[];
  /** What the horizontal axis counts, such as `epoch`; with `xFormat` what it measures. */
  readonly unit: string;
  /** How values of the horizontal axis are written. Default: it counts, in whole numbers. */
  readonly xFormat?: (value: number) => string;
  readonly xDomain: Point;
  /** Default: from 0, or where that is no number from the least, to the greatest value, rounded outwards. */
  readonly yDomain?: Point;
  /** Whether steps of the vertical axis are factors; only for values above 0. Default false. */
  readonly isLogarithmic?: boolean;
  readonly format: (value: number) => string;
  /** An upright line with words. */
  readonly mark?: { readonly x: number; readonly words: string };
}

/** Side of the square that paths are drawn in; it is stretched to the room that there is. */
const SIDE = 1000;

/** Grid lines of the vertical axis, about. */
const LEVELS = 5;

/** More dots than this would be a second, thicker line. */
const MOST_DOTS = 80;

/** Of dots, in pixels; between the least and the most where their areas differ. */
const RADIUS = 3.5;
const LEAST_RADIUS = 1.5;
const MOST_RADIUS = 7;

/** A figure with the chart, its title and its legend. */
export function chart(options: ChartOptions): Markup {
  const { title, summary, series, mark } = options;
  const { x, y } = scalesOf(options);
  const shown = series.filter(({ points }) => points.length > 0);
  const path = line<Point>()
    .defined(([, value]) => Number.isFinite(value))
    .x(([at]) => round(x(at)))
    .y(([, value]) => round(y(value)));
  return html`<figure class="chart${options.xFormat ? ' measured' : null}">
<figcaption><h2>${title}</h2>${shown.length > 1 && legend(shown)}</figcaption>
<div class="plot"><svg role="img" aria-label="${summary}">
${levels(options, y)}
${epochs(options, x)}
${mark !== undefined && marked(mark, x)}
<svg class="lines" viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none" width="100%" height="100%">
${shown.map(({ points, look }) => html`<path class="${look}" d="${path(points) ?? ''}" />`)}
</svg>
${shown.filter(({ hasDots, points }) => hasDots && points.length <= MOST_DOTS).map((one) => dots(one, options, x, y))}
</svg></div>
</figure>`;
}

type Scale = (value: number) => number;

function scalesOf({ series, xDomain, yDomain, isLogarithmic }: ChartOptions) {
  const x = scaleLinear().domain(xDomain).range([0, SIDE]);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const [least, most] = yDomain ?? [isLogarithmic ? Math.min(...values) : 0, Math.max(...values)];
  const alone = isLogarithmic ? [least / 2, least * 2] : [0, 1];
  const domain = least < most ? [least, most] : alone;
  const y = (isLogarithmic ? scaleLog() : scaleLinear()).domain(domain).range([SIDE, 0]);
  return { x, y: yDomain ? y : y.nice(LEVELS) };
}

function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(({ name, look }) => html`<li class="${look}">${keyOf(look)}${name}</li>`)}</ul>`;
}

/** A piece of a line, with the colour and the dashes that it has in charts. */
export function keyOf(look: Look): Markup {
  return html`<svg class="key ${look}" aria-hidden="true"><line x1="0" x2="100%" y1="50%" y2="50%" /></svg>`;
}

function levels({ format, isLogarithmic }: ChartOptions, y: ReturnType<typeof scalesOf>['y']): Markup[] {
  const ticks = y.ticks(LEVELS);
  // Between powers of ten a logarithmic scale has more ticks than there is room for.
  const isNamed = isLogarithmic && ticks.length > 2 * LEVELS ? y.tickFormat(LEVELS, '~g') : format;
  return ticks
    .filter((value) => isNamed(value) !== '')
    .map((value) => {
      const at = share(y(value));
      return html`<line class="grid" x1="0" x2="100%" y1="${at}" y2="${at}" /><text class="level" x="0" y="${at}">${format(value)}</text>`;
    });
}

function epochs({ unit, xDomain, xFormat }: ChartOptions, x: ReturnType<typeof scalesOf>['x']): Markup[] {
  if (xFormat) {
    const words = x
      .ticks(5)
      .map((value) => html`<text class="count" x="${share(x(value))}" y="100%">${xFormat(value)}</text>`);
    return [...words, html`<text class="axis" x="50%" y="100%">${unit}</text>`];
  }
  const ticks = x.ticks(Math.min(8, Math.ceil(xDomain[1] - xDomain[0]))).filter(Number.isInteger);
  return ticks.map((value) => {
    const words = value === 0 ? unit : String(value);
    return html`<text class="${value === 0 ? 'unit' : 'count'}" x="${share(x(value))}" y="100%">${words}</text>`;
  });
}

function marked({ x: at, words }: { readonly x: number; readonly words: string }, x: Scale): Markup {
  const left = share(x(at));
  return html`<line class="mark" x1="${left}" x2="${left}" y1="0" y2="100%" /><text class="mark${sideOf(x(at))}" x="${left}" y="0">${words}</text>`;
}

/** Words in the middle of a mark near either end would run into those of the axis, or out of the chart. */
function sideOf(place: number): string {
  if (place < SIDE / 10) return ' early';
  return place > SIDE * 0.9 ? ' late' : '';
}

function dots(
  { name, look, points, shares }: Series,
  { unit, format, xFormat = String }: ChartOptions,
  x: Scale,
  y: Scale,
): Markup[] {
  return points.flatMap(([at, value], index) => {
    if (!Number.isFinite(value)) return [];
    const radius = shares
      ? round(LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * Math.sqrt(shares[index]!))
      : RADIUS;
    return html`<circle class="${look}" cx="${share(x(at))}" cy="${share(y(value))}" r="${radius}"><title>${name}, ${unit} ${xFormat(at)}: ${format(value)}</title></circle>`;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A place on an axis as a share of its length. */
function share(place: number): string {
  return `${Math.round((place / SIDE) * 10_000) / 100}%`;
}
