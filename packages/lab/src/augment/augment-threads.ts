/** The main thread's end of the threads that augment. */
import { Worker } from 'node:worker_threads';
import { FigleafError } from 'figleaf';
import { messageOf } from 'figleaf/commands';
import type { AugmentCall, AugmentJob, AugmentReply } from './augment-protocol.ts';
import { isGeometry } from './step.ts';

interface Waiting {
  readonly resolve: (results: readonly Uint8Array[]) => void;
  readonly reject: (error: unknown) => void;
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
    const results: Uint8Array[] = [];
    const shares = dealt(jobs, this.#threads.length);
    await Promise.all(
      this.#threads.map(async (thread, index) => {
        const share = shares[index]!;
        if (share.length === 0) return;
        const done = await thread.apply(share.map((place) => jobs[place]!));
        for (const [at, place] of share.entries()) results[place] = done[at]!;
      }),
    );
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }
}

/** The places of the jobs, dealt out so that all have as many that take long. */
function dealt(jobs: readonly AugmentJob[], count: number): number[][] {
  const isSampled = ({ steps }: AugmentJob): boolean => steps.some(isGeometry);
  const places = [...jobs.keys()];
  const order = [
    ...places.filter((place) => isSampled(jobs[place]!)),
    ...places.filter((place) => !isSampled(jobs[place]!)),
  ];
  return Array.from({ length: count }, (_, thread) => order.filter((_, turn) => turn % count === thread));
}

class AugmentThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** What came back from the thread, for the next call. */
  #memory: ArrayBuffer | null = null;
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
      const call = this.#packed(id, jobs);
      this.#worker.postMessage(call, [call.memory]);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Waits for what runs, and ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#worker.terminate();
  }

  #packed(id: number, jobs: readonly AugmentJob[]): AugmentCall {
    const size = jobs.reduce((sum, { data }) => sum + data.length, 0);
    const kept = this.#memory;
    const memory = kept && kept.byteLength >= size ? kept : new ArrayBuffer(size);
    this.#memory = null;
    let at = 0;
    const packed = jobs.map((job) => {
      const data = new Uint8Array(memory, at, job.data.length);
      data.set(job.data);
      at += data.length;
      return { ...job, data };
    });
    return { id, jobs: packed, memory };
  }

  #answered(reply: AugmentReply): void {
    this.#memory = reply.memory;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('results' in reply) waiting?.resolve(reply.results);
    else waiting?.reject(reply.error);
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
