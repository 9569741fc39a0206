/** `figleaf data`: what is done with pictures before a model learns from them. */
import type { Command } from 'commander';
import type { ExitCode } from 'figleaf/commands';

/** Adds the command to the program, and its own commands to it; `exit` receives the exit code. */
export function addData(program: Command, _exit: (code: ExitCode) => void): void {
  program
    .command('data')
    .summary('prepare pictures to train with, and look at them')
    .description('Prepares pictures to train with, and shows what is in a set of them.');
  // Each has a file of its own: addPrepare(data, exit), ...
}
