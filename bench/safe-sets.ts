/** `npm run bench -- safe-sets`: how often profiles and nsfwjs call safe pictures unsafe, how fast they are, and what a cascade costs. */
/*
 * None of the pictures shows nudity, so whatever is called unsafe is so falsely. What of nudity is found cannot be measured here.
 *
 * nsfwjs's scores are those of its models with its own resize method, run by Figleaf, since nsfwjs itself would take hours;
 * that they are nsfwjs's is checked against nsfwjs on some of the files, which also tell its speed.
 */
import { withOpinions } from '../packages/figleaf/src/classify/opinions.ts';
import { meanOfLogits } from '../packages/figleaf/src/classify/scores.ts';
import { findModel, profileModels, profileStages } from '../packages/figleaf/src/models/catalogue.ts';
import { locateModels } from '../packages/figleaf/src/models/store.node.ts';
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

const SETS: Readonly<Record<string, string>> = {
  'sign-digits': 'sign-digits/Dataset',
  'clothing-train': 'clothing-small/train',
  'clothing-validation': 'clothing-small/validation',
  'clothing-test': 'clothing-small/test',
};
/** Where speed is measured: photos of ordinary size. */
const SPEED_SET = 'clothing-test';

const PROFILES = ['fast', 'balanced', 'accurate', 'thorough'] as const;
const PEERS = ['nsfwjs', 'nsfwjs-inception'] as const;
const JUDGES = [...PROFILES, ...PEERS] as const;
type Judge = (typeof JUDGES)[number];

/** How much of everything is run. */
interface Plan {
  /** Most files of a set. */
  readonly files: number;
  /** Files that nsfwjs itself judges too. */
  readonly checked: Readonly<Record<(typeof PEERS)[number], number>>;
  readonly rounds: number;
}

const FULL: Plan = {
  files: Number.POSITIVE_INFINITY,
  checked: { nsfwjs: 48, 'nsfwjs-inception': 8 },
  rounds: 3,
};
const SMOKE: Plan = { files: 6, checked: { nsfwjs: 1, 'nsfwjs-inception': 1 }, rounds: 1 };

/** What one judge says of one picture. */
interface Said {
  readonly unsafe: number;
  readonly models: number;
}

/** What the looks of `accurate` say of one picture: `[look][class]`. */
type Looks = readonly (readonly number[])[];

/** `[set][file]`. */
type AllLooks = Readonly<Record<string, readonly Looks[]>>;

/** How surely a picture is explicit by the models that `thorough` asks beside, `[set][file][model]`. */
type AllOpinions = Readonly<Record<string, readonly (readonly number[])[]>>;

/** The score of the best explicit box, 0 without one: `[set][file]`. */
type AllBoxes = Readonly<Record<string, readonly number[]>>;

/** Scores from which boxes count: the default of detectors, and a stricter one. */
const BOX_SCORES = [0.25, 0.5] as const;

/** The bounds under which `balanced` leaves after one look and after two. */
type Bounds = readonly [first: number, second: number];

const CURVE: readonly Bounds[] = [0.03, 0.05, 0.1, 0.15, 0.2].flatMap((first) =>
  [0.1, 0.15, 0.2].map((second): Bounds => [first, second]),
);

const { labels } = findModel('mobilenet_v2').metadata;
const WEIGHTS = profileStages('accurate').flatMap(({ looks }) => looks.map(({ weight = 1 }) => weight));

