/** Training steps a second and memory, against PyTorch on the same CPU; and tfjs in plain JavaScript, for the record. */
/*
 * A step is forward, loss, backward and SGD with momentum on one batch that stays in memory. Each side has a process of its
 * own for each model, so that the most memory a process ever had is that of the model; they take turns, and a figure is the
 * median over the rounds. PyTorch is measured in its default layout and in channels-last, and in each round, and for
 * memory, the better of the two is compared with.
 */

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
import { PeerMissing, PythonChild, type PythonPeer } from './python.ts';
import type { Loaded, Trained, Work } from './train/work.ts';

const PYTORCH: PythonPeer = {
  name: 'PyTorch 2.13.0',
  script: 'train/pytorch.py',
  packages: ['torch==2.13.0', 'numpy'],
};

const LAYOUTS = ['default', 'channels-last'] as const;

const THREADS = 2;

/** One model to train, and how long. */
interface Match extends Work {
  /** As figures are called. */
  readonly name: string;
  readonly peer: 'pytorch' | 'tfjs';
  readonly rounds: number;
  /** Steps in one round. */
  readonly steps: number;
}

const COMMON = { threads: THREADS, rate: 0.01 } as const;

const FULL: readonly Match[] = [
  {
    ...COMMON,
    name: 'xception256_b8',
    peer: 'pytorch',
    model: 'xception',
    classes: 2,
    side: 256,
    batch: 8,
    rounds: 5,
    steps: 2,
  },
  {
    ...COMMON,
    name: 'mobilenetv2_224_b16',
    peer: 'pytorch',
    model: 'mobilenetV2',
    classes: 5,
    side: 224,
    batch: 16,
    rounds: 5,
    steps: 2,
  },
  {
    ...COMMON,
    name: 'smallcnn64_b4',
    peer: 'tfjs',
    model: 'smallCnn',
    classes: 10,
    side: 64,
    batch: 4,
    rounds: 3,
    steps: 1,
  },
];

const SMOKE: readonly Match[] = FULL.map((match) => ({
  ...match,
  side: { xception: 71, mobilenetV2: 32, smallCnn: 32 }[match.model],
  batch: 2,
  rounds: 1,
  steps: 1,
}));

/** A process that trains. */
interface Side {
  readonly key: string;
  readonly title: string;
  readonly child: Pick<Child, 'call'>;
}

/** What one side came to. */
interface Outcome {
  readonly side: Side;
  readonly rounds: readonly Trained[];
  /** The most memory its process had, in MB. */
  readonly memory: number;
}

type Figures = Record<string, number>;

const perSecond = ({ pictures, seconds }: Trained): number => pictures / seconds;

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const figures: Figures = {};
  const tables: Table[] = [];
  for (const match of smoke ? SMOKE : FULL) tables.push(await play(match, figures, log));
  return {
    tables,
    figures,
    marks: [
      atLeast(figures, 'ratio_pytorch_xception256_b8', 0.7),
      atLeast(figures, 'ratio_pytorch_mobilenetv2_224_b16', 0.7),
      atMost(figures, 'memory_ratio_xception256_b8', 1.5),
    ],
  };
}

/** Measures all sides at one model. */
async function play(match: Match, figures: Figures, log: RunOptions['log']): Promise<Table> {
  await using ours = await Child.start('train/figleaf.ts');
  await using theirs = await peersOf(match, log);
  const sides = [{ key: 'figleaf', title: 'Figleaf', child: ours }, ...theirs.sides];
  const loaded = await measureSides(match, sides, log);
  const [own, ...others] = loaded;
  for (const { side, rounds, memory } of loaded) {
    figures[`ips_${side.key}_${match.name}`] = median(rounds.map(perSecond));
    figures[`memory_mb_${side.key}_${match.name}`] = memory;
  }
  if (own && others.length > 0) {
    const ratios = own.rounds.map((round, index) => {
      return perSecond(round) / Math.max(...others.map(({ rounds }) => perSecond(rounds[index]!)));
    });
    figures[`ratio_${match.peer}_${match.name}`] = median(ratios);
    figures[`memory_ratio_${match.name}`] = own.memory / Math.min(...others.map(({ memory }) => memory));
  }
  return tableOf(match, loaded, figures);
}

