/** All that is known of one record, in a dialog. */
import type { ReportEntry } from '../data.ts';
import { outcomeOf } from '../severity.ts';
import { element } from './dom.ts';
import { scoreRows } from './scores.ts';
import { factsInWords, fileName, OUTCOME_WORDS, reasonInWords, visible } from './words.ts';

/** Opens the dialog on an entry; `copy` is called with its path. */
export function showDetails(dialog: HTMLDialogElement, entry: ReportEntry, copy: () => void): void {
  const { record, order } = entry;
  const outcome = outcomeOf(record);
  const copyButton = element('button', { type: 'button', class: 'button' }, 'Copy the path');
  copyButton.addEventListener('click', copy);
  dialog.replaceChildren(
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id: 'details-name' }, fileName(record.input)),
      element('button', { class: 'icon close', 'aria-label': 'Close' }),
    ),
    element(
      'p',
      {},
      element('span', { class: 'badge', 'data-outcome': outcome }, OUTCOME_WORDS[outcome].one),
      ` ${reasonInWords(record)}`,
    ),
    element('p', { class: 'path' }, visible(record.input)),
    copyButton,
    ...(record.scores ? [element('h3', {}, 'Scores'), scoreRows({ ...record.scores })] : []),
    ...(Object.keys(record.classes).length > 0
      ? [element('h3', {}, 'Classes'), scoreRows(record.classes)]
      : []),
    element(
      'p',
      { class: 'facts' },
      ...[`No. ${order} of the scan`, ...factsInWords(record), ...record.models].map((fact) =>
        element('span', {}, fact),
      ),
    ),
  );
  dialog.showModal();
}
