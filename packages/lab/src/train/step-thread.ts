/** The main thread's end of the thread that trains. */
import { Worker } from 'node:worker_threads';
import { FigleafError, type FigleafErrorCode } from 'figleaf';
import { messageOf } from 'figleaf/commands';
import type { StepCall, StepProtocol, StepReply } from './protocol.ts';

type Method = keyof StepProtocol;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A process that exits while native code runs in a thread is aborted. Longer steps than this are not waited for. */
const LONGEST_WAIT_MS = 60_000;

/** A thread with ONNX Runtime. One call at a time; dispose of it when done. */
export class StepThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #busy = new SharedArrayBuffer(4);
  readonly #settle = (): void => settle(new Int32Array(this.#busy));
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failure: FigleafError | null = null;

  /** Starts the thread; the first call says whether that went well. */
  constructor() {
    // The runtime's telemetry reads the real environment, which only the main thread can change.
    process.env.ORT_DISABLE_TELEMETRY ??= '1';
    this.#worker = new Worker(new URL('./step-worker.js', import.meta.url), {
      name: 'figleaf-step',
      execArgv: [],
      workerData: this.#busy,
    });
    this.#worker.on('message', (reply: StepReply) => this.#answered(reply));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', (code) => this.#ended(new Error(`it exited with code ${code}`)));
    process.on('exit', this.#settle);
  }

  /**
   * Calls a method of the thread.
   *
   * @param transfer Memory that moves there instead of being copied.
   * @throws {FigleafError} What the method throws, or `worker-crashed`.
   */
  async call<M extends Method>(
    method: M,
    argument: Parameters<StepProtocol[M]>[0],
    transfer: readonly ArrayBufferLike[] = [],
  ): Promise<ReturnType<StepProtocol[M]>> {
    if (this.#failure) throw this.#failure;
    const id = this.#count++;
    const moved = transfer.filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
    const answer = new Promise<ReturnType<StepProtocol[M]>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, argument } satisfies StepCall, moved);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Waits for what runs, and ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#worker.terminate();
    process.off('exit', this.#settle);
  }

  #answered(reply: StepReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('value' in reply) waiting?.resolve(reply.value as never);
    else waiting?.reject(errorOf(reply.error));
  }

  #ended(error: unknown): void {
    this.#failure ??= new FigleafError(
      'worker-crashed',
      `the thread that trains has died: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

function errorOf({ code, message }: { readonly code: string | null; readonly message: string }): Error {
  return code === null ? new Error(message) : new FigleafError(code as FigleafErrorCode, message);
}

function settle(busy: Int32Array<SharedArrayBuffer>): void {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const count = Atomics.load(busy, 0);
    const left = deadline - Date.now();
    if (count <= 0 || left <= 0) return;
    Atomics.wait(busy, 0, count, left);
  }
}
