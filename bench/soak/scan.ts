/** `npm run soak -- scan`: 20,000 files through one scan with `balanced`; its memory stays, and so does its rate. */
/*
 * The scan has a process to itself. Each fifth goes over the same files in the same order, and these are mixed evenly, so
 * that parts of equal length hold equal work. Memory is the resident set: it grows by the median of the last tenth less
 * that of the tenth after the warm-up, both of which judge the same files.
 */
import {
  atLeast,
  atMost,
  type Benchmark,
  median,
  type Report,
  type RunOptions,
  type Table,
} from '../benchmark.ts';
import { Child } from '../child.ts';
import { sharedFiles } from '../photos.ts';
import { between, growthMb, MB, peakMb } from './memory.ts';

/** How many files of each kind a fifth has. */
interface Plan {
  readonly people: number;
  readonly malformed: number;
  readonly digits: number;
  readonly clothes: number;
}

const FULL: Plan = { people: 16, malformed: 24, digits: 1200, clothes: 2760 };
const SMOKE: Plan = { people: 2, malformed: 2, digits: 8, clothes: 8 };

const FIFTHS = 5;
const SAMPLE_EVERY = 10;

/** What the child says of its scan. */
interface Scanned {
  /** How many records came. */
  readonly count: number;
  readonly parts: readonly Part[];
  /** Bytes of the resident set, after every `SAMPLE_EVERY` records. */
  readonly samples: readonly number[];
}

/** A fifth of the scan. */
interface Part {
  readonly seconds: number;
  /** How many records there were by verdict, or `error`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const files = await filesOfFifth(smoke ? SMOKE : FULL);
  log(`${files.length * FIFTHS} files`);
  await using child = await Child.start('soak/scan.mjs');
  const scanned = await child.call<Scanned>('scan', { files, rounds: FIFTHS, sampleEvery: SAMPLE_EVERY });
  if (scanned.count !== files.length * FIFTHS) throw new Error(`there are ${scanned.count} records`);
  const figures = figuresOf(scanned, files.length);
  return {
    tables: [tableOf(scanned, files.length)],
    figures,
    marks: [
      atMost(figures, 'growth_mb', 50),
      atLeast(figures, 'rate_ratio', 0.9),
      atMost(figures, 'fifths_judged_otherwise', 0),
    ],
  };
}

async function filesOfFifth({ people, malformed, digits, clothes }: Plan): Promise<string[]> {
  return mixed([
    spread(await sharedFiles('people'), people),
    spread(await sharedFiles('malformed', /./), malformed),
    spread(await sharedFiles('sign-digits'), digits),
    spread(await sharedFiles('clothing-small'), clothes),
  ]);
}

/** `count` of the files, evenly spread over them. */
function spread(files: readonly string[], count: number): string[] {
  if (files.length < count) throw new Error(`${count} files are needed and there are ${files.length}`);
  return Array.from({ length: count }, (_, index) => files[Math.floor((index * files.length) / count)]!);
}

/** All of the lists in one, each spread evenly over it. */
function mixed(lists: readonly (readonly string[])[]): string[] {
  return lists
    .flatMap((files) => files.map((file, index) => ({ file, at: (index + 0.5) / files.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ file }) => file);
}

const wordsOf = (outcomes: Part['outcomes']): string =>
  Object.entries(outcomes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');

function figuresOf({ parts, samples }: Scanned, filesOfPart: number): Record<string, number> {
  const rates = parts.map(({ seconds }) => filesOfPart / seconds);
  const [first, last] = [rates[0] ?? Number.NaN, rates.at(-1) ?? Number.NaN];
  const outcomes = parts.map((part) => wordsOf(part.outcomes));
  return {
    growth_mb: growthMb(samples),
    rss_mb: peakMb(samples),
    rate_first_fifth: first,
    rate_last_fifth: last,
    rate_ratio: last / first,
    fifths_judged_otherwise: outcomes.filter((words) => words !== outcomes[0]).length,
  };
}

function tableOf({ parts, samples }: Scanned, filesOfPart: number): Table {
  const megabytes = (bytes: number): string => (bytes / MB).toFixed(0);
  return {
    title: `${filesOfPart * FIFTHS} files in one scan, profile balanced; memory in MB`,
    rows: [
      ['fifth', 'seconds', 'files a second', 'memory, median', 'highest', 'records'],
      ...parts.map(({ seconds, outcomes }, index) => {
        const memory = between(samples, index / FIFTHS, (index + 1) / FIFTHS);
        return [
          String(index + 1),
          seconds.toFixed(1),
          (filesOfPart / seconds).toFixed(1),
          megabytes(median(memory)),
          megabytes(Math.max(...memory)),
          wordsOf(outcomes),
        ];
      }),
    ],
  };
}

/** The soak `scan`. */
export const scan: Benchmark = {
  name: 'scan',
  summary: 'memory and rate of one scan over 20,000 files',
  run,
};
