/** Web Workers. */
import type { Parent, Thread, ThreadKind, Threads } from './thread.ts';

// Bundlers find workers by this very form, so each is written out in full.
const START: Readonly<Record<ThreadKind, () => Worker>> = {
  picture: () => new Worker(new URL('./picture-worker.js', import.meta.url), { type: 'module' }),
  codec: () => new Worker(new URL('./codec-worker.js', import.meta.url), { type: 'module' }),
};

class WebThread implements Thread {
  readonly #worker: Worker;
  #exit: ((reason?: Error) => void) | undefined;
  #ended = false;

  constructor(kind: ThreadKind) {
    this.#worker = START[kind]();
    // An uncaught error leaves a Web Worker alive, but its answer will not come: the thread counts as dead.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(event.message || 'its file could not be loaded'));
    };
    this.#worker.onmessageerror = () => this.#end(new Error('a message could not be read'));
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#worker.onmessage = (event) => listener(event.data);
  }

  onExit(listener: (reason?: Error) => void): void {
    this.#exit = listener;
  }

  ref(): void {}

  unref(): void {}

  async terminate(): Promise<void> {
    this.#end();
  }

  #end(reason?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.#exit?.(reason);
  }
}

export const spawn: Threads['spawn'] = (kind) => new WebThread(kind);

/** The part of `DedicatedWorkerGlobalScope` that is used; its types clash with the page's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

export const parent: Threads['parent'] = (): Parent => {
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer = []) => scope.postMessage(message, [...transfer]),
    onMessage: (listener) => {
      scope.onmessage = (event) => listener(event.data);
    },
  };
};

export const availableCores: Threads['availableCores'] = () => navigator.hardwareConcurrency || 1;

export const availableMemory: Threads['availableMemory'] = () => {
  // Chromium tells a rounded size in GiB, at most 8; elsewhere assume a phone. A page may well take a quarter.
  const gibibytes = (navigator as { deviceMemory?: number }).deviceMemory ?? 2;
  return (gibibytes * 2 ** 30) / 4;
};

// A page that closes takes its workers along without harm.
export const onProcessExit: Threads['onProcessExit'] = () => () => {};
