/** Several things at a time: results in order, inputs taken only as fast as results are, and calls one can leave. */

/**
 * Maps items with up to `ahead` of them under way, and yields the results in the order of the items, each as soon as it is
 * there: a source that is slow, or waits for an answer before it gives more, holds none back.
 *
 * @throws Whatever `map` rejects with, when its turn comes, whatever the source throws, and the signal's reason where the source
 * has nothing to give by then.
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  map: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Result, void, undefined> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const pending: Promise<Result>[] = [];
  let coming: Promise<IteratorResult<Item>> | undefined;
  let ended = false;
  let failed = false;
  const next = async (): Promise<IteratorResult<Item>> => {
    try {
      return await source.next();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  try {
    while (!ended || pending.length > 0) {
      if (!ended && pending.length < ahead) coming ??= heard(abortable(next(), signal));
      if ((await firstOf(coming, pending[0])) === 'result') {
        yield await pending.shift()!;
        continue;
      }
      const { done, value } = await coming!;
      coming = undefined;
      if (done) ended = true;
      else pending.push(heard(map(value)));
    }
  } finally {
    // Not waited for: the source may be stuck in what it was asked for last.
    if (!ended && !failed) void Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

/** A promise that may reject long before anyone awaits it; whoever does then still sees that. */
export function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Which of the two settles first; of two that have settled, the item. */
function firstOf(item: Promise<unknown> | undefined, result: Promise<unknown> | undefined): Promise<string> {
  const told = (promise: Promise<unknown> | undefined, name: string): Promise<string>[] =>
    promise
      ? [
          promise.then(
            () => name,
            () => name,
          ),
        ]
      : [];
  return Promise.race([...told(item, 'item'), ...told(result, 'result')]);
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
