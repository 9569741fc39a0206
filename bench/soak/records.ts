/** `npm run soak -- records`: a million records through the file of records, CSV and the report, then a start with `--resume`. */
/*
 * No picture is judged: the records are made up. Writing and going on have a process each. The start of a resumed run ends
 * when it could judge its first input; by then the new report has all old records.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, type Benchmark, type Report, type RunOptions, type Table } from '../benchmark.ts';
import { Child } from '../child.ts';
import { growthMb, MB, peakMb } from './memory.ts';

const RECORDS = { full: 1_000_000, smoke: 1000 };

/** How many samples of the memory there are of each process. */
const SAMPLES = 1000;

/** What a child says of its run. */
interface Ran {
  readonly seconds: number;
  /** Bytes of the resident set, evenly spread over the records. */
  readonly samples: readonly number[];
}

interface Resumed extends Ran {
  /** Records that the file had. */
  readonly read: number;
  /** Inputs that would be judged again. */
  readonly missing: number;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const count = smoke ? RECORDS.smoke : RECORDS.full;
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-soak-'));
  try {
    const files = {
      out: join(folder, 'out.jsonl'),
      csv: join(folder, 'out.csv'),
      html: join(folder, 'out.html'),
    };
    const job = { ...files, count, sampleEvery: count / SAMPLES };
    log(`${count} records`);
    const written = await inChild<Ran>('write', job);
    log('resume');
    const resumed = await inChild<Resumed>('resume', job);
    if (resumed.read !== count || resumed.missing > 0) {
      throw new Error(`of ${count} records ${resumed.read} are there, ${resumed.missing} names are missing`);
    }
    const figures = {
      resume_start_s: resumed.seconds,
      records_growth_mb: growthMb(written.samples),
      records_rss_mb: peakMb(written.samples),
      resume_rss_mb: peakMb(resumed.samples),
      records_a_second: count / written.seconds,
    };
    return {
      tables: [tableOf(figures, count), await sizesOf(files)],
      figures,
      marks: [atMost(figures, 'resume_start_s', 5), atMost(figures, 'records_growth_mb', 50)],
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function inChild<Result>(method: string, job: object): Promise<Result> {
  await using child = await Child.start('soak/records-child.ts');
  return await child.call<Result>(method, job);
}

function tableOf(figures: Readonly<Record<string, number>>, count: number): Table {
  const of = (name: string, digits: number): string => (figures[name] ?? Number.NaN).toFixed(digits);
  return {
    title: `${count} records`,
    rows: [
      ['records a second', of('records_a_second', 0)],
      ['memory at most while writing, MB', of('records_rss_mb', 0)],
      ['memory grows after the first tenth, MB', of('records_growth_mb', 1)],
      ['start of a resumed run, seconds', of('resume_start_s', 2)],
      ['memory at most while resuming, MB', of('resume_rss_mb', 0)],
    ],
  };
}

async function sizesOf(files: Readonly<Record<string, string>>): Promise<Table> {
  const rows = Object.entries(files).map(async ([name, path]) => [
    name,
    ((await stat(path)).size / MB).toFixed(1),
  ]);
  return { title: 'Files, MB', rows: await Promise.all(rows) };
}

/** The soak `records`. */
export const records: Benchmark = {
  name: 'records',
  summary: 'memory of a million records to a file, CSV and a report, and how soon a resumed run starts',
  run,
};
