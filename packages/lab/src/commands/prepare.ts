/** `figleaf data prepare`: from sources of pictures to a data set. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { FigleafError } from 'figleaf';
import {
  type Bar,
  type Console,
  EXIT,
  type ExitCode,
  limitsOf,
  listenForInterrupt,
  maxPixelsOption,
  openBar,
  openConsole,
  plainNumber,
  positiveInteger,
  printable,
  quietOption,
  rateOf,
  readBlockList,
  timeOf,
  workersOption,
} from 'figleaf/commands';
import type {
  PictureName,
  PrepareOptions,
  PrepareProgress,
  PrepareReport,
  PrepareSource,
} from '../prepare/options.ts';
import { prepare } from '../prepare/prepare.ts';
import { textOf } from '../report-text.ts';
import { shellWord } from '../shell-word.ts';
import { countOf } from './count-of.ts';
import { fetchSources } from './fetched-sources.ts';
import { given } from './given.ts';
import { countsTable } from './prepare-table.ts';
import { collect } from './repeated.ts';

interface PrepareFlags {
  readonly source: readonly string[];
  readonly fetch?: true;
  readonly out: string;
  readonly map?: readonly string[];
  readonly maxPerSource?: number;
  readonly height?: number;
  readonly flips?: true;
  readonly keepParts?: true;
  readonly link?: true;
  readonly testShare?: number;
  readonly validationShare?: number;
  readonly seed?: number;
  readonly blockList?: string;
  readonly workers?: number;
  readonly maxPixels?: number;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
A source is a folder with a folder of pictures for each class (or train/, test/ with such folders in them), a folder of pictures, which are
of a class called like the source, or a manifest *.jsonl. With --fetch it may be a list *.txt: a URL on each line, and behind it its class, or
else all are of the class that the list is called like; web.txt is fetched into web.fetched. A label map is a file such as
{"porn": "nude", "neutral": "safe", "other": null}.

Run it again to go on after Ctrl-C or worse, or to have another result: pictures are not decoded twice.

Examples:
  $ figleaf data prepare --source clothes=pictures/clothes --out data/clothes
  $ figleaf data prepare --source web=pictures/web --source shop=shop/manifest.jsonl \\
      --map web=web-map.json --max-per-source 1000 --out data/both
  $ figleaf train data/both/manifest.jsonl --model mobilenet_v2 --out runs/both

Exit codes:
  0 prepared   1 could not do what was asked   4 prepared, but some files could not be read
  5 prepared, but a block list matched   130 interrupted; run it again to go on`;

/** Adds the command to `figleaf data`; `exit` receives the exit code. */
export function addPrepare(data: Command, exit: (code: ExitCode) => void): void {
  data
    .command('prepare')
    .summary('shrink pictures, leave out duplicates, and part them for training and test')
    .description(
      'Makes a data set: each picture once, upright, small, in a folder of its class and of what it is for.',
    )
    .requiredOption(
      '-s, --source <name=path>',
      'where pictures come from, and what to call that; may be repeated',
      collect,
    )
    .option('--fetch', 'fetch the pictures of sources that are lists of URLs; without it nothing is fetched')
    .requiredOption('-o, --out <folder>', 'folder for the pictures, manifest.jsonl and report.json')
    .option('--map <file>', 'label map for all sources, or for one as NAME=FILE; may be repeated', collect)
    .option(
      '--max-per-source <count>',
      'most pictures from a source, evenly over its classes',
      positiveInteger,
    )
    .option('--height <pixels>', 'most pixels from top to bottom (default: 320)', positiveInteger)
    .option('--flips', 'pictures that are turned or mirrored are the same')
    .option('--keep-parts', 'folders train, validation and test of the sources say what pictures are for')
    .option('--link', 'hard links to originals that need no change, instead of copies')
    .option('--test-share <share>', 'of the pictures, for the test (default: 0.2)', plainNumber)
    .option('--validation-share <share>', 'of the rest, for validation (default: 0.1)', plainNumber)
    .option('--seed <number>', 'everything random follows from it (default: 1)', plainNumber)
    .option('--block-list <file>', 'hashes (MD5, SHA-256, PDQ) of pictures that are neither copied nor named')
    .addOption(workersOption())
    .addOption(maxPixelsOption())
    .option('--json', 'print the report as JSON')
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: PrepareFlags) => exit(await run(flags)));
}

async function run(flags: PrepareFlags): Promise<ExitCode> {
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  using bar = openBar(flags.quiet ?? false);
  try {
    const options = await optionsOf(flags);
    const { signal } = interruption;
    const { fetch = false, out: target } = flags;
    const local = await fetchSources(options.sources, { fetch, target, signal, bar, out });
    const known: PictureName[] = [];
    const report = await prepare({
      ...options,
      sources: local.sources,
      signal,
      onProgress: shower(bar),
      onBlockListed: (picture) => known.push(picture),
    }).finally(() => local.forget(known));
    bar.hide();
    if (flags.json) for (const piece of textOf(report)) await out.write(piece);
    else for (const line of countsTable(report)) await out.line(line);
    noteReport(report, flags.out, out);
    if (report.blockListed.length + local.blockListed > 0) return EXIT.blockListed;
    return report.broken.length + local.failed > 0 ? EXIT.unreadable : EXIT.done;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    bar.hide();
    out.note('figleaf: stopped; run the same again to go on');
    return EXIT.interrupted;
  }
}

