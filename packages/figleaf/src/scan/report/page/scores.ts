/** Scores as bars. */
import type { ScanRecord } from '../../schema.ts';
import { element } from './dom.ts';
import { partInWords, percent } from './words.ts';

type Scores = NonNullable<ScanRecord['scores']>;
/** `of` is what its bar is coloured as, by default the name. */
type Value = readonly [name: string, p: number, of?: string];

/** Those of the three scores that the models give, in the order in which bars have them. */
export function scoresOf({ unsafe, suggestive, safe }: Scores): Value[] {
  return [
    ['unsafe', unsafe],
    ...(suggestive === null ? [] : [['suggestive', suggestive] as const]),
    ['safe', safe],
  ];
}

/** What a detector found, the surest first. */
export function partsOf({ detections = [] }: ScanRecord): Value[] {
  return detections.map((detection) => [partInWords(detection), detection.score, detection.category ?? '']);
}

/** One bar whose parts are the scores. */
export function scoreBar(scores: Scores): HTMLElement {
  const values = scoresOf(scores);
  const words = values.map(([name, p]) => `${name} ${percent(p)}`).join(', ');
  const parts = values.map(([name, p]) => share(name, p));
  return element('span', { class: 'score-bar', role: 'img', 'aria-label': words, title: words }, ...parts);
}

/** A row for each value: its name, a bar, and the percentage. */
export function scoreRows(values: readonly Value[]): HTMLElement {
  const rows = values.flatMap(([name, p, of = name]) => [
    element('dt', {}, name),
    element('dd', {}, element('span', { class: 'score-bar' }, share(of, p)), element('b', {}, percent(p))),
  ]);
  return element('dl', { class: 'scores' }, ...rows);
}

/** A part of a bar, as long as `p` says. The page's policy on content forbids `style` attributes, but not this. */
function share(of: string, p: number): HTMLElement {
  const part = element('span', { 'data-of': of });
  part.style.flexGrow = String(p);
  part.style.flexBasis = '0';
  part.style.maxWidth = `${p * 100}%`;
  return part;
}
