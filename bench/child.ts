/** A child process that a benchmark calls, so that what is measured has a process to itself. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly value?: unknown;
  readonly error?: string;
}

/** A forked file that answers calls with `serve` of `classify/serve.mjs`. One call at a time. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
    // Its stdout must not mix with the report's.
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), {
      // What the package does not export runs from its sources.
      execArgv: file.endsWith('.ts') ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Bytes pass as they are.
      serialization: 'advanced',
    });
  }

  /** Starts the file (relative to `bench/`) and waits until it is ready. */
  static async start(file: string): Promise<Child> {
    const child = new Child(file);
    await child.#answer();
    return child;
  }

  /** Calls a method of the child. */
  async call<Result>(method: string, argument: unknown = null): Promise<Result> {
    this.#process.send({ method, argument });
    return (await this.#answer()) as Result;
  }

  async #answer(): Promise<unknown> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      const [answer] = (await Promise.race([
        once(this.#process, 'message', { signal }),
        once(this.#process, 'exit', { signal }).then(([code]) => {
          throw new Error(`${this.#file} ended with code ${String(code)}`);
        }),
      ])) as [Answer];
      if (answer.error !== undefined) throw new Error(`${this.#file}: ${answer.error}`);
      return answer.value;
    } finally {
      settled.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }
}

/** Children that end together. (`AsyncDisposableStack` is not in Node 20.) */
export class Children implements AsyncDisposable {
  readonly #all: Child[] = [];

  /** Starts one more. */
  async start(file: string): Promise<Child> {
    const child = await Child.start(file);
    this.#all.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((child) => child[Symbol.asyncDispose]()));
  }
}

/** Seconds from the start of a fresh Node process to its line `first result ...`. */
export async function secondsToFirstResult(file: string, argument: string): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seconds: number | undefined;
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('first result')) seconds ??= (performance.now() - start) / 1000;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (seconds === undefined || code !== 0) throw new Error(`${file} gave no result (exit ${String(code)})`);
  return seconds;
}
