/** `figleaf data stats`: what is in a data set. */
import type { Command } from 'commander';
import {
  EXIT,
  type ExitCode,
  listenForInterrupt,
  openBar,
  openConsole,
  printable,
  quietOption,
  workersOption,
} from 'figleaf/commands';
import pc from 'picocolors';
import { columns } from '../columns.ts';
import { type DataStats, dataStats, type Spread } from '../data-set/stats.ts';
import { countOf } from './count-of.ts';

interface StatsFlags {
  readonly workers?: number;
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
The data are a folder with a folder of pictures for each class (or train/, test/ with such folders in them), a folder of pictures, which are
of a class called like it, or a manifest *.jsonl.

Examples:
  $ figleaf data stats pictures/clothes
  $ figleaf data stats data/clothes/manifest.jsonl --json

Exit codes:
  0 all can be read   1 could not do what was asked   4 some files could not be read   130 interrupted`;

/** Adds the command to `figleaf data`; `exit` receives the exit code. */
export function addStats(data: Command, exit: (code: ExitCode) => void): void {
  data
    .command('stats')
    .summary('count pictures by class, part and source, and look at their sizes and formats')
    .description(
      'Says what is in a set of pictures: how many, of what sizes and formats, and which are broken.',
    )
    .argument('<data>', 'a folder, or a manifest *.jsonl')
    .addOption(workersOption())
    .option('--json', 'print it as JSON')
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, flags: StatsFlags) => exit(await run(path, flags)));
}

async function run(path: string, { workers, json, quiet }: StatsFlags): Promise<ExitCode> {
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(quiet ?? false, interruption.abort);
  using bar = openBar(quiet ?? false);
  try {
    const onProgress = (done: number, total: number): void =>
      bar.show(done, total, `looking at pictures: ${done} of ${total}`);
    const stats = await dataStats(path, { workers, signal, onProgress });
    bar.hide();
    const lines = json ? [JSON.stringify(stats, null, 2)] : [...classLines(stats), '', ...lookLines(stats)];
    for (const line of lines) await out.line(line);
    if (stats.passedOver > 0) out.note(`${countOf(stats.passedOver, 'file')} passed over: no pictures`);
    for (const { name, code } of stats.broken.slice(0, 10)) out.note(`${printable(name)}: ${code}`);
    if (stats.broken.length > 10)
      out.note(`and ${stats.broken.length - 10} more that cannot be read; --json has all`);
    return stats.broken.length > 0 ? EXIT.unreadable : EXIT.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.hide();
    return EXIT.interrupted;
  }
}

/** Columns without anything in them are left out. */
function classLines({ classes }: DataStats): string[] {
  const sum = (count: (row: DataStats['classes'][number]) => number): number =>
    classes.reduce((total, row) => total + count(row), 0);
  const counts = (
    [
      ['pictures', (row) => row.pictures],
      ['broken', (row) => row.broken],
      ['train', (row) => row.parts.train],
      ['validation', (row) => row.parts.validation],
      ['test', (row) => row.parts.test],
    ] as const satisfies readonly (readonly [string, (row: DataStats['classes'][number]) => number])[]
  ).filter(([name, count]) => name === 'pictures' || sum(count) > 0);
  const hasSources = classes.some(({ source }) => source !== null);
  const heading = [...(hasSources ? ['source'] : []), 'class', ...counts.map(([name]) => name)];
  const rows = [
    ...classes.map((row) => [
      ...(hasSources ? [printable(row.source ?? '-')] : []),
      printable(row.class),
      ...counts.map(([, count]) => String(count(row))),
    ]),
    [...(hasSources ? ['(all)', ''] : ['(all)']), ...counts.map(([, count]) => String(sum(count)))],
  ];
  const [first, ...lines] = columns([heading, ...rows], hasSources ? 2 : 1);
  return [pc.dim(first!), ...lines];
}

function lookLines({ formats, width, height, shapes, quality, plain }: DataStats): string[] {
  const range = (of: Spread | null): string =>
    of ? `${of.median} in the middle, ${of.least} to ${of.most}` : '-';
  const listed = Object.entries(formats).map(([format, count]) => `${count} ${format}`);
  return [
    ['formats', listed.join(', ') || '-'],
    ['width', range(width)],
    ['height', range(height)],
    ['shapes', `${shapes.upright} upright, ${shapes.square} square, ${shapes.wide} wide`],
    ['PDQ quality', `${range(quality)}; ${plain} below 50, whose looks tell no duplicates`],
  ].map(([name, text]) => `${name!.padEnd(12)}${text}`);
}
