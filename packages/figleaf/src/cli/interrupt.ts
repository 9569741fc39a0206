/** Ctrl-C, SIGTERM and a terminal that closes as an `AbortSignal`: work stops, what runs is waited for, the process ends with 130. */
import { EXIT } from './exit-codes.ts';

/** The signal, and how to stop listening. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the work as Ctrl-C would, for another reason. */
  abort(): void;
  /** Whether it was the user (or the system) who ended it. */
  readonly interrupted: boolean;
}

/** Ctrl-C reaches a command that npm runs twice at once: from the terminal, and from npm. Milliseconds. */
const SAME_REQUEST = 1000;

/** Listens for requests to end. */
export function listenForInterrupt(): Interruption {
  const controller = new AbortController();
  let interrupted = false;
  let since = 0;
  const onSignal = (): void => {
    // Whoever asks twice does not want to wait for what is running.
    if (interrupted && performance.now() - since > SAME_REQUEST) process.exit(EXIT.interrupted);
    if (interrupted) return;
    interrupted = true;
    since = performance.now();
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
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
