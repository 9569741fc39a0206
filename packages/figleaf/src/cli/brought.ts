/** Commands that other packages bring: in the help either way, and loaded only when they are asked for. */
import type { Command } from 'commander';
import { FigleafError, messageOf } from '../errors.ts';
import type { ExitCode } from './exit-codes.ts';

/** What such a package exports as `PACKAGE/commands`. */
interface BringsCommands {
  /** Adds its commands to the program; `exit` receives the exit code. */
  addCommands(program: Command, exit: (code: ExitCode) => void): void;
}

interface Brought {
  readonly from: string;
  readonly summary: string;
}

const BROUGHT: Readonly<Record<string, Brought>> = {
  augment: {
    from: '@figleaf/lab',
    summary: 'change pictures at random, to look at or as copies (in @figleaf/lab)',
  },
  data: {
    from: '@figleaf/lab',
    summary: 'prepare pictures to train with, and look at them (in @figleaf/lab)',
  },
  evaluate: { from: '@figleaf/lab', summary: 'measure classifiers on labelled pictures (in @figleaf/lab)' },
  train: { from: '@figleaf/lab', summary: 'train a classifier on folders of pictures (in @figleaf/lab)' },
};

/**
 * Adds the command that `argv` asks for, if it is one of these; of the others only what the help says.
 *
 * @throws {FigleafError} `command-not-installed`, saying what to install.
 */
export async function addBrought(
  program: Command,
  argv: readonly string[],
  exit: (code: ExitCode) => void,
): Promise<void> {
  const asked = argv[2] === 'help' ? argv[3] : argv[2];
  const wanted = BROUGHT[asked ?? ''];
  // A package adds all its commands at once.
  if (asked !== undefined && wanted) (await load(asked, wanted.from)).addCommands(program, exit);
  for (const [name, { from, summary }] of Object.entries(BROUGHT)) {
    if (from !== wanted?.from) program.command(name).summary(summary);
  }
}

async function load(name: string, from: string): Promise<BringsCommands> {
  const specifier = `${from}/commands`;
  try {
    return (await import(specifier)) as BringsCommands;
  } catch (error) {
    const isMissing =
      (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
      messageOf(error).includes(`'${from}'`);
    if (!isMissing) throw error;
    throw new FigleafError(
      'command-not-installed',
      `'figleaf ${name}' is in the package ${from}: npm install ${from}`,
      { cause: error },
    );
  }
}
