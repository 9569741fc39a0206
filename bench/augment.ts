/** Augmentation with the article's numbers, Figleaf against Augmentor 0.2.12: pictures a second, from pixels in memory to pixels in memory. */
/*
 * Both have the same photos, decoded and 256 x 256, and take turns; a figure is the median over the rounds. Figleaf augments on two
 * threads, batch by batch, as training has it done. Augmentor is measured in each of its ways: picture by picture; in as many threads as
 * it takes; and so with chances of 20 %, as it was asked for, where by itself it makes 25 % of them. The quickest counts.
 */
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage, resample } from 'figleaf';
import { atLeast, type Benchmark, median, type Report, type RunOptions } from './benchmark.ts';
import { Child } from './child.ts';
import { sharedFiles } from './photos.ts';
import { PeerMissing, PythonChild, type PythonPeer } from './python.ts';

const SIDE = 256;

const AUGMENTOR: PythonPeer = {
  name: 'Augmentor 0.2.12',
  script: 'augment/augmentor.py',
  packages: ['Augmentor==0.2.12'],
};

const WAYS = { plain: 'picture by picture', threaded: 'threads', exact: 'threads, chances exact' } as const;

interface Measured {
  readonly pictures: number;
  readonly seconds: number;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const path = join(tmpdir(), `figleaf-bench-augment-${process.pid}.raw`);
  const rounds = smoke ? 1 : 7;
  await using peer = await startPeer(log);
  await using figleaf = await Child.start('augment/figleaf.mjs');
  try {
    await writePictures(path, smoke ? 8 : 256);
    for (const child of [figleaf, peer]) await child?.call('load', { path, side: SIDE });
  } finally {
    await rm(path, { force: true });
  }
  const runners = new Map<string, (round: number) => Promise<Measured>>([
    ['figleaf', (round) => figleaf.call('run', { round })],
  ]);
  for (const way of peer ? Object.keys(WAYS) : []) {
    runners.set(`augmentor_${way}`, (round) => peer!.call('run', { way, round }));
  }
  // Unmeasured: code becomes warm, and pages come into memory.
  for (const measure of runners.values()) await measure(1000);
  const rates = new Map<string, number[]>([...runners.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    log(`round ${round + 1} of ${rounds}`);
    for (const [name, measure] of runners) {
      const { pictures: count, seconds } = await measure(round);
      rates.get(name)!.push(count / seconds);
    }
  }
  return reportOf(rates);
}

function reportOf(rates: ReadonlyMap<string, readonly number[]>): Report {
  const figures: Record<string, number> = {};
  for (const [name, all] of rates) figures[`${name}_images_per_second`] = median(all);
  const [ours = Number.NaN, ...theirs] = Object.values(figures);
  figures.ratio_augmentor = theirs.length > 0 ? ours / Math.max(...theirs) : Number.NaN;
  const rowOf = (name: string, title: string): string[] => {
    const rate = figures[`${name}_images_per_second`];
    return [title, rate === undefined ? '-' : rate.toFixed(0)];
  };
  const rows = Object.entries(WAYS).map(([way, title]) =>
    rowOf(`augmentor_${way}`, `${AUGMENTOR.name}, ${title}`),
  );
  const title = `nudenet-2019 on photos of ${SIDE} x ${SIDE}, pixels in memory to pixels in memory`;
  return {
    tables: [{ title, rows: [['', 'images/s'], rowOf('figleaf', 'Figleaf, 2 threads'), ...rows] }],
    figures,
    marks: [atLeast(figures, 'ratio_augmentor', 3)],
  };
}

/** One after the other, `[height, width, 3]` each. */
async function writePictures(path: string, count: number): Promise<void> {
  const pictures: Uint8Array[] = [];
  for (const name of (await sharedFiles('clothing-small/test')).slice(0, count)) {
    const { frames } = await decodeImage(name);
    const values = resample(frames[0]!, SIDE, SIDE, 'bilinear-antialiased');
    pictures.push(new Uint8Array(new Uint8ClampedArray(values).buffer));
  }
  await writeFile(path, pictures);
}

/** Augmentor's process; null where it cannot be had here. */
async function startPeer(log: RunOptions['log']): Promise<PythonChild | null> {
  try {
    return await PythonChild.start(AUGMENTOR, log);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    log(`${AUGMENTOR.name} is not measured: ${error.message}`);
    return null;
  }
}

export const augment: Benchmark = {
  name: 'augment',
  summary: "augmentation with the article's numbers, against Augmentor",
  run,
};
