/** The keys of the page: what each does, and how the help says it. */
import type { Outcome } from '../severity.ts';
import { OUTCOME_WORDS } from './words.ts';

/** A way from one card to another. */
export type Step = 'next' | 'previous' | 'down' | 'up' | 'first' | 'last';

/** What a key can ask for. */
export type Action =
  | { readonly step: Step }
  | { readonly filter: Outcome | null }
  | 'reveal'
  | 'blur-all'
  | 'details'
  | 'copy'
  | 'search'
  | 'help';

/** Outcomes that have a key, in the order of the keys 1 to 4. */
export const FILTERS: readonly Outcome[] = ['block', 'review', 'error', 'allow'];

const KEYS: Readonly<Record<string, Action>> = {
  ArrowRight: { step: 'next' },
  ArrowLeft: { step: 'previous' },
  ArrowDown: { step: 'down' },
  ArrowUp: { step: 'up' },
  j: { step: 'next' },
  k: { step: 'previous' },
  Home: { step: 'first' },
  End: { step: 'last' },
  Enter: 'reveal',
  ' ': 'reveal',
  b: 'blur-all',
  i: 'details',
  c: 'copy',
  '/': 'search',
  '?': 'help',
  0: { filter: null },
  ...Object.fromEntries(FILTERS.map((filter, index) => [index + 1, { filter }])),
};

/** The keys as the help lists them. */
export const KEY_HELP: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['←', '→', '↑', '↓'], 'Move from card to card'],
  [['j', 'k'], 'Next, previous'],
  [['Home', 'End'], 'First, last'],
  [['Enter', 'Space'], 'Reveal the picture, or blur it again'],
  [['b'], 'Blur all'],
  [['i'], 'Details'],
  [['c'], 'Copy the path'],
  ...FILTERS.map(
    (outcome, index) => [[String(index + 1)], `${OUTCOME_WORDS[outcome].many}: on or off`] as const,
  ),
  [['0'], 'Show everything'],
  [['/'], 'Search'],
  [['?'], 'This help'],
];

/** What a key asks for; null for one that the browser or a field is to have. */
export function actionOf(event: KeyboardEvent): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const target = event.target as Element;
  if (target.closest('input, select, dialog')) return null;
  const action = KEYS[event.key] ?? null;
  // A button that has the focus takes these itself.
  return action === 'reveal' && target.closest('button') ? null : action;
}

/** The card that a step leads to, or the nearest there is. */
export function stepFrom(index: number, step: Step, columns: number, cards: number): number {
  const target = {
    next: index + 1,
    previous: index - 1,
    down: index + columns,
    up: index - columns,
    first: 0,
    last: cards - 1,
  }[step];
  return Math.max(0, Math.min(cards - 1, target));
}
