/** The exit guard: keeps a process that exits from being aborted by native code that still runs in a worker thread. */
/*
 * A process that exits while native code runs in a worker thread is aborted by it (exit code 134). So
 * workers count, in memory shared with the main thread, what native work is under way, and an `exit` listener there
 * forbids more and waits for the rest.
 */
import { onProcessExit } from '#threads';
import { FigleafError } from '../errors.ts';

const BUSY = 0;
const CLOSING = 1;
const CELLS = 2;

/** Native work that takes longer than this is not waited for. */
const LONGEST_WAIT_MS = 5000;

/** The main thread's end. */
export class ExitGuard {
  /** What workers count in; null where memory cannot be shared, as on most web pages, where none is needed. */
  readonly memory: SharedArrayBuffer | null;
  readonly #remove: () => void;

  constructor() {
    const memory =
      typeof SharedArrayBuffer === 'undefined'
        ? null
        : new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
    this.memory = memory;
    this.#remove = memory ? onProcessExit(() => settle(new Int32Array(memory))) : () => {};
  }

  /** Takes the listener away, once the workers are gone. */
  remove(): void {
    this.#remove();
  }
}

/** Forbids new native work and blocks this thread until the running one has ended. */
function settle(cells: Int32Array): void {
  Atomics.store(cells, CLOSING, 1);
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const busy = Atomics.load(cells, BUSY);
    const left = deadline - Date.now();
    if (busy <= 0 || left <= 0) return;
    Atomics.wait(cells as Int32Array<SharedArrayBuffer>, BUSY, busy, left);
  }
}

/** A worker's end. */
export class WorkGuard {
  readonly #cells: Int32Array | null;

  constructor(memory: SharedArrayBuffer | null) {
    this.#cells = memory && new Int32Array(memory);
  }

  /** Does `work`, which the process then waits for when it exits; refuses when it is exiting already. */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    const cells = this.#cells;
    if (!cells) return work();
    // Count first, ask then: so the main thread either sees the count or is seen closing.
    Atomics.add(cells, BUSY, 1);
    try {
      if (Atomics.load(cells, CLOSING) === 1) throw new FigleafError('disposed', 'the process is exiting');
      return await work();
    } finally {
      Atomics.sub(cells, BUSY, 1);
      Atomics.notify(cells, BUSY);
    }
  }
}
