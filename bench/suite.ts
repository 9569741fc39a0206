/** What `npm run bench` and `npm run soak` share: running one of a list by its name, printing it, keeping it. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildAll } from '../tools/build.ts';
import { type Benchmark, describeMachine, formatReport, type Report } from './benchmark.ts';

/** Benchmarks that one command runs. */
export interface Suite {
  /** Its name in package.json. */
  readonly command: string;
  /** What `RESULTS.md` has before a benchmark's name. */
  readonly heading: string;
  /** By name. Each is loaded only when it is asked for, so that none needs what another needs. */
  readonly benchmarks: ReadonlyMap<string, () => Promise<Benchmark>>;
}

const RESULTS = new URL('RESULTS.md', import.meta.url);

const log = (line: string): void => console.error(line);

async function list({ command, benchmarks }: Suite): Promise<void> {
  console.log(`Usage: npm run ${command} -- NAME [--json] [--smoke] [--save]\n`);
  for (const load of benchmarks.values()) {
    const { name, summary } = await load();
    console.log(`  ${name.padEnd(12)} ${summary}`);
  }
  console.log('\n  --json   one object { name, machine, figures, marks } on stdout instead of tables');
  console.log('  --smoke  everything once in a tiny size; the figures mean nothing');
  console.log('  --save   keep the result in bench/RESULTS.md');
}

/** Puts the result in place of the one that RESULTS.md keeps under this heading. */
async function save(heading: string, machine: string, report: Report): Promise<void> {
  const begin = `<!-- begin ${heading} -->`;
  const end = `<!-- end ${heading} -->`;
  const date = new Date().toISOString().slice(0, 10);
  const figures = JSON.stringify(report.figures, null, 2);
  const section = [
    begin,
    '',
    `## ${heading}`,
    '',
    `${date}, ${machine}`,
    '',
    '```',
    formatReport(report),
    '```',
    '',
    '<details><summary>All figures</summary>',
    '',
    '```json',
    figures,
    '```',
    '',
    '</details>',
    '',
    end,
  ].join('\n');
  const text = await readFile(RESULTS, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const kept = from < 0 || to < 0;
  const next = kept
    ? `${text.trimEnd()}\n\n${section}\n`
    : text.slice(0, from) + section + text.slice(to + end.length);
  await writeFile(RESULTS, next);
}

/**
 * Runs what the command line names: `NAME [--json] [--smoke] [--save]`; without a name lists what there is.
 *
 * @returns The exit code: 0 when it ran, whether or not a mark is met.
 */
export async function runSuite(suite: Suite): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, smoke: { type: 'boolean' }, save: { type: 'boolean' } },
  });
  const [name] = positionals;
  if (name === undefined) {
    await list(suite);
    return 0;
  }
  const load = suite.benchmarks.get(name);
  if (!load) {
    log(`npm run ${suite.command} knows no '${name}'; there are: ${[...suite.benchmarks.keys()].join(', ')}`);
    return 1;
  }
  if (values.save && values.smoke) {
    log('--save keeps real figures; leave --smoke out');
    return 1;
  }
  await buildAll(log);
  const machine = describeMachine();
  log(`${name} on ${machine}${values.smoke ? ' (smoke: the figures mean nothing)' : ''}`);
  const benchmark = await load();
  const report = await benchmark.run({ smoke: values.smoke ?? false, log });
  const { figures, marks } = report;
  console.log(values.json ? JSON.stringify({ name, machine, figures, marks }) : formatReport(report));
  if (values.save) await save(suite.heading + name, machine, report);
  return 0;
}
