/** `npm run bench -- NAME [--json] [--smoke] [--save]`: runs a benchmark; without a name lists them. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildAll } from '../tools/build.ts';
import { type Benchmark, describeMachine, formatReport, type Report } from './benchmark.ts';

// Each is loaded only when it is asked for, so that none needs what another needs.
const BENCHMARKS: ReadonlyMap<string, () => Promise<Benchmark>> = new Map([
  ['block-list', async () => (await import('./block-list.ts')).blockList],
  ['classify', async () => (await import('./classify.ts')).classify],
  ['resamplers', async () => (await import('./resamplers.ts')).resamplers],
  ['stability', async () => (await import('./stability.ts')).stability],
]);
const RESULTS = new URL('RESULTS.md', import.meta.url);

const log = (line: string): void => console.error(line);

async function list(): Promise<void> {
  console.log('Usage: npm run bench -- NAME [--json] [--smoke] [--save]\n');
  for (const load of BENCHMARKS.values()) {
    const { name, summary } = await load();
    console.log(`  ${name.padEnd(12)} ${summary}`);
  }
  console.log('\n  --json   one object { name, machine, figures, marks } on stdout instead of tables');
  console.log('  --smoke  everything once in a tiny size; the figures mean nothing');
  console.log('  --save   keep the result in bench/RESULTS.md');
}

/** Puts the result in place of the one that RESULTS.md keeps of this benchmark. */
async function save(name: string, machine: string, report: Report): Promise<void> {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const date = new Date().toISOString().slice(0, 10);
  const figures = JSON.stringify(report.figures, null, 2);
  const section = [
    begin,
    '',
    `## ${name}`,
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

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, smoke: { type: 'boolean' }, save: { type: 'boolean' } },
  });
  const [name] = positionals;
  if (name === undefined) {
    await list();
    return 0;
  }
  const load = BENCHMARKS.get(name);
  if (!load) {
    log(`there is no benchmark '${name}'; there are: ${[...BENCHMARKS.keys()].join(', ')}`);
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
  if (values.save) await save(name, machine, report);
  return 0;
}

process.exitCode = await main();
