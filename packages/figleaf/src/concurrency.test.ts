/** Order, back-pressure and leaving early. */
import { describe, expect, it } from 'vitest';
import { abortable, mapInOrder, onAbort } from './concurrency.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('mapInOrder', () => {
  it('keeps the order though later items end first', async () => {
    const results: number[] = [];
    const map = (n: number): Promise<number> => sleep(12 - 3 * n).then(() => n);
    for await (const n of mapInOrder([0, 1, 2, 3], 4, map)) results.push(n);
    expect(results).toEqual([0, 1, 2, 3]);
  });

  it('takes inputs only as fast as results are taken', async () => {
    let taken = 0;
    function* items(): Generator<number> {
      for (let n = 0; n < 1000; n++) {
        taken++;
        yield n;
      }
    }
    const results = mapInOrder(items(), 5, async (n) => n);
    await results.next();
    await sleep(5);
    expect(taken).toBeLessThanOrEqual(5);
    await results.return();
    expect(taken).toBeLessThanOrEqual(5);
  });

  it('gives a result though the source waits for it before it gives more', async () => {
    let answered = (): void => undefined;
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    async function* items(): AsyncGenerator<number> {
      yield 1;
      await answer;
      yield 2;
    }
    const seen: number[] = [];
    for await (const n of mapInOrder(items(), 8, async (item) => item)) {
      seen.push(n);
      answered();
    }
    expect(seen).toEqual([1, 2]);
  });

  it('tells the source when nobody wants more, and throws what the source throws', async () => {
    let told = false;
    function* endless(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        told = true;
      }
    }
    for await (const _ of mapInOrder(endless(), 3, async (n) => n)) break;
    expect(told).toBe(true);
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('source');
    }
    const all = (async () => {
      for await (const _ of mapInOrder(broken(), 3, async (n) => n));
    })();
    await expect(all).rejects.toThrow('source');
  });

  it('leaves a source that gives nothing when aborted, and tells it so', async () => {
    let told = false;
    const silent: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: async () => {
          told = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const controller = new AbortController();
    const first = mapInOrder(silent, 3, async (n) => n, controller.signal).next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(told).toBe(true);
  });

  it('tells the source when a rejection ends it', async () => {
    let told = false;
    function* endless(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        told = true;
      }
    }
    const refuse = (): Promise<never> => Promise.reject(new Error('no'));
    await expect(mapInOrder(endless(), 3, refuse).next()).rejects.toThrow('no');
    expect(told).toBe(true);
  });

  it('throws a rejection in its turn, not before', async () => {
    const map = async (n: number): Promise<number> => {
      if (n === 2) throw new Error('two');
      return n;
    };
    const seen: number[] = [];
    const all = (async () => {
      for await (const n of mapInOrder([0, 1, 2, 3], 4, map)) seen.push(n);
    })();
    await expect(all).rejects.toThrow('two');
    expect(seen).toEqual([0, 1]);
  });
});

describe('abortable', () => {
  it('rejects with the reason at once', async () => {
    const controller = new AbortController();
    const never = abortable(new Promise(() => undefined), controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(never).rejects.toBe(reason);
    await expect(abortable(Promise.reject(new Error('unheard')), controller.signal)).rejects.toBe(reason);
    await expect(abortable(Promise.resolve(1), controller.signal)).rejects.toBe(reason);
  });

  it('passes results and errors through', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });
});

describe('onAbort', () => {
  it('puts one listener on the signal for any number of calls, and none of those taken back is called', () => {
    const controller = new AbortController();
    let added = 0;
    const add = controller.signal.addEventListener.bind(controller.signal);
    controller.signal.addEventListener = (...args: Parameters<typeof add>) => {
      added++;
      add(...args);
    };
    const called: number[] = [];
    const takeBack = Array.from({ length: 50 }, (_, n) => onAbort(controller.signal, () => called.push(n)));
    for (const forget of takeBack.slice(2)) forget();
    controller.abort();
    expect(added).toBe(1);
    expect(called).toEqual([0, 1]);
  });
});
