/** Kills `figleaf train` at random moments, and goes on with it, until it ends by itself. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '@figleaf/onnx/nn';
import { startIn } from '../../../figleaf/test/command.ts';

/** How to kill. */
export interface KillOptions {
  /** Working folder. */
  readonly folder: string;
  /** The run's folder in it. */
  readonly out: string;
  /** The command without `--resume`; it is to write a checkpoint after each step. */
  readonly args: readonly string[];
  /** Of the moments. */
  readonly seed: number;
  readonly kills: number;
  /** Longest time from a new checkpoint to the kill. */
  readonly milliseconds: number;
  /** Waits for a file that is being written then. */
  readonly inWriting?: boolean;
}

/** What was done. */
export interface Killed {
  /** How often a training was killed before it ended. */
  readonly kills: number;
  /** How often a file was left that is not whole. */
  readonly leftovers: number;
  /** What the last one printed. */
  readonly stdout: string;
  readonly stderr: string;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @throws {Error} Where the training fails by itself. */
export async function killUntilDone(options: KillOptions): Promise<Killed> {
  const { folder, out, args } = options;
  const random = new RandomStream(options.seed, 'kills');
  let [kills, leftovers] = [0, 0];
  for (;;) {
    const before = await writtenAt(options);
    const { child, ended } = startIn(folder, [...args, '--resume']);
    const isOver = { yet: false };
    void ended.then(() => (isOver.yet = true));
    if (kills < options.kills) {
      const moment = (random.word() / 2 ** 32) * options.milliseconds;
      while (!isOver.yet && (await writtenAt(options)) === before) await pause(3);
      await pause(moment);
      while (options.inWriting && !isOver.yet && (await unfinished(folder, out)) === 0) await pause(0);
      child.kill('SIGKILL');
    }
    const { code, signal, stdout, stderr } = await ended;
    if (signal === 'SIGKILL') {
      kills++;
      leftovers += await unfinished(folder, out);
    } else if (code === 0) return { kills, leftovers, stdout, stderr };
    else throw new Error(`it ended with ${code}: ${stderr}`);
  }
}

/** When the last checkpoint was written; 0 before the first. */
async function writtenAt({ folder, out }: KillOptions): Promise<number> {
  const found = await stat(join(folder, out, 'last.safetensors')).catch(() => null);
  return found?.mtimeMs ?? 0;
}

async function unfinished(folder: string, out: string): Promise<number> {
  const names = await readdir(join(folder, out)).catch(() => []);
  return names.filter((name) => name.endsWith('.tmp')).length;
}
