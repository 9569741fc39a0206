/** A card: one record with its preview, verdict, reason and scores. */
import type { ReportEntry } from '../data.ts';
import { outcomeOf } from '../severity.ts';
import { boxesOver } from './boxes.ts';
import { element } from './dom.ts';
import { scoreBar } from './scores.ts';
import {
  absenceInWords,
  cardInWords,
  factsInWords,
  fileName,
  OUTCOME_WORDS,
  reasonInWords,
  visible,
} from './words.ts';

/** What the buttons of a card ask for, as their `data-action`. */
export type CardAction = 'reveal' | 'details' | 'copy';

/** The card of an entry, which is the `index`-th of `count`. */
export function createCard(entry: ReportEntry, index: number, count: number): HTMLElement {
  const { record } = entry;
  const outcome = outcomeOf(record);
  return element(
    'li',
    { class: 'card', 'data-index': index, 'aria-setsize': count, 'aria-posinset': index + 1 },
    preview(entry),
    element(
      'span',
      { class: 'badge', 'data-outcome': outcome, 'aria-hidden': 'true' },
      OUTCOME_WORDS[outcome].one,
    ),
    element(
      'div',
      { class: 'caption' },
      element('p', { class: 'name', title: visible(record.input) }, fileName(record.input)),
      iconButton('copy', `Copy the path of ${fileName(record.input)}`),
      iconButton('details', `Details of ${fileName(record.input)}`),
      element('p', { class: 'reason', title: reasonInWords(record) }, reasonInWords(record)),
      ...(record.scores ? [scoreBar(record.scores)] : []),
      element('p', { class: 'facts' }, ...factsInWords(record).map((fact) => element('span', {}, fact))),
    ),
  );
}

/** Shows the picture of a card clearly, or blurs it. Only a card with a picture has anything to reveal. */
export function setRevealed(card: HTMLElement, revealed: boolean): void {
  const button = card.querySelector('.preview')!;
  if (button.querySelector('img')) button.setAttribute('aria-pressed', String(revealed));
}

/** Lets the Tab key reach the buttons of this card, or jump over them. */
export function setReachable(card: HTMLElement, reachable: boolean): void {
  for (const button of card.querySelectorAll('button')) button.tabIndex = reachable ? 0 : -1;
}

function preview(entry: ReportEntry): HTMLElement {
  const { record, thumbnail } = entry;
  const shown = thumbnail
    ? element('img', {
        src: `data:image/webp;base64,${thumbnail}`,
        alt: '',
        decoding: 'async',
        draggable: 'false',
      })
    : element('span', { class: 'absent' }, absenceInWords(record));
  const boxes = thumbnail ? boxesOver(record) : null;
  return element(
    'button',
    {
      type: 'button',
      class: 'preview',
      'data-action': thumbnail ? 'reveal' : 'details',
      'aria-label': cardInWords(entry),
      'aria-pressed': thumbnail ? 'false' : null,
    },
    shown,
    ...(boxes ? [boxes] : []),
  );
}

function iconButton(action: CardAction, label: string): HTMLElement {
  return element('button', {
    type: 'button',
    class: `icon ${action}`,
    'data-action': action,
    'aria-label': label,
    title: label,
  });
}
