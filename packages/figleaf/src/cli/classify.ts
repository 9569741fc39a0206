/** `figleaf classify`: pictures in, a table or JSON lines out. */
import type { Command } from 'commander';
import { countFiles } from '../scan/input/files.node.ts';
import { createModerator, type Moderator } from '../scan/moderator.ts';
import { scan } from '../scan/scan.ts';
import { type Console, openConsole } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Interruption, listenForInterrupt } from './interrupt.ts';
import { checkNamedOnce, closeStandardInput, namedPictures } from './named-pictures.ts';
import {
  type JudgeFlags,
  judgeOptions,
  judgesOf,
  modelOptions,
  moderatorOptions,
  noteRuntime,
} from './options.ts';
import { openProgress } from './progress.ts';
import { tableHeading, tableRow } from './table.ts';

interface ClassifyFlags extends JudgeFlags {
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ figleaf classify holiday.jpg                 one picture
  $ figleaf classify photos/ 'more/*.png'        folders and patterns
  $ curl -s … | figleaf classify -               a picture from a pipe
  $ figleaf classify photos --json | jq -r 'select(.scores.unsafe > 0.5).input'

Exit codes:
  0 done   1 could not do what was asked   4 some inputs could not be read   130 interrupted`;

/** Adds the command to the program; `exit` receives the exit code. */
export function addClassify(program: Command, exit: (code: ExitCode) => void): void {
  const command = program
    .command('classify')
    .summary('judge pictures')
    .description('Says of each picture how likely it is unsafe (porn, hentai), suggestive (sexy) or safe.')
    .argument('<image...>', "files, folders, glob patterns, or '-' for a picture on standard input")
    .option('--json', 'one JSON record a line instead of a table')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], flags: ClassifyFlags) => exit(await classify(images, flags)));
  for (const option of [...modelOptions(), ...judgeOptions()]) command.addOption(option);
}

async function classify(images: readonly string[], flags: ClassifyFlags): Promise<ExitCode> {
  checkNamedOnce(images);
  using interruption = listenForInterrupt();
  const out = openConsole(flags.quiet ?? false, interruption.abort);
  try {
    // Scores alone: verdicts are for `figleaf scan`.
    await using moderator = await createModerator({
      ...moderatorOptions(flags),
      policy: null,
      signal: interruption.signal,
    });
    noteRuntime(moderator.classifier, out);
    return await judge(moderator, images, flags, out, interruption);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return interruption.interrupted ? EXIT.interrupted : EXIT.done;
  } finally {
    closeStandardInput(images);
  }
}

async function judge(
  moderator: Moderator,
  images: readonly string[],
  flags: ClassifyFlags,
  out: Console,
  { signal }: Interruption,
): Promise<ExitCode> {
  const start = performance.now();
  const count = { records: 0, errors: 0, repeated: 0, skipped: 0 };
  const asked = new Set<string>();
  using progress = openProgress(flags.quiet ?? false, (signal) => countFiles(images, { signal }));
  const passOver = (what: 'repeated' | 'skipped') => (): void => {
    count[what]++;
    progress.tick('passed over');
  };
  const { scaledDecode = false, allowSvg = false } = flags;
  const items = namedPictures(images, { onSkip: passOver('skipped'), onDuplicate: passOver('repeated') });
  if (!flags.json) await out.line(tableHeading());
  for await (const record of scan(items, { moderator, signal, scaledDecode, allowSvg })) {
    count.records++;
    if (record.error) count.errors++;
    for (const model of record.models) asked.add(model);
    await progress.around(() => out.line(flags.json ? JSON.stringify(record) : tableRow(record)));
    progress.tick();
  }
  progress[Symbol.dispose]();
  out.note(summary(count, judgesOf(asked, moderator), (performance.now() - start) / 1000));
  return count.errors > 0 ? EXIT.unreadable : EXIT.done;
}

function summary(
  { records, errors, repeated, skipped }: Record<'records' | 'errors' | 'repeated' | 'skipped', number>,
  judges: string,
  seconds: number,
): string {
  const judged = records - errors;
  const parts = [
    `${judged} ${judged === 1 ? 'picture' : 'pictures'} judged by ${judges}`,
    `in ${seconds.toFixed(1)} s`,
  ];
  if (errors > 0) parts.push(`; ${errors} could not be judged`);
  if (repeated > 0) parts.push(`; ${repeated} named again`);
  if (skipped > 0) parts.push(`; ${skipped} other ${skipped === 1 ? 'file' : 'files'} passed over`);
  return parts.join(' ').replaceAll(' ;', ';');
}
