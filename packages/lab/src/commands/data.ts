/** `figleaf data`: what is done with pictures before a model learns from them. */
import type { Command } from 'commander';
import type { ExitCode } from 'figleaf/commands';
import { addSheet } from './data-sheet.ts';
import { addStats } from './data-stats.ts';
import { addPrepare } from './prepare.ts';

/** Adds the command to the program, and its own commands to it; `exit` receives the exit code. */
export function addData(program: Command, exit: (code: ExitCode) => void): void {
  const data = program
    .command('data')
    .summary('prepare pictures to train with, and look at them')
    .description('Prepares pictures to train with, and shows what is in a set of them.');
  addPrepare(data, exit);
  addStats(data, exit);
  addSheet(data, exit);
}
