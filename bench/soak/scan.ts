/** `npm run soak -- scan`: 20,000 files through one scan with `balanced`; its memory stays, and so does its rate. */
// The scan has a process to itself; see `fifths.ts` for what is measured of it.
import type { Benchmark, Report, RunOptions } from '../benchmark.ts';
import { Child } from '../child.ts';
import { sharedFiles } from '../photos.ts';
import { FIFTHS, mixed, reportOf, SAMPLE_EVERY, type Soaked, spread } from './fifths.ts';

/** How many files of each kind a fifth has. */
interface Plan {
  readonly people: number;
  readonly malformed: number;
  readonly digits: number;
  readonly clothes: number;
}

const FULL: Plan = { people: 16, malformed: 24, digits: 1200, clothes: 2760 };
const SMOKE: Plan = { people: 2, malformed: 2, digits: 8, clothes: 8 };

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const files = await filesOfFifth(smoke ? SMOKE : FULL);
  const count = files.length * FIFTHS;
  log(`${count} files`);
  await using child = await Child.start('soak/scan.mjs');
  const soaked = await child.call<Soaked>('scan', { files, rounds: FIFTHS, sampleEvery: SAMPLE_EVERY });
  return reportOf(`${count} files in one scan, profile balanced`, soaked, files.length);
}

async function filesOfFifth({ people, malformed, digits, clothes }: Plan): Promise<string[]> {
  return mixed([
    spread(await sharedFiles('people'), people),
    spread(await sharedFiles('malformed', /./), malformed),
    spread(await sharedFiles('sign-digits'), digits),
    spread(await sharedFiles('clothing-small'), clothes),
  ]);
}

/** The soak `scan`. */
export const scan: Benchmark = {
  name: 'scan',
  summary: 'memory and rate of one scan over 20,000 files',
  run,
};
