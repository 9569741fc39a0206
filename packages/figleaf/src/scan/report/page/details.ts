/** All that is known of one record, in a dialog. */
import type { ReportEntry } from '../data.ts';
import { outcomeOf } from '../severity.ts';
import { element } from './dom.ts';
import { partsOf, scoreRows, scoresOf } from './scores.ts';
import { absenceInWords, factsInWords, fileName, OUTCOME_WORDS, reasonInWords, visible } from './words.ts';

/** Opens the dialog on an entry; `copy` copies its path and says how that went. */
export function showDetails(
  dialog: HTMLDialogElement,
  entry: ReportEntry,
  copy: () => Promise<string>,
): void {
  const { record, order } = entry;
  const outcome = outcomeOf(record);
  const classes = Object.entries(record.classes).sort(([, a], [, b]) => b - a);
  const found = partsOf(record);
  const parts = found.length > 0 ? scoreRows(found) : element('p', {}, 'The detector found none.');
  const copyButton = element('button', { type: 'button', class: 'button' }, 'Copy the path');
  // What lies under the dialog cannot say it.
  copyButton.addEventListener('click', async () => {
    copyButton.textContent = await copy();
  });
  dialog.replaceChildren(
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id: 'details-name' }, fileName(record.input)),
      element('button', { type: 'submit', class: 'icon close', 'aria-label': 'Close' }),
    ),
    element(
      'p',
      {},
      element('span', { class: 'badge', 'data-outcome': outcome }, OUTCOME_WORDS[outcome].one),
      ` ${record.error ? absenceInWords(record) : reasonInWords(record)}`,
    ),
    element('p', { class: 'path' }, visible(record.input)),
    copyButton,
    ...(record.detections ? [element('h3', {}, 'Parts'), parts] : []),
    ...(record.scores ? [element('h3', {}, 'Scores'), scoreRows(scoresOf(record.scores))] : []),
    ...(classes.length > 0 ? [element('h3', {}, 'Classes'), scoreRows(classes)] : []),
    element(
      'p',
      { class: 'facts' },
      ...[`No. ${order} of the scan`, ...factsInWords(record), record.models.join(' + ')].map((fact) =>
        element('span', {}, fact),
      ),
    ),
  );
  dialog.showModal();
}
