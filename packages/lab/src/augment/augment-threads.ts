/** The main thread's end of the threads that augment. */
import { Worker } from 'node:worker_threads';
import { FigleafError } from 'figleaf';
import { messageOf } from '../message-of.ts';
import type { AugmentCall, AugmentJob, AugmentReply } from './augment-protocol.ts';

interface Waiting {
  readonly resolve: (results: readonly Uint8Array[]) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that augment pictures. Which of them does it makes no difference. Dispose of them when done. */
export class AugmentThreads implements AsyncDisposable {
  readonly #threads: readonly AugmentThread[];

  /** @param count At least 1. */
  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new AugmentThread());
  }

  /**
   * Does to each picture what its steps say.
   *
   * @returns Pictures of the same sizes, in the same order.
   * @throws {FigleafError} `worker-crashed`.
   */
  async apply(jobs: readonly AugmentJob[]): Promise<Uint8Array[]> {
    const count = this.#threads.length;
    const shares = this.#threads.map((_, thread) => jobs.filter((_, index) => index % count === thread));
    const done = await Promise.all(
      this.#threads.map((thread, index) => (shares[index]!.length > 0 ? thread.apply(shares[index]!) : [])),
    );
    return jobs.map((_, index) => done[index % count]![Math.floor(index / count)]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }
}

class AugmentThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failure: FigleafError | null = null;

  constructor() {
    this.#worker = new Worker(new URL('./augment-worker.js', import.meta.url), {
      name: 'figleaf-augment',
      execArgv: [],
    });
    this.#worker.on('message', (reply: AugmentReply) => this.#answered(reply));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', (code) => this.#ended(new Error(`it exited with code ${code}`)));
  }

  async apply(jobs: readonly AugmentJob[]): Promise<readonly Uint8Array[]> {
    if (this.#failure) throw this.#failure;
    const id = this.#count++;
    const answer = new Promise<readonly Uint8Array[]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, jobs } satisfies AugmentCall);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Waits for what runs, and ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#worker.terminate();
  }

  #answered(reply: AugmentReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('results' in reply) waiting?.resolve(reply.results);
    else waiting?.reject(new Error(reply.message));
  }

  #ended(error: unknown): void {
    this.#failure ??= new FigleafError(
      'worker-crashed',
      `a thread that augments has died: ${messageOf(error)}`,
      { cause: error },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
