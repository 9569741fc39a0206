/** The page of a report: reads the data that the file holds, shows them, and does what buttons and keys ask for. */
import type { ReportData, ReportEntry } from '../data.ts';
import type { Outcome } from '../severity.ts';
import type { CardAction } from './card.ts';
import { Cards } from './cards.ts';
import { showDetails } from './details.ts';
import { byId, element } from './dom.ts';
import { Filters, showShares } from './filters.ts';
import { type Action, actionOf, KEY_HELP } from './keys.ts';
import { EVERYTHING, type Query, type Sort, select, toggled } from './query.ts';
import { aboutInWords, percent, shownInWords, unlistedInWords } from './words.ts';

const report = JSON.parse(byId('report').textContent) as ReportData;

const status = byId('status');
const text = byId<HTMLInputElement>('text');
const minimum = byId<HTMLInputElement>('minimum');
const sort = byId<HTMLSelectElement>('sort');
const help = byId<HTMLDialogElement>('help');
const blurAll = byId<HTMLButtonElement>('blur-all');

const filters = new Filters(byId('filters'), report.counts, pick);
const cards = new Cards(byId('cards'), (revealed) => {
  blurAll.disabled = revealed === 0;
});
let query = EVERYTHING;

function introduce(): void {
  document.title = report.title;
  byId('title').textContent = report.title;
  for (const [name, value] of aboutInWords(report))
    byId('about').append(element('div', {}, element('dt', {}, name), element('dd', {}, value)));
  showShares(byId('shares'), report.counts);
  const unlisted = unlistedInWords(report);
  byId('unlisted').hidden = unlisted === null;
  byId('unlisted').textContent = unlisted;
  for (const [keys, what] of KEY_HELP) {
    const names = keys.map((key) => element('kbd', {}, key));
    byId('keys').append(element('div', {}, element('dt', {}, ...names), element('dd', {}, what)));
  }
}

/** Shows what the query asks for. */
function show(next: Query): void {
  query = next;
  const entries = select(report.entries, query);
  filters.show(query.outcomes);
  byId('minimum-shown').textContent = percent(query.minimum, 0);
  byId('nothing').hidden = entries.length > 0;
  byId('nothing').firstElementChild!.textContent =
    report.entries.length === 0 ? 'Nothing was scanned.' : 'No record matches.';
  byId('show-everything').hidden = report.entries.length === 0;
  status.textContent = shownInWords(entries.length, report.entries.length);
  // Whoever looks at the end of a long list would otherwise see nothing of a short one.
  const { top } = byId('controls').getBoundingClientRect();
  if (top <= 0) scrollTo({ top: byId('controls').offsetTop });
  cards.show(entries);
}

/** Shows or hides one outcome; null shows everything. */
function pick(outcome: Outcome | null): void {
  if (outcome) show(toggled(query, outcome));
  else showEverything();
}

function showEverything(): void {
  text.value = '';
  minimum.value = '0';
  show({ ...EVERYTHING, sort: query.sort });
}

/** Copies the path of an entry, and says how that went. */
async function copyPath({ record }: ReportEntry): Promise<string> {
  try {
    await navigator.clipboard.writeText(record.input);
    return 'Path copied';
  } catch {
    // Some browsers keep the clipboard from pages that were opened as a file.
    return 'This browser lets no file copy; select the path in the details';
  }
}

async function copyAndTell(entry: ReportEntry): Promise<void> {
  status.textContent = await copyPath(entry);
}

function act(action: CardAction): void {
  const entry = cards.current;
  if (!entry) return;
  if (action === 'reveal') cards.toggle();
  else if (action === 'copy') void copyAndTell(entry);
  else showDetails(byId<HTMLDialogElement>('details'), entry, () => copyPath(entry));
}

function obey(action: Action): void {
  if (typeof action === 'object') {
    if ('step' in action) cards.step(action.step);
    else pick(action.filter);
  } else if (action === 'search') text.select();
  else if (action === 'help') help.showModal();
  else if (action === 'blur-all') cards.blurAll();
  else act(action);
}

addEventListener('keydown', (event) => {
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  obey(action);
});
byId('cards').addEventListener('click', ({ target }) => {
  const button = (target as Element).closest<HTMLElement>('[data-action]');
  // Safari gives a button that was clicked no focus, and that is what makes its card the current one.
  button?.focus();
  if (button) act(button.dataset.action as CardAction);
});
byId('controls').addEventListener('submit', (event) => {
  event.preventDefault();
  cards.focus();
});
text.addEventListener('input', () => show({ ...query, text: text.value }));
minimum.addEventListener('input', () => show({ ...query, minimum: minimum.valueAsNumber / 100 }));
sort.addEventListener('change', () => show({ ...query, sort: sort.value as Sort }));
blurAll.addEventListener('click', () => cards.blurAll());
byId('open-help').addEventListener('click', () => help.showModal());
byId('show-everything').addEventListener('click', showEverything);

introduce();
show(EVERYTHING);
