/** The program: commands, help, and what becomes of an error that nobody expected. */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { FigleafError } from '../errors.ts';
import { addBrought } from './brought.ts';
import { addCensor } from './censor.ts';
import { addClassify } from './classify.ts';
import { fail, openConsole, printable } from './console.ts';
import { addDetect } from './detect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { addExplain } from './explain.ts';
import { inFlags } from './flag-names.ts';
import { addModels } from './models.ts';
import { addScan } from './scan.ts';

const ABOUT = `
Figleaf runs on this machine alone: no picture and no score leaves it.
Start with:  figleaf classify holiday.jpg
and see:     figleaf scan --help, figleaf censor --help`;

/** Runs the command line `argv` (as in `process.argv`) and gives its exit code. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const exit = (given: ExitCode): void => {
    code = given;
  };
  let help = '';
  const program = new Command('figleaf')
    // Written at the end: Commander would not see that its reader has left, or that the disk is full.
    .configureOutput({ writeOut: (text) => (help += text) })
    .description('Finds nudity in pictures, covers it, and trains models.')
    .version(packageJson.version, '-V, --version')
    .addHelpText('after', ABOUT)
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for how to use it)')
    .exitOverride();
  addClassify(program, exit);
  addScan(program, exit);
  addDetect(program, exit);
  addCensor(program, exit);
  addExplain(program, exit);
  addModels(program, exit);
  try {
    await addBrought(program, argv, exit);
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    const command = program.commands.find((each) => each.name() === argv[2]);
    return help === '' ? exitCodeOf(error, command) : told(help);
  }
}

/** Help and the version. */
async function told(text: string): Promise<ExitCode> {
  try {
    await openConsole(false, () => undefined).write(text);
    return EXIT.done;
  } catch (error) {
    return exitCodeOf(error, undefined);
  }
}

function exitCodeOf(error: unknown, command: Command | undefined): ExitCode {
  // Commander has printed what is wrong already; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
  if (error instanceof FigleafError) fail(`${printable(messageIn(error, command))} (${error.code})`);
  else fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failed;
}

const messageIn = ({ code, message }: FigleafError, command: Command | undefined): string =>
  code === 'option-invalid' ? inFlags(message, command) : message;