interface Run {
  readonly plan: Plan;
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly figures: Record<string, number>;
  readonly ours: Child;
  log(line: string): void;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  // Says what to pull.
  await locateModels(profileModels('thorough'));
  const plan = smoke ? SMOKE : FULL;
  const files: Record<string, string[]> = {};
  for (const [set, folder] of Object.entries(SETS))
    files[set] = (await sharedFiles(folder)).slice(0, plan.files);
  await using ours = await Child.start('safe-sets/figleaf.mjs');
  const figures: Record<string, number> = {};
  const context: Run = { plan, files, figures, ours, log };
  const { speeds, timed } = await measureSpeeds(context);
  const { looks, opinions } = await lookAtAll(context);
  const said = await judgeAll(context, looks, opinions);
  checkLooks(said, looks, timed);
  const boxes = await findBoxes(context);
  for (const [set, judges] of Object.entries(said)) addFigures(figures, set, judges);
  figures.early_unsafe_share = earlyShare(said);
  return {
    tables: [setTable(said), boxTable(boxes, figures), speeds, curveTable(looks)],
    figures,
    marks: [
      atMost(figures, 'fp_sign-digits_balanced', 17),
      atMost(figures, 'fp_clothing-test_balanced', 0),
      atMost(figures, 'fp_sign-digits_thorough', 2.2),
      ...Object.keys(SETS).map((set) =>
        atMost(figures, `fp_${set}_thorough`, figures[`fp_${set}_accurate`]!),
      ),
      atLeast(figures, 'speed_balanced_over_fast', 0.45),
      atMost(figures, 'early_unsafe_share', 0.005),
      atMost(figures, 'nsfwjs_import_difference', 0.001),
    ],
  };
}

type Answers = Readonly<Record<string, Readonly<Record<Judge, readonly Said[]>>>>;

/** `[set][judge][file]`. What the slowest profiles say is what their looks add up to: they take too long to be taken twice. */
async function judgeAll({ files, ours, log }: Run, looks: AllLooks, opinions: AllOpinions): Promise<Answers> {
  const answers: Record<string, Record<string, readonly Said[]>> = {};
  for (const judge of JUDGES) {
    for (const [set, paths] of Object.entries(files)) {
      log(`${judge} on ${paths.length} files of ${set}`);
      const said =
        judge === 'accurate' || judge === 'thorough'
          ? looks[set]!.map((picture, index) => {
              const beside = judge === 'thorough' ? opinions[set]![index]! : [];
              return { unsafe: unsafeOf(picture, beside), models: picture.length + beside.length };
            })
          : (await ours.call<{ said: Said[] }>('judge', { judge, files: paths })).said;
      answers[set] = { ...answers[set], [judge]: said };
    }
    await ours.call('forget', judge);
  }
  return answers as Answers;
}

async function lookAtAll({ files, ours, log }: Run): Promise<{ looks: AllLooks; opinions: AllOpinions }> {
  const looks: Record<string, Looks[]> = {};
  const opinions: Record<string, number[][]> = {};
  for (const [set, paths] of Object.entries(files)) {
    log(`every look at ${paths.length} files of ${set}`);
    const said = await ours.call<Looks[]>('looks', { files: paths });
    looks[set] = said.map((picture) => picture.slice(0, WEIGHTS.length));
    // The last of `sfw` and `nsfw`, and the only number of a detector.
    opinions[set] = said.map((picture) => picture.slice(WEIGHTS.length).map((numbers) => numbers.at(-1)!));
  }
  return { looks, opinions };
}

async function findBoxes({ files, figures, ours, log }: Run): Promise<AllBoxes> {
  const boxes: Record<string, readonly number[]> = {};
  for (const [set, paths] of Object.entries(files)) {
    log(`boxes in ${paths.length} files of ${set}`);
    const best = await ours.call<number[]>('boxes', { files: paths });
    for (const least of BOX_SCORES) {
      const found = best.filter((score) => score >= least).length;
      figures[`box${100 * least}_${set}`] = (100 * found) / best.length;
    }
    boxes[set] = best;
  }
  return boxes;
}

interface Timed {
  readonly said: readonly Said[];
  readonly seconds: number;
}

/** What the profiles say that are not run on all sets. */
type Slowest = Record<'accurate' | 'thorough', readonly Said[]>;

