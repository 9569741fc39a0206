/** `npm run soak -- detect`: 5,000 detections by one detector, some in tiles; its memory stays, and so does its rate. */
// The detector has a process to itself; see `fifths.ts` for what is measured of it.
import type { Benchmark, Report, RunOptions } from '../benchmark.ts';
import { Child } from '../child.ts';
import { sharedFiles } from '../photos.ts';
import { FIFTHS, mixed, reportOf, SAMPLE_EVERY, type Soaked, spread } from './fifths.ts';

/** How many files of each kind a fifth has. */
interface Plan {
  readonly people: number;
  readonly malformed: number;
  readonly clothes: number;
  /** Photos of clothes, and as many people as above, once more in tiles. */
  readonly tiled: number;
}

const FULL: Plan = { people: 16, malformed: 24, clothes: 864, tiled: 80 };
const SMOKE: Plan = { people: 2, malformed: 2, clothes: 14, tiled: 2 };

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const { whole, tiled } = await filesOfFifth(smoke ? SMOKE : FULL);
  const ofFifth = whole.length + tiled.length;
  log(`${ofFifth * FIFTHS} files, ${tiled.length * FIFTHS} of them in tiles`);
  await using child = await Child.start('soak/detect.mjs');
  const rounds = FIFTHS;
  const soaked = await child.call<Soaked>('detect', { whole, tiled, rounds, sampleEvery: SAMPLE_EVERY });
  const title = `${ofFifth * FIFTHS} detections by nudenet-320n, ${tiled.length * FIFTHS} of them in tiles`;
  return reportOf(title, soaked, ofFifth);
}

async function filesOfFifth(plan: Plan): Promise<{ whole: string[]; tiled: string[] }> {
  const people = spread(await sharedFiles('people'), plan.people);
  const clothes = await sharedFiles('clothing-small');
  const malformed = spread(await sharedFiles('malformed', /./), plan.malformed);
  return {
    whole: mixed([people, malformed, spread(clothes, plan.clothes)]),
    tiled: mixed([people, spread(clothes, plan.tiled)]),
  };
}

/** The soak `detect`. */
export const detect: Benchmark = {
  name: 'detect',
  summary: 'memory and rate of 5,000 detections, some in tiles',
  run,
};
