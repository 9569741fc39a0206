/** Worker threads in Node. */
import { availableParallelism, freemem, totalmem } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { Parent, Thread, ThreadKind, Threads } from './thread.ts';

// Worker files lie beside the main bundle. The literals are what bundlers and packers look for.
const FILES: Readonly<Record<ThreadKind, () => URL>> = {
  picture: () => new URL('./picture-worker.js', import.meta.url),
  codec: () => new URL('./codec-worker.js', import.meta.url),
};

/**
 * ONNX Runtime's native library gathers telemetry unless told not to, and overflows its stack on a long command line while
 * it does. The library reads the real environment, which only the main thread can change; workers have a copy.
 */
function refuseTelemetry(): void {
  if (isMainThread) process.env.ORT_DISABLE_TELEMETRY ??= '1';
}

class NodeThread implements Thread {
  readonly #worker: Worker;
  #terminating = false;

  constructor(kind: ThreadKind) {
    refuseTelemetry();
    // The owner's loaders and flags (tsx, coverage) only slow a worker down that runs built files.
    this.#worker = new Worker(FILES[kind](), { name: `figleaf-${kind}`, execArgv: [] });
    this.#worker.unref();
  }

  post(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#worker.on('message', listener);
  }

  onExit(listener: (reason?: Error) => void): void {
    let reason: Error | undefined;
    this.#worker.on('error', (error: unknown) => {
      reason ??= error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on('messageerror', (error) => {
      // An answer that cannot be read would leave its caller waiting for ever.
      reason ??= error;
      void this.#worker.terminate();
    });
    this.#worker.on('exit', (code) => {
      if (this.#terminating) listener();
      else listener(reason ?? new Error(`it exited with code ${code}`));
    });
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  async terminate(): Promise<void> {
    this.#terminating = true;
    await this.#worker.terminate();
  }
}

export const spawn: Threads['spawn'] = (kind) => new NodeThread(kind);

export const parent: Threads['parent'] = (): Parent => {
  const port = parentPort;
  if (!port) throw new Error('this module belongs into a worker thread');
  // A request that cannot be read would never be answered: end, so that its caller learns of it.
  port.on('messageerror', (error) => {
    throw error;
  });
  return {
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    onMessage: (listener) => void port.on('message', listener),
  };
};

export const availableCores: Threads['availableCores'] = () => availableParallelism();

export const availableMemory: Threads['availableMemory'] = () => {
  // macOS calls memory used that it would give back at once.
  const free = process.platform === 'darwin' ? Math.max(freemem(), totalmem() / 4) : freemem();
  // In a container its limit counts too: 0 or a huge number where there is none.
  const limit = process.constrainedMemory();
  if (limit === undefined || limit === 0) return free;
  return Math.min(free, Math.max(0, limit - process.memoryUsage.rss()));
};

export const onProcessExit: Threads['onProcessExit'] = (listener) => {
  process.on('exit', listener);
  return () => process.off('exit', listener);
};
