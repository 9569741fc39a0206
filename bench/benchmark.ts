/** What every benchmark is: a name, a run, and a report of tables, figures and marks. */
import { availableParallelism, cpus } from 'node:os';

/** A table as it is printed: the heading first. */
export interface Table {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** A figure that has a mark to meet. */
export interface Mark {
  /** The figure's name. */
  readonly what: string;
  readonly value: number;
  /** Such as `>= 10`. */
  readonly mark: string;
  readonly met: boolean;
}

/** What a benchmark hands back. */
export interface Report {
  readonly tables: readonly Table[];
  readonly figures: Readonly<Record<string, number>>;
  readonly marks: readonly Mark[];
}

/** How a benchmark is to run. */
export interface RunOptions {
  /** Everything once in a tiny size, to see that it still works; the figures mean nothing. */
  readonly smoke: boolean;
  /** Says on stderr how far it is. */
  log(line: string): void;
}

/** One benchmark; it lives in the file `bench/NAME.ts` or `bench/soak/NAME.ts` and is listed in the `run.ts` beside it. */
export interface Benchmark {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  run(options: RunOptions): Promise<Report>;
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values to take the median of');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A mark that the figure must reach from below. */
export function atLeast(figures: Report['figures'], what: string, bound: number): Mark {
  const value = figures[what] ?? Number.NaN;
  return { what, value, mark: `>= ${bound}`, met: value >= bound };
}

/** A mark that the figure must not exceed. */
export function atMost(figures: Report['figures'], what: string, bound: number): Mark {
  const value = figures[what] ?? Number.NaN;
  return { what, value, mark: `<= ${Number(bound.toFixed(3))}`, met: value <= bound };
}

/** The machine in one line, since no figure means anything without it. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  return `${availableParallelism()} cores of ${model}, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

/** The report as text: tables, then the marks. */
export function formatReport({ tables, marks }: Report): string {
  const markTable: Table = {
    title: 'Marks',
    rows: [
      ['figure', 'value', 'mark', ''],
      ...marks.map((mark) => [mark.what, formatValue(mark.value), mark.mark, wordOf(mark)]),
    ],
  };
  return [...tables, ...(marks.length > 0 ? [markTable] : [])].map(formatTable).join('\n\n');
}

/** A figure of something that is not here, such as a peer that could not be installed, is no number. */
const formatValue = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(3));

const wordOf = ({ value, met }: Mark): string =>
  Number.isNaN(value) ? 'not measured' : met ? 'met' : 'MISSED';

/** Aligned columns; those of numbers to the right. */
export function formatTable({ title, rows }: Table): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return [title, ...rows.map((row) => `  ${line(row)}`.trimEnd())].join('\n');
}
