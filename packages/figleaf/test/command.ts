/** The command as a user runs it: the built program in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const BIN = fileURLToPath(new URL('../dist/node/bin.js', import.meta.url));

/** What is left of a command. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `figleaf ARGS` in a folder. */
export function startIn(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const plain = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...plain, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
