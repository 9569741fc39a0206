/** Python packages that a benchmark compares with: each in a virtual environment of its own, and in a process that it calls. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A Python package to compare with. */
export interface PythonPeer {
  /** What it is called in what is printed. */
  readonly name: string;
  /** The script that serves it with `detect/serve.py`, relative to `bench/`. */
  readonly script: string;
  /** What pip installs, with all that they need. */
  readonly packages: readonly string[];
  /** What pip installs without what they ask for, where that cannot be had any more. */
  readonly alone?: readonly string[];
}

/** There is no Python, or pip could not install the peer; whoever compares with it goes without. */
export class PeerMissing extends Error {}

const PYTHONS = ['python3', 'python', 'py'];

/** The process of a peer. One call at a time. */
export class PythonChild implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #name: string;

  private constructor(python: string, { name, script }: PythonPeer) {
    this.#name = name;
    const file = fileURLToPath(new URL(script, import.meta.url));
    // Its own words go to stderr, where they do not mix with the report's.
    this.#process = spawn(python, [file], {
      // Nothing is to be left beside the scripts.
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
      windowsHide: true,
    });
    this.#lines = createInterface({ input: this.#process.stdout });
  }

  /**
   * Installs the peer where it is not installed yet, starts its script and waits until it is ready.
   *
   * @throws {PeerMissing} Where that cannot be done here.
   */
  static async start(peer: PythonPeer, log: (line: string) => void): Promise<PythonChild> {
    const child = new PythonChild(await install(peer, log), peer);
    await child.#answer();
    return child;
  }

  /** Calls a function of the script. */
  async call<Result>(method: string, argument: unknown): Promise<Result> {
    this.#process.stdin.write(`${JSON.stringify({ method, argument })}\n`);
    return (await this.#answer()) as Result;
  }

  async #answer(): Promise<unknown> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const [line] = (await Promise.race([
        once(this.#lines, 'line', { signal }),
        once(this.#process, 'exit', { signal }).then(([code]) => {
          throw new Error(`${this.#name} ended with code ${String(code)}`);
        }),
      ])) as [string];
      const { value, error } = JSON.parse(line) as { value?: unknown; error?: string };
      if (error !== undefined) throw new Error(`${this.#name}: ${error}`);
      return value;
    } finally {
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}

/** The Python of a virtual environment that has the peer; it stays in the system's temporary folder for the next run. */
async function install(peer: PythonPeer, log: (line: string) => void): Promise<string> {
  const { name, packages, alone = [] } = peer;
  const key = createHash('sha256')
    .update(JSON.stringify([packages, alone]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(tmpdir(), `figleaf-bench-python-${key}`);
  const python =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  log(`installing ${name} into ${folder}`);
  await makeEnvironment(folder);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  await orMissing(python, [...pip, ...packages]);
  if (alone.length > 0) await orMissing(python, [...pip, '--no-deps', ...alone]);
  await writeFile(done, '');
  return python;
}

async function makeEnvironment(folder: string): Promise<void> {
  const failures: string[] = [];
  for (const program of PYTHONS) {
    try {
      await orMissing(program, ['-m', 'venv', '--clear', folder]);
      return;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new PeerMissing(failures[0]);
}

/** Runs a program to its end; that it fails means that the peer cannot be had. */
async function orMissing(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-10_000);
  });
  const [code] = (await once(child, 'close').catch((error: Error) => [error.message])) as [number | string];
  if (code === 0) return;
  const last = words.trim().split('\n').at(-1);
  throw new PeerMissing(`'${program} ${args.slice(0, 3).join(' ')}' failed: ${last || code}`);
}
