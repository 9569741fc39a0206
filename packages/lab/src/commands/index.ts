/** The commands that this floor brings to `figleaf`, which calls {@link addCommands} when it finds the package. */
import type { Command } from 'commander';
import type { ExitCode } from 'figleaf/commands';
import { addAugment } from './augment.ts';
import { addData } from './data.ts';
import { addEvaluate } from './evaluate.ts';
import { addTrain } from './train.ts';

/** Adds all of them; `exit` receives the exit code. */
export function addCommands(program: Command, exit: (code: ExitCode) => void): void {
  addAugment(program, exit);
  addData(program, exit);
  addTrain(program, exit);
  addEvaluate(program, exit);
}