/** The peer's processes, one for each way to run it; none where it cannot be had. */
class Peers implements AsyncDisposable {
  readonly sides: Side[] = [];
  readonly #children: AsyncDisposable[] = [];

  add(key: string, title: string, child: Pick<Child, 'call'> & AsyncDisposable): void {
    this.sides.push({ key, title, child });
    this.#children.push(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child[Symbol.asyncDispose]()));
  }
}

async function peersOf({ peer }: Match, log: RunOptions['log']): Promise<Peers> {
  const peers = new Peers();
  if (peer === 'tfjs') {
    peers.add('tfjs', 'tfjs 4.22, cpu backend', await Child.start('train/tfjs.mjs'));
    return peers;
  }
  try {
    for (const layout of LAYOUTS) {
      const child = await PythonChild.start(PYTORCH, log);
      peers.add(
        `pytorch_${layout.replace('-', '_')}`,
        `${PYTORCH.name}, ${layout}`,
        withLayout(child, layout),
      );
    }
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    log(`${PYTORCH.name} is not measured: ${error.message}`);
  }
  return peers;
}

/** The same process, told in each call which layout is meant. */
function withLayout(child: PythonChild, layout: string): Pick<Child, 'call'> & AsyncDisposable {
  return {
    call: (method, argument) => child.call(method, { ...(argument as object), layout }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

async function measureSides(
  match: Match,
  sides: readonly Side[],
  log: RunOptions['log'],
): Promise<Outcome[]> {
  const { name, steps, batch } = match;
  const counts = new Set<number>();
  for (const { child } of sides) counts.add((await child.call<Loaded>('load', match)).parameters);
  if (counts.size > 1) throw new Error(`${name}: not the same model: ${[...counts].join(', ')} parameters`);
  const results = sides.map((side) => ({ side, rounds: [] as Trained[] }));
  // The first step is not measured: buffers are laid out in it.
  for (const { child } of sides) await child.call('train', { steps: 1, batch });
  for (let round = 1; round <= match.rounds; round++) {
    log(`${name}, round ${round} of ${match.rounds}`);
    for (const { side, rounds } of results) {
      const trained = await side.child.call<Trained>('train', { steps, batch });
      if (!trained.losses.every(Number.isFinite))
        throw new Error(`${side.title}: the loss is ${trained.losses}`);
      rounds.push(trained);
    }
  }
  return Promise.all(
    results.map(async (result) => ({ ...result, memory: await result.side.child.call<number>('memory') })),
  );
}

function tableOf(
  { name, model, side, batch, peer }: Match,
  outcomes: readonly Outcome[],
  figures: Figures,
): Table {
  const ratio = figures[`ratio_${peer}_${name}`];
  return {
    title: `${model}, ${side} x ${side}, batch ${batch}, ${THREADS} threads${ratio === undefined ? '' : `: ${ratio.toFixed(2)} of ${peer}'s speed`}`,
    rows: [
      ['', 'images a second', 'most memory, MB', 'last loss'],
      ...outcomes.map(({ side: { key, title }, memory, rounds }) => [
        title,
        figures[`ips_${key}_${name}`]!.toFixed(2),
        memory.toFixed(0),
        rounds.at(-1)!.losses.at(-1)!.toFixed(4),
      ]),
    ],
  };
}

/** The benchmark `train`. */
export const train: Benchmark = {
  name: 'train',
  summary:
    'training steps of Xception and MobileNetV2 against PyTorch on the CPU, and a small network against tfjs',
  run,
};