async function optionsOf(flags: PrepareFlags): Promise<PrepareOptions> {
  const { source, out, map = [], flips = false, keepParts = false, link = false } = flags;
  const { common, ofSources } = mapsOf(map, source);
  return {
    sources: source.map((text) => sourceOf(text, ofSources)),
    out,
    ...(common !== undefined && { map: common }),
    ...given(flags, ['maxPerSource', 'height', 'testShare', 'validationShare', 'seed', 'workers']),
    flips,
    keepParts,
    link,
    ...(flags.blockList !== undefined && { blockList: await readBlockList(flags.blockList) }),
    ...limitsOf(flags),
  };
}

const nameIn = (text: string): string => text.slice(0, Math.max(0, text.indexOf('=')));
const valueIn = (text: string): string => text.slice(text.indexOf('=') + 1);

function sourceOf(text: string, maps: ReadonlyMap<string, string>): PrepareSource {
  const [name, path] = [nameIn(text), valueIn(text)];
  if (name === '' || path === '') {
    throw new FigleafError(
      'option-invalid',
      `--source takes NAME=PATH, such as web=pictures/web, not '${text}'`,
    );
  }
  const map = maps.get(name);
  return { name, path, ...(map !== undefined && { map }) };
}

/** A map is for a source where what is before the first `=` names one: other paths may have such a sign in them. */
function mapsOf(
  maps: readonly string[],
  sources: readonly string[],
): { readonly common: string | undefined; readonly ofSources: ReadonlyMap<string, string> } {
  const names = new Set(sources.map(nameIn));
  const ofSources = new Map<string, string>();
  let common: string | undefined;
  for (const text of maps) {
    const name = nameIn(text);
    const isOfSource = names.has(name);
    if (isOfSource ? ofSources.has(name) : common !== undefined) {
      const what = isOfSource
        ? `the source '${name}' has two label maps`
        : 'two label maps are for all sources';
      throw new FigleafError('option-invalid', `${what}: give --map once, or as NAME=FILE for a source`);
    }
    if (isOfSource) ofSources.set(name, valueIn(text));
    else common = text;
  }
  return { common, ofSources };
}

function shower(bar: Bar): (progress: PrepareProgress) => void {
  let began: number | null = null;
  return ({ phase, done, total }) => {
    if (phase === 'listing') bar.show(0, 1, `finding pictures: ${done}`);
    if (phase === 'comparing') bar.show(done, total, 'comparing all with all');
    if (phase === 'placing') bar.show(done, total, `putting pictures in their places: ${done} of ${total}`);
    if (phase !== 'reading') return;
    began ??= performance.now();
    const rate = (done * 1000) / Math.max(1, performance.now() - began);
    const pace = `${rateOf(rate)} a second, ${timeOf((total - done) / rate)} left`;
    bar.show(done, total, `looking at pictures: ${done} of ${total}, ${pace}`);
  };
}

/** Of folders and links it is not known how many pictures are lacking, so rows, which count pictures, are without them. */
function besideRows({ broken, counts }: PrepareReport): string {
  const beside = broken.length - counts.reduce((sum, row) => sum + row.broken, 0);
  return beside === 0 ? '' : `; ${beside.toLocaleString('en')} of them in no row: folders, or links to such`;
}

/** No name of a picture that the block list knows. */
function noteReport(report: PrepareReport, folder: string, out: Console): void {
  const { broken, duplicates, conflicts, blockListed, warnings, passedOver, leftOut } = report;
  const path = printable(join(folder, 'report.json'));
  for (const warning of warnings) out.note(`figleaf: ${printable(warning)}`);
  if (passedOver > 0) out.note(`${countOf(passedOver, 'file')} passed over: no pictures`);
  if (leftOut > 0) out.note(`${countOf(leftOut, 'picture')} left out by the label map`);
  if (broken.length > 0) {
    const [first] = broken;
    const name = printable(`${first!.source}/${first!.path}`);
    out.note(
      `${countOf(broken.length, 'file')} could not be read, the first: ${name} (${first!.code})${besideRows(report)}`,
    );
  }
  if (duplicates.length > 0) {
    const exact = duplicates.filter(({ kind }) => kind === 'exact').length;
    out.note(
      `${countOf(duplicates.length, 'duplicate')} left out, ${exact.toLocaleString('en')} of them to the last pixel`,
    );
  }
  if (conflicts.length > 0) {
    const [one, other] = conflicts[0]!.pictures.map(({ source, path }) => printable(`${source}/${path}`));
    out.note(
      `${countOf(conflicts.length, 'label conflict')}, left out: the same picture in two classes, the first: ${one} and ${other}`,
    );
  }
  if (broken.length + duplicates.length + conflicts.length > 0) out.note(`all of these are in ${path}`);
  if (blockListed.length > 0) {
    const what = countOf(blockListed.length, 'picture');
    out.note(`${what} matched the block list: found, but in no column from 'broken' on`);
  }
  for (const { kind, hash } of blockListed) out.tell(`figleaf: on the block list: ${kind} ${hash}`);
  const { train, validation, test } = report.pictures;
  if (train + validation + test === 0) out.note('figleaf: no picture is left');
  else if (train > 0) {
    const manifest = shellWord(join(folder, 'manifest.jsonl'));
    out.note(`to train with it: figleaf train ${printable(manifest)} --model ...`);
  }
}
