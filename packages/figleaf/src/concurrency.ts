/** Several things at a time: results in order, inputs taken only as fast as results are, and calls one can leave. */

/**
 * Maps items with up to `ahead` of them under way, and yields the results in the order of the items.
 *
 * @throws Whatever `map` rejects with, when its turn comes.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const result = map(item);
    // It may reject long before its turn; whoever awaits it then still sees that.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= ahead) yield await pending.shift()!;
  }
  for (const result of pending) yield await result;
}

/** `promise`, or a rejection with the signal's reason as soon as it is aborted, whichever comes first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    // It may reject as well, which nobody would hear.
    promise.catch(() => undefined);
    throw signal.reason;
  }
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, reject);
    void promise.then(resolve, reject).finally(forget);
  });
}

type AbortListener = (reason: unknown) => void;

// One DOM listener a signal: hundreds of calls may share a signal, and Node warns of a leak at the eleventh.
const listeners = new WeakMap<AbortSignal, Set<AbortListener>>();

/**
 * Calls `listener` with the signal's reason when it is aborted.
 *
 * @returns How to take the listener back.
 */
export function onAbort(signal: AbortSignal, listener: AbortListener): () => void {
  const known = listeners.get(signal);
  const waiting = known ?? new Set<AbortListener>();
  if (!known) {
    listeners.set(signal, waiting);
    signal.addEventListener(
      'abort',
      () => {
        for (const call of [...waiting]) call(signal.reason);
        waiting.clear();
      },
      { once: true },
    );
  }
  waiting.add(listener);
  return () => waiting.delete(listener);
}
