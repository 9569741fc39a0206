/** What `figleaf scan` prints of records: a table for people, JSON lines for programs, CSV for spreadsheets. */
import { csvHeading, csvRow } from '../scan/output/csv.ts';
import type { ScanRecord } from '../scan/record.ts';
import { verdictHeading, verdictRow } from './table.ts';

/** A way to print records. */
export interface Format {
  /** What comes first, with the end of its line. */
  readonly heading: string;
  /** One record, with the end of its line. */
  row(record: ScanRecord): string;
  /** Whether the records of an earlier run are printed as well, so that the result is whole. */
  readonly isWhole: boolean;
}

/** The format that was asked for. */
export function formatOf({ json, csv }: { readonly json?: true; readonly csv?: true }): Format {
  if (json) return { heading: '', row: (record) => `${JSON.stringify(record)}\n`, isWhole: true };
  if (csv) return { heading: csvHeading(), row: csvRow, isWhole: true };
  return { heading: `${verdictHeading()}\n`, row: (record) => `${verdictRow(record)}\n`, isWhole: false };
}
