/** A block list of a million PDQ hashes: reading it, its memory, and what a picture costs. */
/*
 * The list is random, which is close to what photos have: a PDQ hash says of each frequency whether it is above the median.
 * Half of the pictures that are asked for are in it, in one of their eight rotations and with up to 31 bits changed, and all
 * of these must be found. A second list has a thousand pictures, each stored in a thousand ways, as lists of what is sent around
 * have. Each list has a process to itself; its memory is what that process grows by.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { atMost, type Benchmark, median, type Report, type RunOptions, type Table } from './benchmark.ts';
import { Child } from './child.ts';
import { benchmarkPhotos } from './photos.ts';

/** How much of everything is run. */
interface Plan {
  readonly hashes: number;
  /** How many pictures the second list has. */
  readonly originals: number;
  readonly pictures: number;
  readonly photos: { readonly files: number; readonly repeat: number };
}

const FULL: Plan = { hashes: 1_000_000, originals: 1000, pictures: 1000, photos: { files: 6, repeat: 20 } };
const SMOKE: Plan = { hashes: 1000, originals: 10, pictures: 10, photos: { files: 1, repeat: 2 } };

const ROTATIONS = 8;
const MOST_DISTANCE = 31;
/** In how many bits two ways to store a picture differ from it at most. */
const STORED_AGAIN = 12;
const SIZES = ['0.2mp', '12mp'] as const;
const CACHE = fileURLToPath(new URL('../.cache/bench/block-list/', import.meta.url));

/** What the child says of a list that it read. */
interface Loaded {
  readonly size: number;
  readonly seconds: number;
  readonly memoryMb: number;
  readonly peakMb: number;
}

/** Hashes from a linear congruential generator, the same for the same seed. */
class Hashes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `end - 1`. */
  below(end: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * end);
  }

  next(): Buffer {
    const hash = Buffer.alloc(32);
    for (let at = 0; at < hash.length; at++) hash[at] = this.below(256);
    return hash;
  }

  /** The hash with some bits flipped, each perhaps more than once. */
  near(hash: Buffer, most: number): Buffer {
    const copy = Buffer.from(hash);
    for (let flips = this.below(most + 1); flips > 0; flips--) {
      const bit = this.below(256);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    return copy;
  }
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const plan = smoke ? SMOKE : FULL;
  log(`a list of ${plan.hashes} hashes`);
  const file = await writeList(plan.hashes, plan.hashes);
  await using child = await Child.start('block-list/figleaf.mjs');
  const loaded = await child.call<Loaded>('load', { file });
  log('pictures to look up');
  const lookUp = await measureLookUp(child, plan);
  log(`the same of a list of ${plan.originals} pictures, each stored in many ways`);
  const lookUpAlike = await measureAlike(plan);
  const figures: Record<string, number> = {
    lookup_ms: lookUp,
    lookup_alike_ms: lookUpAlike,
    memory_mb: loaded.memoryMb,
    peak_memory_mb: loaded.peakMb,
    load_seconds: loaded.seconds,
  };
  for (const size of SIZES) {
    log(`photos of ${size}`);
    const { files, repeat } = plan.photos;
    const photos = await benchmarkPhotos(size, files);
    const { times } = await child.call<{ times: number[] }>('hash', { files: photos, repeat });
    figures[`pdq_ms_${size}`] = median(times);
  }
  const marks = [
    atMost(figures, 'lookup_ms', 1),
    atMost(figures, 'lookup_alike_ms', 1),
    atMost(figures, 'memory_mb', 200),
  ];
  return { tables: [tableOf(loaded.size, figures)], figures, marks };
}

async function measureAlike(plan: Plan): Promise<number> {
  const file = await writeList(plan.hashes, plan.originals);
  await using child = await Child.start('block-list/figleaf.mjs');
  await child.call<Loaded>('load', { file });
  return measureLookUp(child, plan);
}

/** The list as a file, one hash a line: so many pictures, then those again, stored in other ways. */
async function writeList(count: number, originals: number): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const file = join(CACHE, `${count}-of-${originals}.txt`);
  await pipeline(Readable.from(linesOf(count, originals)), createWriteStream(`${file}.tmp`));
  await rename(`${file}.tmp`, file);
  return file;
}

function* linesOf(count: number, originals: number): Generator<string, void, undefined> {
  const hashes = new Hashes(1);
  const stored: Buffer[] = [];
  for (let from = 0; from < count; from += 1000) {
    const lines = Array.from({ length: Math.min(1000, count - from) }, (_, index) => {
      const original = stored[(from + index) % originals];
      const hash = original ? hashes.near(original, STORED_AGAIN) : hashes.next();
      if (!original) stored.push(hash);
      return `pdq:${hash.toString('hex')}\n`;
    });
    yield lines.join('');
  }
}

/** The median picture in milliseconds, all rotations together. */
async function measureLookUp(child: Child, { hashes, pictures }: Plan): Promise<number> {
  const listed = new Hashes(1);
  const others = new Hashes(2);
  // Every other picture is one of the first in the list.
  const asked = Array.from({ length: Math.min(pictures, hashes) }, (_, index) => {
    const rotations = Array.from({ length: ROTATIONS }, () => others.next());
    if (index % 2 === 0) rotations[others.below(ROTATIONS)] = others.near(listed.next(), MOST_DISTANCE);
    return rotations.map((hash) => hash.toString('hex'));
  });
  const { times, matches } = await child.call<{ times: number[]; matches: number }>('lookUp', {
    pictures: asked,
  });
  const expected = Math.ceil(asked.length / 2);
  if (matches !== expected) throw new Error(`${matches} of ${expected} known pictures were found`);
  return median(times);
}

function tableOf(size: number, figures: Readonly<Record<string, number>>): Table {
  const of = (name: string, digits: number): string => (figures[name] ?? Number.NaN).toFixed(digits);
  return {
    title: `A block list of ${size.toLocaleString('en')} PDQ hashes`,
    rows: [
      ['read from a file and indexed, seconds', of('load_seconds', 2)],
      ['memory it takes, MB', of('memory_mb', 0)],
      ['memory while it is read, at most, MB', of('peak_memory_mb', 0)],
      ['one picture looked up in eight rotations, ms', of('lookup_ms', 3)],
      ['the same where the list has each a thousand times, ms', of('lookup_alike_ms', 3)],
      ['0.2 megapixels to eight hashes, ms', of('pdq_ms_0.2mp', 2)],
      ['12 megapixels to eight hashes, ms', of('pdq_ms_12mp', 2)],
    ],
  };
}

/** The benchmark. */
export const blockList: Benchmark = {
  name: 'block-list',
  summary: 'a block list of a million PDQ hashes: reading it, its memory, and what a picture costs',
  run,
};
