/** `npm run bench -- stability`: how far `unsafe` moves when a picture is stored again, beside nsfwjs's own. */
/*
 * Every photo is stored in five formats and three sizes, and each copy's score is compared with that of the original file.
 * nsfwjs's scores are its MobileNetV2 with its own resize method, run by Figleaf, since nsfwjs itself would take all day;
 * that they are nsfwjs's is checked against nsfwjs on some of the files. `accurate` judges every second photo.
 */
import sharp, { type Sharp } from 'sharp';
import { mapInOrder } from '../packages/figleaf/src/concurrency.ts';
import { atMost, type Benchmark, type Report, type RunOptions, type Table } from './benchmark.ts';
import { Child } from './child.ts';
import { sharedFiles } from './photos.ts';

/** How much of everything is run. */
interface Plan {
  readonly photos: number;
  /** Photos whose files nsfwjs itself judges too. */
  readonly checked: number;
}

const FULL: Plan = { photos: 300, checked: 6 };
const SMOKE: Plan = { photos: 4, checked: 1 };

const JUDGES = ['fast', 'balanced', 'accurate', 'nsfwjs'] as const;
type Judge = (typeof JUDGES)[number];

/** Of how many photos a judge sees one. */
const EVERY: Readonly<Record<Judge, number>> = { fast: 1, balanced: 1, accurate: 2, nsfwjs: 1 };

const FORMATS: Readonly<Record<string, (picture: Sharp) => Sharp>> = {
  jpeg95: (picture) => picture.jpeg({ quality: 95 }),
  jpeg75: (picture) => picture.jpeg({ quality: 75 }),
  jpeg50: (picture) => picture.jpeg({ quality: 50 }),
  png: (picture) => picture.png(),
  webp: (picture) => picture.webp(),
};

const DIVISORS: Readonly<Record<string, number>> = { full: 1, half: 2, quarter: 4 };

/** A way to store a picture. */
interface Variation {
  readonly name: string;
  readonly divisor: number;
  encode(picture: Sharp): Sharp;
}

const VARIATIONS: readonly Variation[] = Object.entries(FORMATS).flatMap(([format, encode]) =>
  Object.entries(DIVISORS).map(([size, divisor]) => ({ name: `${format}_${size}`, divisor, encode })),
);

/** A photo's original file, then its copies in the order of `VARIATIONS`. */
type Stored = readonly [string, ...Buffer[]];

/** What became of a score. */
interface Move {
  readonly judge: Judge;
  readonly variation: string;
  readonly before: number;
  readonly after: number;
}

async function run({ smoke, log }: RunOptions): Promise<Report> {
  const { photos, checked } = smoke ? SMOKE : FULL;
  const files = await choosePhotos(photos);
  await using figleaf = await Child.start('stability/figleaf.mjs');
  const unsafe = (judge: Judge, stored: Stored): Promise<number[]> =>
    figleaf.call('unsafe', { judge, files: stored });

  const moves: Move[] = [];
  let done = 0;
  // One photo is stored while another is judged.
  for await (const stored of mapInOrder(files, 2, store)) {
    for (const judge of JUDGES) {
      if (done % EVERY[judge] === 0) moves.push(...movesOf(judge, await unsafe(judge, stored)));
    }
    if (++done % 20 === 0) log(`${done} of ${files.length} photos`);
  }

  log('nsfwjs itself');
  const figures = {
    ...figuresOf(moves),
    nsfwjs_import_difference: await worstDifference(files.slice(0, checked), (stored) =>
      unsafe('nsfwjs', stored),
    ),
  };
  return {
    tables: tablesOf(figures, files.length),
    figures,
    marks: [atMost(figures, 'move_balanced', 0.02), atMost(figures, 'nsfwjs_import_difference', 0.001)],
  };
}

/** All photos of people there are, then clothes. */
async function choosePhotos(count: number): Promise<string[]> {
  const people = (await sharedFiles('people')).filter((file) => !file.endsWith('truncated.jpg'));
  const clothes = await Promise.all(
    ['validation', 'test'].map((part) => sharedFiles(`clothing-small/${part}`)),
  );
  const photos = [...people, ...clothes.flat()].slice(0, count);
  if (photos.length < count) throw new Error(`${count} photos are needed and there are ${photos.length}`);
  return photos;
}

async function store(file: string): Promise<Stored> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .toColourspace('srgb')
    .flatten({ background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const copies = VARIATIONS.map(({ divisor, encode }) => {
    const smaller = sharp(data, { raw: { width, height, channels } }).resize({
      width: Math.round(width / divisor),
      height: Math.round(height / divisor),
      fit: 'fill',
      kernel: 'lanczos3',
    });
    return encode(smaller).toBuffer();
  });
  return [file, ...(await Promise.all(copies))];
}

function movesOf(judge: Judge, [before, ...after]: readonly number[]): Move[] {
  return VARIATIONS.map(({ name }, index) => ({
    judge,
    variation: name,
    before: before ?? Number.NaN,
    after: after[index] ?? Number.NaN,
  }));
}

/** How far the scores that stand for nsfwjs's are from its own, at worst, over these photos and their copies. */
async function worstDifference(
  files: readonly string[],
  ours: (stored: Stored) => Promise<number[]>,
): Promise<number> {
  await using nsfwjs = await Child.start('classify/nsfwjs.mjs');
  const differences: number[] = [];
  for (const file of files) {
    const stored = await store(file);
    const theirs = await nsfwjs.call<number[]>('unsafe', { files: stored });
    for (const [index, score] of (await ours(stored)).entries()) {
      differences.push(Math.abs(score - (theirs[index] ?? Number.NaN)));
    }
  }
  return Math.max(...differences);
}

/** Mean and worst move and how many change sides, of each judge, over all and for each variation. */
function figuresOf(moves: readonly Move[]): Record<string, number> {
  return Object.fromEntries(
    JUDGES.flatMap((judge) => {
      const own = moves.filter((move) => move.judge === judge);
      return [
        ...summarise(judge, own),
        ...VARIATIONS.flatMap(({ name }) =>
          summarise(
            `${judge}_${name}`,
            own.filter(({ variation }) => variation === name),
          ),
        ),
      ];
    }),
  );
}

function summarise(key: string, moves: readonly Move[]): [string, number][] {
  const distances = moves.map(({ before, after }) => Math.abs(after - before));
  return [
    [`move_${key}`, distances.reduce((a, b) => a + b, 0) / distances.length],
    [`worst_${key}`, Math.max(...distances)],
    [`sides_${key}`, moves.filter(({ before, after }) => before > 0.5 !== after > 0.5).length],
  ];
}

function tablesOf(figures: Readonly<Record<string, number>>, count: number): Table[] {
  const table = (title: string, figure: string, digits: number): Table => {
    const row = (label: string, suffix: string): string[] => [
      label,
      ...JUDGES.map((judge) => (figures[`${figure}_${judge}${suffix}`] ?? Number.NaN).toFixed(digits)),
    ];
    return {
      title,
      rows: [
        ['stored as', ...JUDGES],
        ...VARIATIONS.map(({ name }) => row(name.replace('_', ', '), `_${name}`)),
        row('all', ''),
      ],
    };
  };
  return [
    table(
      `${count} photos stored again: how far unsafe moves on average (accurate: of every second photo)`,
      'move',
      4,
    ),
    table('At worst', 'worst', 3),
    table('How many copies change sides of 0.5', 'sides', 0),
  ];
}

/** The benchmark. */
export const stability: Benchmark = {
  name: 'stability',
  summary: 'how far scores move when a picture is stored in another format and size, beside nsfwjs',
  run,
};
