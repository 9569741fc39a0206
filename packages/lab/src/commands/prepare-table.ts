/** What a preparation took from where, as a table. */
import { printable } from 'figleaf/commands';
import pc from 'picocolors';
import { columns } from '../columns.ts';
import type { PrepareCounts, PrepareReport } from '../prepare/options.ts';

const keptOf = ({ parts }: PrepareCounts): number => parts.train + parts.validation + parts.test;

type Column = readonly [heading: string, count: (row: PrepareCounts) => number];

const COLUMNS: readonly Column[] = [
  ['found', ({ found }) => found],
  ['taken', ({ taken }) => taken],
  ['broken', ({ broken }) => broken],
  ['duplicates', ({ duplicates }) => duplicates],
  ['conflicts', ({ conflicts }) => conflicts],
  ['kept', keptOf],
  ['train', ({ parts }) => parts.train],
  ['validation', ({ parts }) => parts.validation],
  ['test', ({ parts }) => parts.test],
];

/** A row for each class of each source, one for each source that has several, and one for all. */
export function countsTable({ counts }: PrepareReport): string[] {
  const isWhole = counts.every(({ found, taken }) => found === taken);
  const shown = COLUMNS.filter(([heading]) => heading !== 'taken' || !isWhole);
  const sources = [...new Set(counts.map(({ source }) => source))];
  const rows = sources.flatMap((source) => {
    const own = counts.filter((row) => row.source === source);
    const cells = own.map((row) => cellsOf(source, row.class, [row], shown));
    return own.length > 1 && sources.length > 1 ? [...cells, cellsOf(source, '(all)', own, shown)] : cells;
  });
  const heading = ['source', 'class', ...shown.map(([name]) => name)];
  const [first, ...lines] = columns([heading, ...rows, cellsOf('(all)', '', counts, shown)], 2);
  return [pc.dim(first!), ...lines];
}

function cellsOf(
  source: string,
  name: string,
  rows: readonly PrepareCounts[],
  shown: readonly Column[],
): string[] {
  const sums = shown.map(([, count]) => rows.reduce((sum, row) => sum + count(row), 0));
  return [printable(source), printable(name), ...sums.map(String)];
}
