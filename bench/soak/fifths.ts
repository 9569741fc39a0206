/** Soaks that do the same work five times over: their files, what is said of each fifth, and of the memory meanwhile. */
/*
 * Each fifth goes over the same files in the same order, and kinds are mixed evenly, so that parts of equal length hold equal
 * work. Memory is the resident set: it grows by the median of the last tenth less that of the tenth after the warm-up, both of
 * which see the same files.
 */
import { atLeast, atMost, type Mark, median, type Report, type Table } from '../benchmark.ts';
import { between, growthMb, MB, peakMb } from './memory.ts';

/** What `parts.mjs` says of all fifths. */
export interface Soaked {
  /** How many outcomes came. */
  readonly count: number;
  readonly parts: readonly Part[];
  /** Bytes of the resident set, sampled evenly. */
  readonly samples: readonly number[];
}

/** A fifth. */
export interface Part {
  readonly seconds: number;
  /** How often each outcome came. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export const FIFTHS = 5;
export const SAMPLE_EVERY = 10;

/** `count` of the files, evenly spread over them. */
export function spread(files: readonly string[], count: number): string[] {
  if (files.length < count) throw new Error(`${count} files are needed and there are ${files.length}`);
  return Array.from({ length: count }, (_, index) => files[Math.floor((index * files.length) / count)]!);
}

/** All of the lists in one, each spread evenly over it. */
export function mixed(lists: readonly (readonly string[])[]): string[] {
  return lists
    .flatMap((files) => files.map((file, index) => ({ file, at: (index + 0.5) / files.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ file }) => file);
}

/** The report of a soak of `filesOfPart` files a fifth. */
export function reportOf(title: string, soaked: Soaked, filesOfPart: number): Report {
  if (soaked.count !== filesOfPart * FIFTHS) throw new Error(`there are ${soaked.count} outcomes`);
  const figures = figuresOf(soaked, filesOfPart);
  return { tables: [tableOf(title, soaked, filesOfPart)], figures, marks: marksOf(figures) };
}

function marksOf(figures: Report['figures']): Mark[] {
  return [
    atMost(figures, 'growth_mb', 50),
    atLeast(figures, 'rate_ratio', 0.9),
    atMost(figures, 'fifths_judged_otherwise', 0),
  ];
}

const wordsOf = (outcomes: Part['outcomes']): string =>
  Object.entries(outcomes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');

function figuresOf({ parts, samples }: Soaked, filesOfPart: number): Record<string, number> {
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

function tableOf(title: string, { parts, samples }: Soaked, filesOfPart: number): Table {
  const megabytes = (bytes: number): string => (bytes / MB).toFixed(0);
  return {
    title: `${title}; memory in MB`,
    rows: [
      ['fifth', 'seconds', 'files a second', 'memory, median', 'highest', 'outcomes'],
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
