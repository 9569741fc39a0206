/** Records as lines for people, in columns of fixed width so that each can be printed as it comes. */
import pc from 'picocolors';
import { decidingPart } from '../scan/deciding-part.ts';
import type { ScanRecord } from '../scan/record.ts';
import { printable } from './console.ts';

const percent = (p: number | null): string => (p === null ? '-' : `${(p * 100).toFixed(1)} %`);

const VERDICT_WIDTH = 'verdict'.length;

type Paint = (text: string) => string;

const COLOURS: Readonly<Record<NonNullable<ScanRecord['verdict']>, Paint>> = {
  allow: pc.green,
  review: pc.yellow,
  block: pc.red,
};

/** The heading of the table. */
export function tableHeading(): string {
  return pc.dim(
    [
      'unsafe'.padStart(8),
      'suggestive'.padStart(11),
      'safe'.padStart(8),
      '  class'.padEnd(20),
      'picture',
    ].join(' '),
  );
}

/** The heading of the table with verdicts. */
export function verdictHeading(): string {
  return `${pc.dim('verdict')} ${tableHeading()}`;
}

/** One record as one line that begins with its verdict. */
export function verdictRow(record: ScanRecord): string {
  const cell = (record.verdict ?? '').padEnd(VERDICT_WIDTH);
  return `${colourOf(record)(cell)} ${tableRow(record)}`;
}

/** One record as one line. */
export function tableRow(record: ScanRecord): string {
  const name = printable(shownName(record));
  if (record.error) {
    return `${pc.yellow(record.error.code.padStart(29))}   ${''.padEnd(17)} ${name}  ${pc.dim(printable(record.error.message))}`;
  }
  const { scores } = record;
  const colour = colourOf(record);
  const cells = [
    colour(percent(scores?.unsafe ?? null).padStart(8)),
    percent(scores?.suggestive ?? null).padStart(11),
    percent(scores?.safe ?? null).padStart(8),
    `  ${topClass(record.classes)}`.padEnd(20),
  ];
  return `${cells.join(' ')} ${colour(name)}${pc.dim(remarks(record))}`;
}

/** What people see a record called: a picture on a block list is told by its entry there alone. */
export function shownName({ input, match }: ScanRecord): string {
  return match ? `on the block list: ${match.kind} ${match.hash}` : input;
}

function topClass(classes: ScanRecord['classes']): string {
  const [top] = Object.entries(classes).sort(([, a], [, b]) => b - a);
  return top ? `${printable(top[0])} ${percent(top[1])}` : '';
}

function colourOf({ verdict, scores }: ScanRecord): Paint {
  if (verdict) return COLOURS[verdict];
  if (!scores) return (text) => text;
  if (scores.unsafe > 0.5) return pc.red;
  return scores.unsafe + (scores.suggestive ?? 0) > 0.5 ? pc.yellow : pc.green;
}

function remarks(record: ScanRecord): string {
  const { frames, truncated } = record;
  const part = decidingPart(record);
  const found = part ? `  (${printable(part.label)} ${percent(part.score)})` : '';
  return `${found}${frames ? `  (worst of ${frames} frames)` : ''}${truncated ? '  (file cut off)' : ''}`;
}
