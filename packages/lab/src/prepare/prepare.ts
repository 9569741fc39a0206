/** From sources of pictures to a data set: each picture once, small, in the folder of its class and of what it is for. */
import { resolve } from 'node:path';
import { createPool, FigleafError } from 'figleaf';
import packageJson from '../../package.json' with { type: 'json' };
import { invalid, type SplitOptions } from '../data-set/data-set.ts';
import { type Shares, sharesOf } from '../data-set/parts.ts';
import { choose } from './choose.ts';
import { decide } from './decide.ts';
import { finish } from './finish.ts';
import { compareAll } from './likeness.ts';
import type { Listing } from './listing.ts';
import { Looks } from './looks.ts';
import { manifestOf } from './manifest.ts';
import { nameAll } from './names.ts';
import type { PrepareOptions, PrepareReport } from './options.ts';
import { isEnough, readAll, type Seen, type Wishes, wishesOf } from './read-all.ts';
import { toReport } from './report.ts';
import { checkSources, folderOf, listSource, pathIn } from './source.ts';
import { split } from './split.ts';
import { LabelMaps, type Wanted } from './targets.ts';
import { WorkFolder } from './work-folder.ts';

/** To be raised when the same picture comes out otherwise though no other version says so. */
const VERSION = 4;

const HEIGHT = 320;

/**
 * Prepares pictures to train with.
 *
 * Of every source it lists the pictures with their classes, renames classes by label maps, and takes as many as are wished. It decodes
 * each, leaves out what is broken or on the block list, and makes it upright, sRGB, and no higher than wished. Of those with the same pixels or
 * with PDQ hashes within 31 bits (of the originals, or of both brought to one size first) it keeps the largest; those that are the same in two classes it leaves out and reports. It parts the rest
 * for training, validation and test so that nothing that hangs together lies in two parts.
 *
 * The result is `OUT/PART/CLASS/FILE.jpg`, `OUT/manifest.jsonl`, which `train` reads, and `OUT/report.json`. What is kept to go on with is in
 * `OUT/.prepare`. A preparation that was ended in any way is gone on with by calling it again, and has the same result as one that was not.
 * With other options the folder becomes what these ask for; pictures are not decoded again where they need not be.
 *
 * @throws {FigleafError} `option-invalid` for sources that lie in each other or share a name, and for impossible numbers; `input-not-found`,
 * `input-unreadable`, `manifest-invalid`, `label-map-invalid`; `label-unknown` with all classes that the maps lack; `data-set-invalid` for
 * a source without pictures, and for label maps that leave out all; `output-exists` where something else lies in `out`; `output-unwritable`, also where another process prepares there.
 *
 * @example
 * ```ts
 * const report = await prepare({
 *   sources: [{ name: 'shop', path: 'pictures/shop' }, { name: 'web', path: 'pictures/web', map: 'web-map.json' }],
 *   out: 'data/clothes',
 *   maxPerSource: 1000,
 * });
 * console.log(report.pictures, `${report.duplicates.length} duplicates`);
 * ```
 */
export async function prepare(options: PrepareOptions): Promise<PrepareReport> {
  const { sources, signal, flips = false } = options;
  const settings = settingsOf(options);
  const out = resolve(options.out);
  await checkSources(sources, out);
  const { found, remarks } = await findAll(options);
  const pictures = found.flatMap((own) => choose(own, settings.most, settings.splitting.seed));
  const wishes = wishesOf(options);
  const looks = new Looks(pictures.length, wishes.rotations);
  const paths = pathsOf(pictures, options);
  await using opened = await openWork(out, settings, paths, looks, wishes);
  const { work } = opened;
  const seen = await lookAtAll(paths, looks, work, wishes, options, settings);
  for (const place of seen.listed.keys()) {
    const { source, name } = pictures[place]!;
    options.onBlockListed?.({ source: sources[source]!.name, path: name });
  }
  const there = [...pictures.keys()].filter((place) => looks.has(place));
  const onProgress = (share: number): void =>
    options.onProgress?.({ phase: 'comparing', done: Math.round(share * there.length), total: there.length });
  const decision = decide(pictures, looks, await compareAll(there, looks, { flips, signal, onProgress }));
  const parts = split(pictures, decision, settings.splitting);
  const names = nameAll(decision.kept, parts, pictures, sources);
  const all = { sources, pictures, looks, decision, parts, names };
  const report = toReport({ ...all, ...seen, ...remarks, found: found.flat(), shares: settings.shares });
  const placements = decision.kept.map((place) => ({
    name: names.get(place)!,
    sha256: looks.get(place).sha256,
  }));
  const originals = there.map((place) => looks.get(place).sha256);
  await finish(work, { placements, seen: originals, report, manifest: manifestOf(all) }, options);
  if (opened.lines !== there.length)
    await work.journal.replace(there.map((place) => [paths[place]!, looks.get(place)]));
  return report;
}

