/** From a folder of photos to small ones without duplicates, beside ImageMagick and fdupes; and all near pairs among a million hashes. */
/*
 * Both begin with a fresh copy of the same photos, which was read before. The article's way is `mogrify -geometry x320` on each and then
 * `fdupes -r`, which finds files that are the same byte for byte. Ours decodes, hashes, shrinks, compares by pixels and by PDQ, and parts
 * them. The two turn by turn, and the median counts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  atLeast,
  atMost,
  type Benchmark,
  median,
  type Report,
  type RunOptions,
  type Table,
} from './benchmark.ts';
import { Child } from './child.ts';
import { sharedFiles } from './photos.ts';

/** How much of everything is run. */
interface Plan {
  readonly photos: number;
  readonly rounds: number;
  readonly hashes: number;
}

const FULL: Plan = { photos: Number.POSITIVE_INFINITY, rounds: 3, hashes: 1_000_000 };
const SMOKE: Plan = { photos: 20, rounds: 1, hashes: 2000 };

/** Of so many hashes one has a near copy. */
const COPIED = 100;
const MOST_DISTANCE = 31;

interface Prepared {
  readonly seconds: number;
  readonly kept: number;
  readonly twice: number;
}

interface FoundPairs {
  readonly seconds: number;
  readonly pairs: number;
  readonly copies: number;
  readonly gigabytes: number;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const plan = smoke ? SMOKE : FULL;
  const photos = (await sharedFiles('clothing-small')).slice(0, plan.photos);
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-bench-prepare-'));
  try {
    const ours: Prepared[] = [];
    const theirs: number[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      log(`round ${round} of ${plan.rounds}: Figleaf, ${photos.length} photos`);
      ours.push(await prepareOurs(photos, join(folder, `ours-${round}`)));
      log(`round ${round} of ${plan.rounds}: mogrify and fdupes`);
      theirs.push(await prepareTheirs(photos, join(folder, `theirs-${round}`)));
    }
    log(`all near pairs among ${plan.hashes} hashes`);
    return toReport(photos.length, ours, theirs, await findPairs(plan.hashes));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function prepareOurs(photos: readonly string[], folder: string): Promise<Prepared> {
  await copyAll(photos, join(folder, 'in'));
  // A process to itself, which has to load all it needs, as theirs have.
  await using child = await Child.start('prepare/figleaf.mjs');
  return await child.call<Prepared>('prepare', { folder: join(folder, 'in'), out: join(folder, 'out') });
}

/** Seconds; not a number where a program of theirs is not installed. */
async function prepareTheirs(photos: readonly string[], folder: string): Promise<number> {
  const files = await copyAll(photos, folder);
  const start = performance.now();
  // As a shell's `*/*.jpg` would hand them over, in as many calls as command lines allow.
  for (let at = 0; at < files.length; at += 500) {
    if (!(await called('mogrify', ['-geometry', 'x320', ...files.slice(at, at + 500)]))) return Number.NaN;
  }
  if (!(await called('fdupes', ['-r', '-q', folder]))) return Number.NaN;
  return (performance.now() - start) / 1000;
}

/** Each class in its folder. Files that only the copy has are warm in memory for both. */
async function copyAll(photos: readonly string[], folder: string): Promise<string[]> {
  const copies = photos.map((path) => join(folder, basename(dirname(path)), basename(path)));
  for (const parent of new Set(copies.map(dirname))) await mkdir(parent, { recursive: true });
  for (const [index, path] of photos.entries()) await copyFile(path, copies[index]!);
  return copies;
}

/** Whether there is such a program. */
async function called(program: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function findPairs(count: number): Promise<FoundPairs> {
  await using child = await Child.start('prepare/pairs.mjs');
  const copies = count / COPIED;
  const found = await child.call<FoundPairs>('find', { count, copies, most: MOST_DISTANCE });
  if (found.copies !== copies) throw new Error(`${found.copies} of ${copies} near copies were found`);
  return found;
}

function toReport(
  photos: number,
  ours: readonly Prepared[],
  theirs: readonly number[],
  pairs: FoundPairs,
): Report {
  const seconds = median(ours.map((each) => each.seconds));
  const theirSeconds = median(theirs);
  const figures = {
    ratio_mogrify_fdupes: theirSeconds / seconds,
    prepare_seconds: seconds,
    mogrify_fdupes_seconds: theirSeconds,
    pdq_million_seconds: pairs.seconds,
    pdq_million_gb: pairs.gigabytes,
  };
  const { kept, twice } = ours[0]!;
  const tables: Table[] = [
    {
      title: `${photos} photos of clothes, at most 320 pixels high, without duplicates`,
      rows: [
        ['', 'seconds', 'photos a second'],
        [
          `Figleaf (near duplicates too: ${twice}; ${kept} kept)`,
          seconds.toFixed(1),
          (photos / seconds).toFixed(0),
        ],
        ['mogrify -geometry x320, fdupes -r', theirSeconds.toFixed(1), (photos / theirSeconds).toFixed(0)],
      ],
    },
    {
      title: 'All pairs within 31 bits among made-up PDQ hashes',
      rows: [
        ['pairs', pairs.pairs.toLocaleString('en')],
        ['seconds', pairs.seconds.toFixed(1)],
        ['most memory of the process, GB', pairs.gigabytes.toFixed(2)],
      ],
    },
  ];
  const marks = [
    atLeast(figures, 'ratio_mogrify_fdupes', 3),
    atMost(figures, 'pdq_million_seconds', 60),
    atMost(figures, 'pdq_million_gb', 1),
  ];
  return { tables, figures, marks };
}

/** The benchmark. */
export const prepare: Benchmark = {
  name: 'prepare',
  summary:
    'a folder of photos made small and without duplicates, beside ImageMagick and fdupes; a million hashes compared',
  run,
};
