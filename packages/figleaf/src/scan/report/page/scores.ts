/** Scores as bars. */
import type { ScanRecord } from '../../schema.ts';
import { element } from './dom.ts';
import { percent } from './words.ts';

/** The three scores in the order in which bars have them. */
export const SCORES = ['unsafe', 'suggestive', 'safe'] as const;

/** One bar whose parts are the three scores. */
export function scoreBar(scores: NonNullable<ScanRecord['scores']>): HTMLElement {
  const known = SCORES.filter((name) => scores[name] !== null);
  const words = known.map((name) => `${name} ${percent(scores[name]!)}`).join(', ');
  const parts = known.map((name) => share(name, scores[name]!));
  return element('span', { class: 'score-bar', role: 'img', 'aria-label': words, title: words }, ...parts);
}

/** A row for each value: its name, a bar, and the percentage. */
export function scoreRows(values: Readonly<Record<string, number | null>>): HTMLElement {
  const rows = Object.entries(values).flatMap(([name, p]) =>
    p === null
      ? []
      : [
          element('dt', {}, name),
          element(
            'dd',
            {},
            element('span', { class: 'score-bar' }, share(name, p)),
            element('b', {}, percent(p)),
          ),
        ],
  );
  return element('dl', { class: 'scores' }, ...rows);
}

/** A part of a bar, as long as `p` says. The page's policy on content forbids `style` attributes, but not this. */
export function share(name: string, p: number): HTMLElement {
  const part = element('span', { 'data-of': name });
  part.style.flexGrow = String(p);
  part.style.flexBasis = '0';
  part.style.maxWidth = `${p * 100}%`;
  return part;
}
