/** The contract of the twins `threads.node.ts` and `threads.web.ts`: worker threads, and what the platform says of itself. */

/** The worker files that a build makes: picture work (decode, tensor, inference), and the wasm decoders. */
export type ThreadKind = 'picture' | 'codec';

/** A worker thread as its owner sees it. It starts unreferenced: alone it does not keep the process alive. */
export interface Thread {
  /** Sends a message; the buffers in `transfer` move instead of being copied. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Sets the one receiver of messages. */
  onMessage(listener: (message: unknown) => void): void;
  /** Sets the one listener to the thread's end, called once; `reason` is absent where the end was asked for. */
  onExit(listener: (reason?: Error) => void): void;
  /** Keeps the process alive as long as the thread runs (Node; nothing in the browser). */
  ref(): void;
  /** Lets the process end though the thread runs. */
  unref(): void;
  /** Ends the thread at once, whatever it does. Never while native code runs in it: that aborts the process. */
  terminate(): Promise<void>;
}

/** The owner as seen from inside the thread. */
export interface Parent {
  /** Sends a message; the buffers in `transfer` move instead of being copied. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Sets the one receiver of messages. */
  onMessage(listener: (message: unknown) => void): void;
}

/** What the module `#threads` exports on either platform. */
export interface Threads {
  /** Starts a thread. Messages may be posted at once; they wait until its module has run. */
  spawn(kind: ThreadKind): Thread;
  /** The owner of the thread in which this is called. */
  parent(): Parent;
  /** How many cores there are to work on, at least 1. */
  availableCores(): number;
  /** Bytes that models and pictures may take at most, as far as the platform tells. */
  availableMemory(): number;
  /** Calls `listener` when the process is about to exit for whatever reason but a signal; returns how to take it back. */
  onProcessExit(listener: () => void): () => void;
}