/** What holds where nothing else is said. */
interface Settings {
  readonly height: number;
  readonly most: number;
  readonly splitting: SplitOptions;
  readonly shares: Shares;
  /** What the smaller pictures depend on, as JSON. */
  readonly header: string;
}

function settingsOf(options: PrepareOptions): Settings {
  const { height = HEIGHT, maxPerSource, seed = 1, testShare, validationShare, link = false } = options;
  for (const [name, value] of Object.entries({ height, maxPerSource })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new FigleafError('option-invalid', `${name} is ${value}; give a whole number from 1 on`);
  }
  if (!Number.isInteger(seed))
    throw new FigleafError('option-invalid', `seed is ${seed}; give a whole number`);
  const splitting = {
    seed,
    ...(testShare !== undefined && { testShare }),
    ...(validationShare !== undefined && { validationShare }),
  };
  // Impossible shares are to be known before hours of work.
  const shares = sharesOf(splitting);
  const header = {
    figleaf: 'prepare',
    version: VERSION,
    decoder: packageJson.dependencies.figleaf,
    height,
    link,
  };
  return { height, most: maxPerSource ?? Infinity, splitting, shares, header: JSON.stringify(header) };
}

/** The pictures of each source that are wanted, and what is said of the others. What was listed besides need not be kept. */
async function findAll(options: PrepareOptions) {
  const maps = await LabelMaps.read(options.sources, options.map);
  const listings = await listAll(options);
  const found = maps.apply(listings.map(({ pictures }) => pictures));
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const listed = sum(listings.map(({ pictures }) => pictures.length));
  const left = sum(found.map(({ length }) => length));
  // Before the folder of an earlier result is touched, which would become empty.
  if (left === 0) throw invalid(`the label map leaves out all ${listed} pictures: give a class in it a name`);
  const remarks = {
    brokenBefore: listings.flatMap(({ broken }) => broken),
    passedOver: sum(listings.map(({ passedOver }) => passedOver)),
    leftOut: listed - left,
    warnings: listings.flatMap(({ warnings }) => warnings),
  };
  return { found, remarks };
}

async function listAll({
  sources,
  keepParts = false,
  signal,
  onProgress,
}: PrepareOptions): Promise<Listing[]> {
  let done = 0;
  const onFile = (): void => {
    if (++done % 100 === 0) onProgress?.({ phase: 'listing', done, total: 0 });
  };
  const listings: Listing[] = [];
  for (const [index, source] of sources.entries())
    listings.push(await listSource(source, index, { keepParts, onFile, signal }));
  return listings;
}

function pathsOf(pictures: readonly Wanted[], { sources }: PrepareOptions): string[] {
  const folders = sources.map(folderOf);
  return pictures.map(({ source, name }) => pathIn(folders[source]!, name));
}

interface OpenedWork extends AsyncDisposable {
  readonly work: WorkFolder;
  /** How many lines the journal had and has got. */
  readonly lines: number;
}

/** With all that earlier runs have seen of these pictures. */
async function openWork(
  out: string,
  { header }: Settings,
  paths: readonly string[],
  looks: Looks,
  wishes: Wishes,
): Promise<OpenedWork> {
  const places = new Map(paths.map((path, place) => [path, place]));
  let before = 0;
  const work = await WorkFolder.open(out, header, (path, look) => {
    before++;
    const place = places.get(path);
    if (place !== undefined && isEnough(look, wishes)) looks.set(place, look);
  });
  return {
    work,
    get lines() {
      return before + work.journal.added;
    },
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

async function lookAtAll(
  paths: readonly string[],
  looks: Looks,
  work: WorkFolder,
  wishes: Wishes,
  { blockList, limits, link = false, workers, signal, onProgress }: PrepareOptions,
  { height }: Settings,
): Promise<Seen> {
  await using pool = await createPool({ workers, signal });
  const onRead = (done: number): void => onProgress?.({ phase: 'reading', done, total: paths.length });
  return await readAll(paths, { pool, work, looks, wishes, height, link, blockList, limits, signal, onRead });
}
