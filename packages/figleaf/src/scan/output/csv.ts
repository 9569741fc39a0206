/** Records as CSV (RFC 4180) for spreadsheets. */
import type { ScanRecord } from '../record.ts';

type Cell = string | number | boolean | null | undefined;

/** The columns in their order, which programs rely on: new ones only ever come last. */
const COLUMNS: Readonly<Record<string, (record: ScanRecord) => Cell>> = {
  input: ({ input }) => input,
  kind: ({ kind }) => kind,
  width: ({ width }) => width,
  height: ({ height }) => height,
  verdict: ({ verdict }) => verdict,
  rule: ({ reason }) => reason?.rule,
  rule_score: ({ reason }) => reason?.score,
  unsafe: ({ scores }) => scores?.unsafe,
  suggestive: ({ scores }) => scores?.suggestive,
  safe: ({ scores }) => scores?.safe,
  top_class: ({ classes }) => topClass(classes)?.[0],
  top_probability: ({ classes }) => topClass(classes)?.[1],
  frames: ({ frames }) => frames,
  truncated: ({ truncated }) => truncated ?? false,
  error_code: ({ error }) => error?.code,
  error_message: ({ error }) => error?.message,
  explicit_parts: ({ detections }) => detections && explicit(detections).length,
  explicit_score: ({ detections }) => detections && explicit(detections)[0]?.score,
};

/**
 * The first line: the names of the columns, ended by CRLF.
 *
 * @example
 * ```ts
 * process.stdout.write(csvHeading());
 * for await (const record of scan(paths)) process.stdout.write(csvRow(record));
 * ```
 */
export function csvHeading(): string {
  return line(Object.keys(COLUMNS));
}

/**
 * One record as one line, ended by CRLF. Probabilities are from 0 to 1; what a record does not have is an empty cell.
 *
 * A text that a spreadsheet would take for a formula has an apostrophe before it. A name with a line break in it is one cell
 * all the same, so a line of CSV is not always a line of the file.
 */
export function csvRow(record: ScanRecord): string {
  return line(Object.values(COLUMNS).map((cell) => cell(record)));
}

type Detections = NonNullable<ScanRecord['detections']>;

/** The boxes of explicit parts, the surest first. */
function explicit(detections: Detections): Detections {
  return detections.filter(({ category }) => category === 'unsafe');
}

function topClass(classes: ScanRecord['classes']): readonly [string, number] | undefined {
  const [first, ...others] = Object.entries(classes);
  return first && others.reduce((top, next) => (next[1] > top[1] ? next : top), first);
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(written).join(',')}\r\n`;
}

function written(cell: Cell): string {
  return typeof cell === 'string' ? quoted(guarded(cell)) : String(cell ?? '');
}

/** A file can be called `=HYPERLINK(...)`, and whoever opens the table would run it. */
function guarded(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
}

/** Semicolons too: where they separate cells, a name could otherwise begin a cell of its own, and that with a formula. */
function quoted(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
