/** Training steps on a GPU through ONNX Runtime's WebGPU provider, and whether their losses are the CPU's. */
import { availableParallelism } from 'node:os';
import { atMost, type Benchmark, type Report, type RunOptions } from './benchmark.ts';
import { Child } from './child.ts';
import type { Loaded, Trained, Work } from './train/work.ts';

const FULL: Work = {
  model: 'xception',
  classes: 5,
  side: 256,
  batch: 32,
  batches: 5,
  rate: 0.01,
  threads: availableParallelism(),
};
const SMOKE: Work = { ...FULL, model: 'smallCnn', side: 32, batch: 2 };

/** Steps whose losses are compared. */
const STEPS = 50;

/** What ONNX Runtime says where there is none, or where its build for the platform has no WebGPU. */
const NO_GPU = /Failed to get a WebGPU adapter|no available backend/;

const PROVIDERS = ['webgpu', 'cpu'] as const;

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const work = smoke ? SMOKE : FULL;
  const steps = smoke ? 2 : STEPS;
  const outcomes: {
    readonly provider: string;
    readonly speed: number;
    readonly losses: readonly number[];
  }[] = [];
  for (const provider of PROVIDERS) {
    log(`${work.model}, ${steps} steps on ${provider}`);
    const trained = await trainedOn(provider, work, steps).catch((error: unknown) => {
      if (!(error instanceof Error && NO_GPU.test(error.message))) throw error;
      log(`nothing is measured: ${error.message.split('\n')[0]}`);
      return null;
    });
    if (!trained) return { tables: [{ title: 'no GPU here', rows: [] }], figures: {}, marks: [] };
    // The first step compiles shaders and lays out buffers.
    const [first, rest] = trained;
    const speed = rest.pictures / rest.seconds;
    outcomes.push({ provider, speed, losses: [...first.losses, ...rest.losses] });
  }
  const [gpu, cpu] = outcomes.map(({ losses }) => losses);
  const differences = gpu!.map((loss, index) => Math.abs(loss - cpu![index]!));
  const name = `${work.model}${work.side}_b${work.batch}`;
  const figures = {
    ...Object.fromEntries(outcomes.map(({ provider, speed }) => [`ips_${provider}_${name}`, speed])),
    loss_difference_most: Math.max(...differences),
  };
  return {
    tables: [
      {
        title: `${work.model}, ${work.side} x ${work.side}, batch ${work.batch}`,
        rows: [
          ['', 'images a second', 'first loss', 'last loss'],
          ...outcomes.map(({ provider, speed, losses }) => [
            provider,
            speed.toFixed(2),
            losses[0]!.toFixed(5),
            losses.at(-1)!.toFixed(5),
          ]),
        ],
      },
    ],
    figures,
    marks: [atMost(figures, 'loss_difference_most', 0.01)],
  };
}

/** The first step, and the others. */
async function trainedOn(
  provider: (typeof PROVIDERS)[number],
  work: Work,
  steps: number,
): Promise<readonly [Trained, Trained]> {
  await using child = await Child.start('train/figleaf.ts');
  await child.call<Loaded>('load', { ...work, provider });
  const first = await child.call<Trained>('train', { steps: 1, batch: work.batch });
  return [first, await child.call<Trained>('train', { steps: steps - 1, batch: work.batch })];
}

/** The benchmark `train-gpu`. */
export const trainGpu: Benchmark = {
  name: 'train-gpu',
  summary: 'training steps of Xception on a GPU (WebGPU), and whether their losses are those of the CPU',
  run,
};
