/** Ctrl-C and SIGTERM as an `AbortSignal`: work stops, what runs is waited for, the process ends with 130. */

import { EXIT } from './exit-codes.ts';

/** The signal, and how to stop listening. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the work as Ctrl-C would, for another reason. */
  abort(): void;
  /** Whether it was the user (or the system) who ended it. */
  readonly interrupted: boolean;
}

/** Listens for requests to end. */
export function listenForInterrupt(): Interruption {
  const controller = new AbortController();
  let interrupted = false;
  const onSignal = (): void => {
    // Whoever asks twice does not want to wait for what is running.
    if (interrupted) process.exit(EXIT.interrupted);
    interrupted = true;
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    get interrupted() {
      return interrupted;
    },
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
