/** What a scan counts, and what that means: the summary and the exit code. */
import type { ScanRecord } from '../scan/record.ts';
import { isBlockListed } from '../scan/report/severity.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Counts of a scan, over all of its records: also those that an earlier run left. */
export class Tally {
  allow = 0;
  review = 0;
  block = 0;
  /** Of those that are blocked, the ones that a block list knows. */
  blockListed = 0;
  /** Inputs that could not be judged. */
  errors = 0;
  /** Pictures that an earlier run judged. */
  judgedBefore = 0;
  /** Files in folders that are no pictures. */
  skipped = 0;
  /** Files that were named again. */
  repeated = 0;
  /** Files that were moved or copied, or would have been. */
  sorted = 0;
  /** Files that could not be. */
  unsorted = 0;
  /** The models that were asked about any. */
  readonly models = new Set<string>();

  /** Counts a record. */
  add(record: ScanRecord): void {
    const { error, verdict } = record;
    if (error) this.errors++;
    else if (verdict) this[verdict]++;
    if (isBlockListed(record)) this.blockListed++;
    for (const model of record.models) this.models.add(model);
  }

  /** Counts a record that an earlier run left. */
  addEarlier(record: ScanRecord): void {
    this.add(record);
    if (!record.error) this.judgedBefore++;
  }

  /** Pictures that this run judged. */
  get judged(): number {
    return this.allow + this.review + this.block - this.judgedBefore;
  }

  /** What the command ends with where nothing interrupts it. */
  get exitCode(): ExitCode {
    if (this.blockListed > 0) return EXIT.blockListed;
    if (this.unsorted > 0) return EXIT.failed;
    if (this.block > 0) return EXIT.blocked;
    return this.errors > 0 ? EXIT.unreadable : EXIT.done;
  }

  /** The verdicts in few words. */
  get verdicts(): string {
    return `${grouped(this.block)} to block, ${grouped(this.review)} to review, ${grouped(this.allow)} allowed`;
  }
}

/**
 * The line that a scan ends with.
 *
 * @param judges The models that were asked, in words; null where none was.
 * @param sorted What became of files that were sorted, such as `moved`.
 */
export function summaryOf(tally: Tally, judges: string | null, seconds: number, sorted: string): string {
  const remarks: [number, string][] = [
    [tally.blockListed, 'on a block list'],
    [tally.errors, 'could not be judged'],
    [tally.skipped, `other ${tally.skipped === 1 ? 'file' : 'files'} passed over`],
    [tally.repeated, `${tally.repeated === 1 ? 'file' : 'files'} named again, and judged only once`],
    [tally.sorted, sorted],
    [tally.unsorted, 'could not be moved or copied'],
  ];
  const pictures = `${grouped(tally.judged)} ${tally.judged === 1 ? 'picture' : 'pictures'}`;
  const by = judges === null ? '' : ` by ${judges}`;
  const before = tally.judgedBefore > 0 ? `, ${grouped(tally.judgedBefore)} before that` : '';
  return [
    `${pictures} judged${by} in ${seconds.toFixed(1)} s${before}: ${tally.verdicts}`,
    ...remarks.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`),
  ].join('; ');
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