/** Images per second, all on the same files; nsfwjs on a few of them. */
async function measureSpeeds({
  plan,
  files,
  figures,
  ours,
  log,
}: Run): Promise<{ speeds: Table; timed: Slowest }> {
  const paths = files[SPEED_SET] ?? [];
  const timed: Slowest = { accurate: [], thorough: [] };
  const speeds = new Map<Judge, number[]>(JUDGES.map((judge) => [judge, []]));
  for (const profile of PROFILES) await ours.call('judge', { judge: profile, files: paths.slice(0, 24) });
  for (let round = 0; round < plan.rounds; round++) {
    for (const judge of PROFILES) {
      log(`speed of ${judge}, round ${round + 1} of ${plan.rounds}`);
      const { said, seconds } = await ours.call<Timed>('judge', { judge, files: paths });
      speeds.get(judge)?.push(paths.length / seconds);
      if (judge === 'accurate' || judge === 'thorough') timed[judge] = said;
    }
  }
  for (const judge of PROFILES) await ours.call('forget', judge);
  await using theirs = await Child.start('safe-sets/nsfwjs.mjs');
  figures.nsfwjs_import_difference = 0;
  for (const judge of PEERS) {
    const sample = paths.slice(0, plan.checked[judge]);
    log(`${judge} itself on ${sample.length} files`);
    const real = await theirs.call<{ said: number[]; seconds: number }>('judge', { judge, files: sample });
    const own = await ours.call<{ said: Said[] }>('judge', { judge, files: sample });
    speeds.set(judge, [sample.length / real.seconds]);
    for (const [index, { unsafe }] of own.said.entries()) {
      const difference = Math.abs(unsafe - (real.said[index] ?? Number.NaN));
      figures.nsfwjs_import_difference = Math.max(figures.nsfwjs_import_difference, difference);
    }
    await ours.call('forget', judge);
  }
  const rounds = speeds.get('balanced')!.map((balanced, round) => balanced / speeds.get('fast')![round]!);
  figures.speed_balanced_over_fast = median(rounds);
  for (const judge of JUDGES) figures[`ips_${judge}`] = median(speeds.get(judge)!);
  const table = {
    title: `Images per second on ${paths.length} files of ${SPEED_SET}, file to scores (nsfwjs itself on a sample)`,
    rows: [
      ['', ...JUDGES],
      ['images per second', ...JUDGES.map((judge) => figures[`ips_${judge}`]!.toFixed(1))],
    ],
  };
  return { speeds: table, timed };
}

/** The profiles' answers must be what the looks add up to, or the tables would be of something else. */
function checkLooks(said: Answers, looks: AllLooks, timed: Slowest): void {
  const check = (what: string, ours: number, profile: number): void => {
    if (Math.abs(ours - profile) < 1e-4) return;
    throw new Error(`${what} is ${profile} by the profile, but ${ours} by its looks`);
  };
  for (const profile of ['accurate', 'thorough'] as const) {
    timed[profile].forEach(({ unsafe }, index) => {
      check(`${profile} on file ${index} of ${SPEED_SET}`, said[SPEED_SET]![profile][index]!.unsafe, unsafe);
    });
  }
  const bounds = shippedBounds();
  for (const [set, pictures] of Object.entries(looks)) {
    pictures.forEach((picture, index) => {
      const { unsafe } = cascade(picture, bounds);
      check(`balanced on file ${index} of ${set}`, unsafe, said[set]!.balanced[index]!.unsafe);
    });
  }
}

const isFalse = (unsafe: number): boolean => unsafe > 0.5;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const percentOf = (values: readonly number[]): number =>
  (100 * values.filter(isFalse).length) / values.length;

function addFigures(figures: Record<string, number>, set: string, judges: Answers[string]): void {
  for (const [judge, said] of Object.entries(judges)) {
    const scores = said.map(({ unsafe }) => unsafe);
    figures[`fp_${set}_${judge}`] = percentOf(scores);
    figures[`mean_${set}_${judge}`] = mean(scores);
  }
}

/** Of the pictures that `accurate` calls unsafe, the share that `balanced` lets go before it has asked all models. */
function earlyShare(said: Answers): number {
  let unsafe = 0;
  let early = 0;
  for (const { accurate, balanced } of Object.values(said)) {
    for (const [index, { unsafe: score, models }] of accurate.entries()) {
      if (!isFalse(score)) continue;
      unsafe++;
      if (balanced[index]!.models < models) early++;
    }
  }
  return unsafe === 0 ? 0 : early / unsafe;
}

