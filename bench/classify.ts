/** File to class probabilities, Figleaf against nsfwjs on TensorFlow.js's wasm backend. */
/*
 * Both read the same JPEG files, each in a process of its own; they take turns, and the figure of a size is the median
 * over the rounds. nsfwjs is fed as its users in Node do (`classify/peer.mjs`); Figleaf gets the paths in one batch call,
 * profile `fast`, and goes over the list several times, since one pass would be too short to time.
 *
 * Where the CPU time goes: the whole process's CPU time per picture is `total`. Decode, resample and inference are then
 * measured alone on the same files, in as many processes at once as there are cores, because cores that share caches and
 * execution units spend more CPU time on the same work when both are busy. What of `total` they do not explain is
 * `other`: reading files, messages between threads, garbage collection.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import {
  atLeast,
  atMost,
  type Benchmark,
  type Mark,
  median,
  type Report,
  type RunOptions,
  type Table,
} from './benchmark.ts';
import { Child, Children, secondsToFirstResult } from './child.ts';
import { benchmarkPhotos, SIZES, type Size } from './photos.ts';

/** How much of everything is run. */
interface Plan {
  readonly rounds: number;
  /** Files of each size. */
  readonly files: Readonly<Record<Size, number>>;
  /** How often Figleaf goes over the list in one round. */
  readonly repeat: Readonly<Record<Size, number>>;
  readonly coldStarts: number;
  readonly predictions: { readonly nsfwjs: number; readonly figleaf: number };
}

const FULL: Plan = {
  rounds: 5,
  files: { '0.2mp': 48, '2mp': 16, '12mp': 6 },
  repeat: { '0.2mp': 12, '2mp': 10, '12mp': 6 },
  coldStarts: 7,
  predictions: { nsfwjs: 40, figleaf: 400 },
};

const SMOKE: Plan = {
  rounds: 1,
  files: { '0.2mp': 4, '2mp': 2, '12mp': 1 },
  repeat: { '0.2mp': 1, '2mp': 1, '12mp': 2 },
  coldStarts: 1,
  predictions: { nsfwjs: 2, figleaf: 10 },
};

/** What a child process measured. */
interface Measured {
  readonly pictures: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

type Figures = Record<string, number>;
type FilesOfSize = Readonly<Record<Size, readonly string[]>>;

/** The parts of the run share this. */
interface Run {
  readonly plan: Plan;
  readonly files: FilesOfSize;
  readonly figures: Figures;
  log(line: string): void;
}

const STAGES = ['decode', 'resample', 'inference'] as const;

const perSecond = ({ pictures, seconds }: Measured): number => pictures / seconds;
const milliseconds = (seconds: number): string => (seconds * 1000).toFixed(2);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const plan = smoke ? SMOKE : FULL;
  const files: Record<Size, readonly string[]> = { '0.2mp': [], '2mp': [], '12mp': [] };
  for (const size of SIZES) {
    log(`photos of ${size}`);
    files[size] = await benchmarkPhotos(size, plan.files[size]);
  }
  const shared: Run = { plan, files, figures: {}, log };
  const throughput = await measureThroughput(shared);
  const stages = await measureStages(shared, throughput.cpuPerPicture);
  const cold = await measureColdStart(shared);
  const { figures } = shared;
  return { tables: [throughput.table, ...stages, cold], figures, marks: marksOf(figures) };
}

function marksOf(figures: Figures): Mark[] {
  return [
    atLeast(figures, 'ratio_0.2mp', 10),
    atLeast(figures, 'ratio_2mp', 8),
    atLeast(figures, 'ratio_12mp', 5),
    atLeast(figures, 'ratio_2mp_scaled', 12),
    atLeast(figures, 'ratio_12mp_scaled', 12),
    atLeast(figures, 'ratio_model_1_thread', 10),
    atMost(figures, 'cold_start_ratio', 0.45),
    atMost(figures, 'cpu_share_other', 0.1),
  ];
}

