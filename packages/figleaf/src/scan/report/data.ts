/** What the page of a report is given: a summary of all records, and the entries that it lists. */
import type { Policy } from '../../policy/policy.ts';
import type { ScanRecord } from '../schema.ts';
import type { Outcome } from './severity.ts';

/** Where these data go in the page's file, as JSON. */
export const DATA_PLACE = '"%report%"';

/** What the page says of the whole scan. */
export interface ReportSummary {
  readonly title: string;
  /** When the scan began, as ISO 8601. */
  readonly started: string;
  readonly profile: string | null;
  readonly policy: Policy | null;
  /** The ids of all models that were asked. */
  readonly models: readonly string[];
  /** True where the scan was ended before all inputs were judged. */
  readonly interrupted: boolean;
  /** All records by what became of them, the listed ones and the others. */
  readonly counts: Readonly<Record<Outcome, number>>;
}

/** A record that the page lists. */
export interface ReportEntry {
  /** Its place in the scan, from 1. */
  readonly order: number;
  /** The last part of its path, as the system that scanned it reads paths. */
  readonly name: string;
  readonly record: ScanRecord;
  /** WebP in base64. */
  readonly thumbnail?: string;
}

export interface ReportData extends ReportSummary {
  readonly entries: readonly ReportEntry[];
}
