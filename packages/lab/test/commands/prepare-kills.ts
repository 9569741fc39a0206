/** Kills `figleaf data prepare` at random moments, and runs it again, until it ends by itself. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@figleaf/onnx/nn';
import { type Ended, startIn } from '../../../figleaf/test/command.ts';

/** How to kill. */
export interface PrepareKills {
  /** Working folder. */
  readonly folder: string;
  /** The result's folder in it. */
  readonly out: string;
  readonly args: readonly string[];
  /** Of the moments. */
  readonly seed: number;
  readonly kills: number;
  /** How long it takes from its first sign of work to its end, about. */
  readonly milliseconds: number;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * @returns The end of the last run, and how many were killed before they ended.
 * @throws {Error} Where it fails by itself.
 */
export async function killPreparations(options: PrepareKills): Promise<Ended & { readonly kills: number }> {
  const { folder, out, args, seed, milliseconds } = options;
  const random = new RandomStream(seed, 'kills');
  for (let kills = 0; ; ) {
    const { child, ended } = startIn(folder, args);
    const isOver = { yet: false };
    void ended.then(() => (isOver.yet = true));
    if (kills < options.kills) {
      while (!isOver.yet && !(await isAtWork(join(folder, out)))) await pause(2);
      await pause((random.word() / 2 ** 32) * milliseconds);
      child.kill('SIGKILL');
    }
    const end = await ended;
    if (end.signal === 'SIGKILL') kills++;
    else if (end.code === 0) return { ...end, kills };
    else throw new Error(`it ended with ${end.code}: ${end.stderr}`);
  }
}

/** Its lock is there: that of a killed one is touched no more. */
async function isAtWork(out: string): Promise<boolean> {
  const names = await readdir(join(out, '.prepare')).catch((): string[] => []);
  if (!names.includes('journal.jsonl.lock')) return false;
  const found = await stat(join(out, '.prepare', 'journal.jsonl.lock')).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs < 400;
}
