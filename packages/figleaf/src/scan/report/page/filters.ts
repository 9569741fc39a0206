/** The bar over the page: how many records there are of each outcome, and which of them are shown. */
import { OUTCOMES, type Outcome } from '../severity.ts';
import { element } from './dom.ts';
import { FILTERS } from './keys.ts';
import { count, OUTCOME_WORDS, sum } from './words.ts';

type Counts = Readonly<Record<Outcome, number>>;

/** The buttons of the bar. */
export class Filters {
  readonly #buttons = new Map<Outcome | 'all', HTMLButtonElement>();

  /** @param onPick Told which outcome to show or hide; null for everything. */
  constructor(group: HTMLElement, counts: Counts, onPick: (outcome: Outcome | null) => void) {
    const add = (key: Outcome | 'all', words: string, records: number, shortcut: string | null): void => {
      const button = element(
        'button',
        { type: 'button', class: 'filter', 'data-outcome': key, 'aria-keyshortcuts': shortcut },
        element('b', {}, count(records)),
        element('span', {}, words),
      );
      button.addEventListener('click', () => onPick(key === 'all' ? null : key));
      this.#buttons.set(key, button);
      group.append(button);
    };
    add('all', 'All records', sum(counts), '0');
    for (const outcome of occurring(counts)) {
      const shortcut = FILTERS.indexOf(outcome) + 1;
      add(outcome, OUTCOME_WORDS[outcome].many, counts[outcome], shortcut > 0 ? String(shortcut) : null);
    }
  }

  /** Marks what is shown; everything where nothing is named. */
  show(outcomes: ReadonlySet<Outcome>): void {
    for (const [key, button] of this.#buttons) {
      const pressed = key === 'all' ? outcomes.size === 0 : outcomes.has(key);
      button.setAttribute('aria-pressed', String(pressed));
    }
  }
}

/** The counts as one long bar. */
export function showShares(bar: HTMLElement, counts: Counts): void {
  const total = sum(counts);
  for (const outcome of OUTCOMES) {
    if (counts[outcome] === 0) continue;
    const part = element('span', { 'data-outcome': outcome });
    part.style.flexGrow = String(counts[outcome] / total);
    bar.append(part);
  }
}

/** Those that have a key always have a button; `unjudged` only where there are such records. */
function occurring(counts: Counts): Outcome[] {
  return OUTCOMES.filter((outcome) => outcome !== 'unjudged' || counts.unjudged > 0);
}