function setTable(said: Answers): Table {
  const cells = (set: string): string[] =>
    JUDGES.map((judge) => {
      const scores = said[set]![judge].map(({ unsafe }) => unsafe);
      return `${percentOf(scores).toFixed(1)} % (${mean(scores).toFixed(3)})`;
    });
  return {
    title: 'Safe pictures called unsafe (porn + hentai over 0.5), and in brackets the mean of `unsafe`',
    rows: [
      ['set', 'pictures', ...JUDGES],
      ...Object.keys(said).map((set) => [set, String(said[set]!.fast.length), ...cells(set)]),
    ],
  };
}

function boxTable(boxes: AllBoxes, figures: Run['figures']): Table {
  return {
    title:
      'Safe pictures in which nudenet-320n finds an explicit part, by the least score that a box must have',
    rows: [
      ['set', 'pictures', ...BOX_SCORES.map((least) => `>= ${least}`)],
      ...Object.entries(boxes).map(([set, best]) => [
        set,
        String(best.length),
        ...BOX_SCORES.map((least) => `${figures[`box${100 * least}_${set}`]!.toFixed(2)} %`),
      ]),
    ],
  };
}

/** The bounds that the profile `balanced` has. */
function shippedBounds(): Bounds {
  const [first, second] = profileStages('balanced');
  return [first!.certain!.unsafe, second!.certain!.unsafe];
}

const SUGGESTIVE_BOUND = profileStages('balanced')[0]!.certain!.suggestive;

/** `unsafe` by the mean of looks, and opinions beside them, as profiles average them. */
function unsafeOf(looks: Looks, opinions: readonly number[] = []): number {
  const mean = meanOfLogits(
    looks.map((look) => Object.fromEntries(labels.map((label, index) => [label, look[index]!]))),
    WEIGHTS.slice(0, looks.length),
  );
  const { porn = 0, hentai = 0 } = withOpinions(mean, opinions);
  return porn + hentai;
}

/** What a cascade of these bounds says of a picture, and after how many looks. */
function cascade(looks: Looks, bounds: Bounds): { unsafe: number; asked: number } {
  for (const [index, bound] of bounds.entries()) {
    const soFar = looks.slice(0, index + 1);
    const share = (...names: string[]): number =>
      mean(soFar.map((look) => names.reduce((sum, name) => sum + look[labels.indexOf(name)]!, 0)));
    if (share('porn', 'hentai') < bound && share('sexy') < SUGGESTIVE_BOUND) {
      return { unsafe: unsafeOf(soFar), asked: index + 1 };
    }
  }
  return { unsafe: unsafeOf(looks), asked: looks.length };
}

/** What other bounds would do. */
function curveTable(looks: AllLooks): Table {
  const all = Object.values(looks).flat();
  const unsafe = all.filter((picture) => isFalse(unsafeOf(picture)));
  const photos = looks[SPEED_SET] ?? [];
  const share = (pictures: readonly Looks[], bounds: Bounds, asked: number): string =>
    `${((100 * pictures.filter((picture) => cascade(picture, bounds).asked >= asked).length) / pictures.length).toFixed(1)} %`;
  const shipped = shippedBounds();
  return {
    title: `Other bounds for balanced (* as it is): pictures of ${SPEED_SET} that take a second and third look, and what is lost`,
    rows: [
      [
        'unsafe under',
        'second look',
        'third look',
        `of ${unsafe.length} that accurate calls unsafe, left early`,
      ],
      ...CURVE.map((bounds) => [
        `${bounds.join(', then ')}${String(bounds) === String(shipped) ? ' *' : ''}`,
        share(photos, bounds, 2),
        share(photos, bounds, 3),
        String(unsafe.filter((picture) => cascade(picture, bounds).asked < picture.length).length),
      ]),
    ],
  };
}

/** The benchmark `safe-sets`. */
export const safeSets: Benchmark = {
  name: 'safe-sets',
  summary: 'false positives on safe pictures and speed, of every profile and of nsfwjs',
  run,
};
