/** Records in words. */
import { decidingPart, type RecordedDetection } from '../../deciding-part.ts';
import type { ScanRecord } from '../../schema.ts';
import type { ReportData, ReportEntry, ReportSummary } from '../data.ts';
import { isBlockListed, OUTCOMES, type Outcome, outcomeOf } from '../severity.ts';

/** What became of an input, as a heading over many and as a badge on one. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, { readonly many: string; readonly one: string }>> = {
  block: { many: 'Blocked', one: 'Block' },
  review: { many: 'To review', one: 'Review' },
  error: { many: 'Unreadable', one: 'Unreadable' },
  unjudged: { many: 'No verdict', one: 'No verdict' },
  allow: { many: 'Allowed', one: 'Allow' },
};

/** 0.9312 as `93.1 %`. */
export function percent(p: number, digits = 1): string {
  return `${(p * 100).toFixed(digits)} %`;
}

/** 1234567 as `1,234,567`. */
export function count(n: number): string {
  return n.toLocaleString('en');
}

function records(n: number): string {
  return `${count(n)} ${n === 1 ? 'record' : 'records'}`;
}

/** How many records there are in all. */
export function sum(counts: Readonly<Record<Outcome, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}

/** What a reader should know of the scan: names and values. */
export function aboutInWords({
  started,
  profile,
  policy,
  models,
  interrupted,
}: ReportSummary): [name: string, value: string][] {
  const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });
  const when = date.format(new Date(started));
  const about: [string, string | null][] = [
    ['Scanned', interrupted ? `${when}, interrupted before the end` : when],
    ['Profile', profile],
    ['Policy', policy],
    [models.length === 1 ? 'Model' : 'Models', models.join(', ') || null],
  ];
  return about.filter((pair): pair is [string, string] => pair[1] !== null);
}

/** What the report leaves out; null where it lists everything. */
export function unlistedInWords({ counts, entries }: ReportData): string | null {
  const left = { ...counts };
  for (const { record } of entries) left[outcomeOf(record)]--;
  const total = sum(left);
  if (total === 0) return null;
  const parts = OUTCOMES.filter((outcome) => left[outcome] > 0).map(
    (outcome) => `${count(left[outcome])} ${OUTCOME_WORDS[outcome].many.toLowerCase()}`,
  );
  return (
    `The ${count(entries.length)} most severe of ${records(sum(counts))} are listed. ` +
    `${count(total)} more ${total === 1 ? 'is' : 'are'} counted but not listed: ${parts.join(', ')}.`
  );
}

/** How many of the listed records are shown. */
export function shownInWords(shown: number, listed: number): string {
  return shown === listed ? records(listed) : `${count(shown)} of ${records(listed)}`;
}

/**
 * A name as it may be shown: control characters, and those that turn the direction of writing to pass one name off as
 * another, are replaced.
 */
export function visible(name: string): string {
  return name.replace(/[\p{Cc}\p{Cs}\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** The last part of a path or URL, whichever way its slashes lean. */
export function fileName(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  return visible(parts.at(-1) ?? path);
}

/** Why the record is where it is, in one line. */
export function reasonInWords(record: ScanRecord): string {
  const { reason, error, scores } = record;
  if (isBlockListed(record)) return 'Matches a block list';
  if (error) return 'Could not be judged';
  const part = decidingPart(record);
  if (part) return `${partInWords(part)} ${percent(part.score)}`;
  if (reason) return `${ruleInWords(reason.rule)} ${percent(reason.score)}`;
  return scores ? `Unsafe ${percent(scores.unsafe)}` : 'No scores';
}

/** A label as its detector writes it, and of an animation the frame in which it was seen. */
export function partInWords({ label, frame }: RecordedDetection): string {
  return frame === undefined ? visible(label) : `${visible(label)}, frame ${frame + 1}`;
}

/** `scores.unsafe`, `classes.porn`, `boxes.unsafe`, the rules of a policy, as `Unsafe`, `Class porn`, `Unsafe part`. */
function ruleInWords(rule: string): string {
  const [group, name] = rule.split(/\.(.*)/s);
  if (group === 'classes' && name) return `Class ${visible(name)}`;
  if (group === 'labels' && name) return visible(name);
  const family = group === 'boxes' ? `${name} part` : group === 'scores' ? name : undefined;
  const words = visible(family ?? rule).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Why there is no preview of a record. */
export function absenceInWords(record: ScanRecord): string {
  if (isBlockListed(record)) return 'Never shown: on a block list';
  if (record.error) return visible(record.error.message.replaceAll(record.input, fileName(record.input)));
  return 'No preview';
}

/** What else is known of the picture: its size in pixels, how much of it was judged, the code of an error. */
export function factsInWords({ kind, width, height, frames, truncated, error }: ScanRecord): string[] {
  return [
    ...(kind === 'video' ? ['video'] : []),
    ...(width === null || height === null ? [] : [`${width} × ${height}`]),
    ...(frames === undefined ? [] : [`${count(frames)} ${frames === 1 ? 'frame' : 'frames'}`]),
    ...(truncated ? ['file cut off'] : []),
    ...(error ? [error.code] : []),
  ];
}

/** What somebody hears who does not see the card. */
export function cardInWords({ record, thumbnail }: ReportEntry): string {
  const absence = thumbnail ? [] : [absenceInWords(record)];
  return [
    fileName(record.input),
    OUTCOME_WORDS[outcomeOf(record)].one,
    reasonInWords(record),
    ...absence,
  ].join(', ');
}
