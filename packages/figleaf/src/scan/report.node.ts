/** The HTML report of a scan: one file that holds the page, the most severe records and small previews of them. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FigleafError } from '../errors.ts';
import { checkWritable, writeWholeFile } from '../files/whole-file.node.ts';
import type { Policy } from '../policy/policy.ts';
import { DATA_PLACE, type ReportEntry, type ReportSummary } from './report/data.ts';
import { MostSevere } from './report/most-severe.ts';
import { isBlockListed, type Outcome, outcomeOf, severityOf } from './report/severity.ts';
import type { ScanRecord } from './schema.ts';

// The package's root as seen from `dist/node/`, where this module ends up.
const PAGE = new URL('../../dist/page/report.html', import.meta.url);

/** 30 MB, less what is left for the page itself and its summary. */
const ROOM = { entries: 10_000, bytes: 29_700_000 };

const isReport = (head: string): boolean => head.includes('name="generator" content="Figleaf"');

/** What the report says of the scan beside its records. */
export interface ReportOptions {
  /** The heading. Default 'Figleaf report'. */
  readonly title?: string;
  /** Name of the profile that chose the models; nothing is said of it where it is absent. */
  readonly profile?: string;
  /** The policy that decided; nothing is said of it where it is absent. */
  readonly policy?: Policy;
  /** When the scan began. Default now. */
  readonly started?: Date;
}

/**
 * Begins a report. Nothing is written before {@link Report.close}, but whether it can be is found out now.
 *
 * @param path Where the file is to be; a report that is there already is replaced by `close`.
 * @throws {FigleafError} `output-unwritable` where no file can be made there, `output-exists` where one is that is no report.
 * @example
 * ```ts
 * const report = await openReport('report.html', { profile: 'balanced', policy: DEFAULT_POLICY });
 * for await (const record of records) {
 *   report.add(record, report.wants(record) ? await thumbnailOf(record) : null);
 * }
 * await report.close();
 * ```
 */
export async function openReport(path: string, options: ReportOptions = {}): Promise<Report> {
  const [page] = await Promise.all([readFile(PAGE, 'utf8'), checkWritable(path, isReport)]);
  return new Report(path, page, options);
}

/**
 * A report that is being made. It counts every record and lists the 10,000 most severe: blocked, to review, unreadable,
 * allowed, and among these the most unsafe first. The file stays below 30 MB; where previews do not fit, the least severe
 * entries go without. However many records there are, no more is held in memory than twice what the file has room for.
 */
export class Report {
  readonly #path: string;
  readonly #page: string;
  readonly #options: ReportOptions;
  readonly #started: Date;
  readonly #listed = new MostSevere(ROOM);
  readonly #counts: Record<Outcome, number> = { block: 0, review: 0, error: 0, unjudged: 0, allow: 0 };
  readonly #models = new Set<string>();
  #records = 0;
  #closed = false;

  /** @internal */
  constructor(path: string, page: string, options: ReportOptions) {
    this.#path = path;
    this.#page = page;
    this.#options = options;
    this.#started = options.started ?? new Date();
  }

  /**
   * Whether a thumbnail of this record would be kept as things stand, so that none is made in vain. Never for a picture that
   * a block list knows, nor for one that could not be read.
   */
  wants(record: ScanRecord): boolean {
    return !record.error && !isBlockListed(record) && this.#listed.wantsThumbnail(severityOf(record));
  }

  /**
   * Adds the next record.
   *
   * @param thumbnail A small WebP file (2 KB or less for 10,000 of them to fit), or null. That of a picture which a block
   * list knows is dropped.
   * @throws {FigleafError} `disposed` after `close`.
   */
  add(record: ScanRecord, thumbnail: Uint8Array | null): void {
    if (this.#closed) throw new FigleafError('disposed', 'the report is closed; open another one');
    this.#records++;
    this.#counts[outcomeOf(record)]++;
    for (const model of record.models) this.#models.add(model);
    const severity = severityOf(record);
    if (!this.#listed.wants(severity)) return;
    const order = this.#records;
    const name = basename(record.input) || record.input;
    const text = `{"order":${order},"name":${toJson(name)},"record":${toJson(record)}`;
    const preview = thumbnail && !isBlockListed(record) ? toBase64(thumbnail) : null;
    this.#listed.add({ severity, order, text, bytes: Buffer.byteLength(text) + SEAM, thumbnail: preview });
  }

  /**
   * The listed pictures to review or block that have no thumbnail and would be given room for one, the most severe first: those of
   * an earlier run, of which only the records are left.
   *
   * @example
   * ```ts
   * for (const { order, record } of report.lacking()) report.addThumbnail(order, await thumbnailOf(record));
   * ```
   */
  lacking(): ReportEntry[] {
    return this.#listed
      .list()
      .filter(({ thumbnail }) => thumbnail === null)
      .map(({ text }) => JSON.parse(`${text}}`) as ReportEntry)
      .filter(({ record }) => isToBeSeen(record) && this.wants(record));
  }

  /**
   * Adds the thumbnail of an entry that {@link Report.lacking} gave.
   *
   * @param order The entry's place in the scan.
   * @param thumbnail As for {@link Report.add}.
   */
  addThumbnail(order: number, thumbnail: Uint8Array): void {
    this.#listed.setThumbnail(order, toBase64(thumbnail));
  }

  /**
   * Writes the file: beside its place, then renamed, so that nobody ever sees half of it.
   *
   * @param options `interrupted`: the scan was ended early, and the page says so. Default false.
   * @throws {FigleafError} `output-unwritable`; what was there before is still there. `disposed` the second time.
   */
  async close({ interrupted = false }: { readonly interrupted?: boolean } = {}): Promise<void> {
    if (this.#closed) throw new FigleafError('disposed', 'the report is closed already');
    this.#closed = true;
    await writeWholeFile(this.#path, this.#html(interrupted));
  }

  *#html(interrupted: boolean): Generator<string> {
    const [before = '', after = ''] = this.#page.split(DATA_PLACE);
    yield before;
    yield `${toJson(this.#summary(interrupted)).slice(0, -1)},"entries":[`;
    let separator = '\n';
    for (const { text, thumbnail } of this.#listed.list()) {
      yield `${separator}${text}${thumbnail === null ? '' : `${THUMBNAIL}${thumbnail}"`}}`;
      separator = ',\n';
    }
    yield ']}';
    yield after;
  }

  #summary(interrupted: boolean): ReportSummary {
    const { title = 'Figleaf report', profile = null, policy = null } = this.#options;
    return {
      title,
      started: this.#started.toISOString(),
      profile,
      policy,
      models: [...this.#models],
      interrupted,
      counts: this.#counts,
    };
  }
}

function isToBeSeen({ verdict }: ScanRecord): boolean {
  return verdict === 'review' || verdict === 'block';
}

const THUMBNAIL = ',"thumbnail":"';

/** Bytes of an entry beside its text and thumbnail. */
const SEAM = `,\n${THUMBNAIL}"}`.length;

/** JSON that may stand inside a `<script>`: no name of a file can end it. */
function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
