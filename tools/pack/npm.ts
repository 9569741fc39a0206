/** npm as a child process: found beside Node, started without a shell, so that it works the same on every platform. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** How a child process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a child process. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Sent to its standard input. */
  readonly input?: string | Uint8Array;
  /** Kills it after so many milliseconds. Default: 10 minutes. */
  readonly timeout?: number;
}

/** Runs a program to its end, whatever the end. */
export function run(program: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { cwd, env, input, timeout = 600_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, timeout });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The script of npm itself: the one that started this process, else the one that came with Node. */
export function npmScript(): string {
  const home = dirname(process.execPath);
  const candidates = [
    process.env.npm_execpath ?? '',
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ];
  const found = candidates.find((path) => basename(path) === 'npm-cli.js' && existsSync(path));
  if (!found) throw new Error('npm was not found beside Node; start this through npm (npm run pack)');
  return found;
}

/** Settings of the npm that started this process; a child must find its own. */
function withoutNpmSettings(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => /^npm_(config|package|lifecycle)_/i.test(name));
  // Where packages come from and are kept is the machine's business, not the workspace's.
  const kept = /^npm_config_(registry|cache|userconfig|globalconfig|cafile|proxy|https_proxy|noproxy)$/i;
  return Object.fromEntries(names.filter((name) => !kept.test(name)).map((name) => [name, undefined]));
}

/** Runs npm, and says what it said when it fails. */
export async function npm(args: readonly string[], options: RunOptions): Promise<Ended> {
  const env = { ...withoutNpmSettings(), ...options.env };
  const ended = await run(process.execPath, [npmScript(), ...args], { ...options, env });
  if (ended.code !== 0) {
    throw new Error(`npm ${args.join(' ')} ended with ${ended.code}:\n${ended.stderr}${ended.stdout}`);
  }
  return ended;
}