/** Images per second of both, in alternating rounds; fills `ips_*` and `ratio_*`. */
async function measureThroughput({ plan, files, figures, log }: Run): Promise<{
  table: Table;
  cpuPerPicture: Readonly<Record<Size, number>>;
}> {
  await using nsfwjs = await Child.start('classify/nsfwjs.mjs');
  await using figleaf = await Child.start('classify/figleaf.mjs');
  const runtime = await figleaf.call<string>('runtime');
  const cpuPerPicture: Record<Size, number> = { '0.2mp': 0, '2mp': 0, '12mp': 0 };
  const rows = [['JPEG files', 'nsfwjs', 'Figleaf', 'ratio', 'scaled decode', 'ratio']];
  for (const size of SIZES) {
    const list = files[size];
    const ours = (scaledDecode: boolean, repeat = plan.repeat[size]): Promise<Measured> =>
      figleaf.call<Measured>('classify', { files: list, repeat, scaledDecode });
    const theirs = (some = list): Promise<Measured> => nsfwjs.call<Measured>('classify', { files: some });
    await theirs(list.slice(0, 2));
    await ours(false, 1);
    await ours(true, 1);
    const rounds: { theirs: Measured; full: Measured; scaled: Measured }[] = [];
    for (let round = 0; round < plan.rounds; round++) {
      log(`${size}, round ${round + 1} of ${plan.rounds}`);
      rounds.push({ theirs: await theirs(), full: await ours(false), scaled: await ours(true) });
    }
    const ips = {
      nsfwjs: median(rounds.map((round) => perSecond(round.theirs))),
      figleaf: median(rounds.map((round) => perSecond(round.full))),
      scaled: median(rounds.map((round) => perSecond(round.scaled))),
    };
    figures[`ips_nsfwjs_${size}`] = ips.nsfwjs;
    figures[`ips_figleaf_${size}`] = ips.figleaf;
    figures[`ips_figleaf_${size}_scaled`] = ips.scaled;
    figures[`ratio_${size}`] = median(rounds.map((round) => perSecond(round.full) / perSecond(round.theirs)));
    const scaledRatio = median(rounds.map((round) => perSecond(round.scaled) / perSecond(round.theirs)));
    figures[`ratio_${size}_scaled`] = scaledRatio;
    cpuPerPicture[size] = median(rounds.map(({ full }) => full.cpuSeconds / full.pictures));
    rows.push([
      `${list.length} of ${size}`,
      ips.nsfwjs.toFixed(1),
      ips.figleaf.toFixed(1),
      (figures[`ratio_${size}`] ?? 0).toFixed(1),
      ips.scaled.toFixed(1),
      scaledRatio.toFixed(1),
    ]);
  }
  const title = `File to probabilities, images per second (Figleaf: profile fast, ${runtime} runtime)`;
  return { table: { title, rows }, cpuPerPicture };
}

/** The input of the bare models: one of the photos in the model's size, 0 to 1, as raw float32. */
async function writeTensor(photo: string): Promise<string> {
  const pixels = await sharp(photo).resize(224, 224, { fit: 'fill' }).removeAlpha().raw().toBuffer();
  const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'tensor.f32');
  await writeFile(file, new Uint8Array(Float32Array.from(pixels, (value) => value / 255).buffer));
  return file;
}

interface Predicted extends Measured {
  readonly probabilities: readonly number[];
}

function checkSame(a: readonly number[], b: readonly number[]): void {
  const worst = Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
  if (!(worst < 1e-4)) throw new Error(`the two models disagree by ${worst}; this comparison means nothing`);
}

/** The stages alone: the model against nsfwjs's on one thread, and the shares of Figleaf's CPU time. */
async function measureStages(
  { plan, files, figures, log }: Run,
  total: Readonly<Record<Size, number>>,
): Promise<Table[]> {
  const tensorFile = await writeTensor(files['0.2mp'][0] ?? '');
  const cores = availableParallelism();
  await using children = new Children();
  const workers: Child[] = [];
  for (let core = 0; core < cores; core++) workers.push(await children.start('classify/stages.mjs'));
  const modelTable = await measureModel(children, workers[0], tensorFile, plan, figures, log);

  /** CPU seconds a picture, with every core at the same work. */
  const alone = async (stage: string, argument: unknown): Promise<number> => {
    const rounds: number[] = [];
    for (let round = 0; round < Math.min(3, plan.rounds); round++) {
      const parts = await Promise.all(workers.map((worker) => worker.call<Measured>(stage, argument)));
      const sum = (pick: (part: Measured) => number): number =>
        parts.reduce((all, part) => all + pick(part), 0);
      rounds.push(sum((part) => part.cpuSeconds) / sum((part) => part.pictures));
    }
    return median(rounds);
  };

  const rows = [['JPEG files', 'total ms', 'decode', 'resample', 'inference', 'other']];
  log('stages: inference');
  const inference = await alone('infer', { tensorFile, count: plan.predictions.figleaf });
  let worst = Number.NEGATIVE_INFINITY;
  for (const size of SIZES) {
    log(`stages: decode and resample, ${size}`);
    const job = { files: files[size], repeat: Math.max(1, Math.round(plan.repeat[size] / 3)) };
    const spent = { decode: await alone('decode', job), resample: await alone('resample', job), inference };
    const share = (stage: (typeof STAGES)[number]): number => spent[stage] / total[size];
    const other = 1 - STAGES.reduce((sum, stage) => sum + share(stage), 0);
    for (const stage of STAGES) figures[`share_${stage}_${size}`] = share(stage);
    figures[`cpu_share_other_${size}`] = other;
    figures[`cpu_ms_${size}`] = total[size] * 1000;
    // The plain names are those of the size where the rest is largest: the mark must hold everywhere.
    if (other > worst) {
      worst = other;
      for (const stage of STAGES) figures[`share_${stage}`] = share(stage);
      figures.cpu_share_other = other;
    }
    const cells = [...STAGES.map(share), other].map(percent);
    rows.push([`${files[size].length} of ${size}`, milliseconds(total[size]), ...cells]);
  }
  return [modelTable, { title: 'CPU time of Figleaf per picture, full decode, and where it goes', rows }];
}

