/** Records as lines for people, in columns of fixed width so that each can be printed as it comes. */
import pc from 'picocolors';
import type { ScanRecord } from '../scan/record.ts';

const percent = (p: number | null): string => (p === null ? '-' : `${(p * 100).toFixed(1)} %`);

/** Control characters in a file name must not reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');

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

/** One record as one line. */
export function tableRow(record: ScanRecord): string {
  const name = printable(record.input);
  if (record.error) {
    return `${pc.yellow(record.error.code.padStart(29))}   ${''.padEnd(17)} ${name}  ${pc.dim(printable(record.error.message))}`;
  }
  const { scores } = record;
  const colour = colourOf(scores);
  const cells = [
    colour(percent(scores?.unsafe ?? null).padStart(8)),
    percent(scores?.suggestive ?? null).padStart(11),
    percent(scores?.safe ?? null).padStart(8),
    `  ${topClass(record.classes)}`.padEnd(20),
  ];
  return `${cells.join(' ')} ${colour(name)}${pc.dim(remarks(record))}`;
}

function topClass(classes: ScanRecord['classes']): string {
  const [top] = Object.entries(classes).sort(([, a], [, b]) => b - a);
  return top ? `${printable(top[0])} ${percent(top[1])}` : '';
}

function colourOf(scores: ScanRecord['scores']): (text: string) => string {
  if (!scores) return (text) => text;
  if (scores.unsafe > 0.5) return pc.red;
  return scores.unsafe + (scores.suggestive ?? 0) > 0.5 ? pc.yellow : pc.green;
}

function remarks({ frames, truncated }: ScanRecord): string {
  return `${frames ? `  (worst of ${frames} frames)` : ''}${truncated ? '  (file cut off)' : ''}`;
}
