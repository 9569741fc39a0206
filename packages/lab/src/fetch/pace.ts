/** How often a server is asked: each host has its own pace. */
import { setTimeout } from 'node:timers/promises';

/** Keeps requests to the same host apart. */
export class Paces {
  readonly #milliseconds: number;
  /** When each host may be asked again. */
  readonly #free = new Map<string, number>();

  /** @param milliseconds From one request to the next. */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** Waits for the host's turn. Rejects with the signal's reason. */
  async turn(host: string, signal: AbortSignal | undefined): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#free.get(host) ?? 0);
    this.#free.set(host, at + this.#milliseconds);
    await pause(at - now, signal);
  }

  /** Leaves a host alone for a while, since it asked for that. */
  rest(host: string, milliseconds: number): void {
    const until = performance.now() + milliseconds;
    this.#free.set(host, Math.max(until, this.#free.get(host) ?? 0));
  }
}

/** Waits. Rejects with the signal's reason. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds <= 0) return;
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