async function measureModel(
  children: Children,
  ours: Child | undefined,
  tensorFile: string,
  { rounds, predictions }: Plan,
  figures: Figures,
  log: (line: string) => void,
): Promise<Table> {
  if (!ours) throw new Error('no child process to run the model in');
  const nsfwjs = await children.start('classify/nsfwjs.mjs');
  const speeds: { theirs: number; ours: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    log(`model alone, round ${round + 1} of ${rounds}`);
    const theirs = await nsfwjs.call<Predicted>('predict', { tensorFile, count: predictions.nsfwjs });
    const own = await ours.call<Predicted>('infer', { tensorFile, count: predictions.figleaf });
    checkSame(theirs.probabilities, own.probabilities);
    speeds.push({ theirs: perSecond(theirs), ours: perSecond(own) });
  }
  figures.ips_model_nsfwjs = median(speeds.map((speed) => speed.theirs));
  figures.ips_model_figleaf = median(speeds.map((speed) => speed.ours));
  figures.ratio_model_1_thread = median(speeds.map((speed) => speed.ours / speed.theirs));
  return comparison(
    'The model alone (MobileNetV2, 224 x 224, one thread), images per second',
    'same tensor',
    figures.ips_model_nsfwjs.toFixed(1),
    figures.ips_model_figleaf.toFixed(1),
    figures.ratio_model_1_thread.toFixed(1),
  );
}

/** From the start of a fresh process to the first result. */
async function measureColdStart({ plan, files, figures, log }: Run): Promise<Table> {
  const photo = files['0.2mp'][0] ?? '';
  const starts: { theirs: number; ours: number }[] = [];
  // One of each first, unmeasured, so that both find their files in the system's cache.
  await secondsToFirstResult('classify/cold-nsfwjs.mjs', photo);
  await secondsToFirstResult('classify/cold-figleaf.mjs', photo);
  for (let round = 0; round < plan.coldStarts; round++) {
    log(`cold start, round ${round + 1} of ${plan.coldStarts}`);
    starts.push({
      theirs: await secondsToFirstResult('classify/cold-nsfwjs.mjs', photo),
      ours: await secondsToFirstResult('classify/cold-figleaf.mjs', photo),
    });
  }
  figures.cold_start_nsfwjs_s = median(starts.map((start) => start.theirs));
  figures.cold_start_figleaf_s = median(starts.map((start) => start.ours));
  figures.cold_start_ratio = median(starts.map((start) => start.ours / start.theirs));
  return comparison(
    'Cold start, seconds from process start to first result',
    'one picture of 0.2mp',
    figures.cold_start_nsfwjs_s.toFixed(3),
    figures.cold_start_figleaf_s.toFixed(3),
    figures.cold_start_ratio.toFixed(2),
  );
}

/** A table of one line. */
function comparison(title: string, what: string, theirs: string, ours: string, ratio: string): Table {
  return {
    title,
    rows: [
      ['', 'nsfwjs', 'Figleaf', 'ratio'],
      [what, theirs, ours, ratio],
    ],
  };
}

/** The benchmark `classify`. */
export const classify: Benchmark = {
  name: 'classify',
  summary: 'files to probabilities, cold start and CPU shares, against nsfwjs on tfjs-wasm',
  run,
};
