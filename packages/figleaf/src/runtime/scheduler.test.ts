/** Tests of the scheduler with workers that answer when the test says so. */
import { describe, expect, it } from 'vitest';
import { FigleafError } from '../errors.ts';
import { Scheduler, type SchedulerParts, type SchedulerWorker, sessionBytes } from './scheduler.ts';

interface Call {
  readonly method: string;
  readonly what: unknown;
  resolve(value?: unknown): void;
  reject(error: Error): void;
}

/** A worker that only writes down what it is asked. */
class FakeWorker {
  readonly calls: Call[] = [];
  ended = false;
  readonly #onExit: (reason?: Error) => void;

  constructor(onExit: (reason?: Error) => void) {
    this.#onExit = onExit;
  }

  call(method: string, what: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => this.calls.push({ method, what, resolve, reject }));
  }

  /** The open calls, each as `method:what`. */
  get doing(): string[] {
    return this.calls.map(({ method, what }) => `${method}:${what}`);
  }

  /** Answers the oldest call. */
  async answer(value?: unknown): Promise<void> {
    this.calls.shift()!.resolve(value);
    await settled();
  }

  async loaded(id: string, size = 1): Promise<void> {
    expect(this.calls[0]?.what).toMatchObject({ id });
    await this.answer({ model: { id, inputs: [], outputs: [] }, size });
  }

  async refuse(error: Error): Promise<void> {
    this.calls.shift()!.reject(error);
    await settled();
  }

  async die(): Promise<void> {
    const error = new FigleafError('worker-crashed', 'a worker died');
    for (const { reject } of this.calls.splice(0)) reject(error);
    this.#onExit(error);
    await settled();
  }

  async terminate(): Promise<void> {
    this.ended = true;
    this.#onExit();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(parts: Partial<SchedulerParts> = {}) {
  const workers: FakeWorker[] = [];
  const scheduler = new Scheduler({
    startWorker(onExit) {
      const worker = new FakeWorker(onExit);
      workers.push(worker);
      return worker as unknown as SchedulerWorker;
    },
    maxWorkers: 2,
    memory: Number.POSITIVE_INFINITY,
    maxPrepares: Number.POSITIVE_INFINITY,
    ...parts,
  });
  const on = (worker: SchedulerWorker): FakeWorker => worker as unknown as FakeWorker;
  const run = (model: string, what: string, signal?: AbortSignal): Promise<unknown> =>
    scheduler.run(model, (worker) => on(worker).call('run', what), signal);
  const prepare = (what: string, signal?: AbortSignal): Promise<unknown> =>
    scheduler.prepare(null, (worker) => on(worker).call('prepare', what), signal);
  /** Prepares, and runs the model at once where the worker holds it. */
  const ask = (model: string, what: string): Promise<unknown> =>
    scheduler.prepare(model, (worker, holds) => on(worker).call(holds ? 'ask' : 'prepare', what));
  const load = async (id: string, worker = 0, size = 1): Promise<void> => {
    const loading = scheduler.load({ id });
    await settled();
    await workers[worker]!.loaded(id, size);
    await loading;
  };
  return { scheduler, workers, run, prepare, ask, load };
}

/** The promise's outcome without waiting for it. */
function watch(promise: Promise<unknown>): { value?: unknown; error?: { code?: string }; done: boolean } {
  const state: ReturnType<typeof watch> = { done: false };
  promise.then(
    (value) => Object.assign(state, { value, done: true }),
    (error: unknown) => Object.assign(state, { error, done: true }),
  );
  return state;
}

describe('Scheduler', () => {
  it('starts workers as they are needed', async () => {
    const { scheduler, workers, load, run } = setUp({ maxWorkers: 4 });
    expect(workers).toHaveLength(0);
    await load('m');
    expect(workers).toHaveLength(1);
    const first = run('m', 'a');
    await settled();
    expect(scheduler.workers).toBe(1);
    await workers[0]!.answer('A');
    expect(await first).toBe('A');
  });

  it('gives a worker one run at a time, in order', async () => {
    const { workers, load, run } = setUp({ maxWorkers: 1 });
    await load('m');
    const results = [watch(run('m', 'a')), watch(run('m', 'b'))];
    await settled();
    expect(workers[0]!.doing).toEqual(['run:a']);
    await workers[0]!.answer('A');
    expect(results.map(({ value }) => value)).toEqual(['A', undefined]);
    expect(workers[0]!.doing).toEqual(['run:b']);
    await workers[0]!.answer('B');
    expect(results[1]).toMatchObject({ value: 'B' });
  });

  it('loads once for several callers, and refuses another model of the same name', async () => {
    const { scheduler, workers } = setUp();
    const both = [scheduler.load({ id: 'm', file: 'a' }), scheduler.load({ id: 'm', file: 'a' })];
    await settled();
    expect(workers.flatMap(({ doing }) => doing)).toHaveLength(1);
    await workers[0]!.loaded('m');
    await Promise.all(both);
    expect(() => scheduler.load({ id: 'm', file: 'b' })).toThrow(/two different models/);
  });

  it('spreads different models over the workers', async () => {
    const { scheduler, workers } = setUp();
    const loads = [scheduler.load({ id: 'a' }), scheduler.load({ id: 'b' })];
    await settled();
    await workers[0]!.loaded('a');
    await workers[1]!.loaded('b');
    await Promise.all(loads);
  });

  it('leaves a second worker alone for single runs, and has it load the model once runs queue up', async () => {
    const { workers, load, run } = setUp();
    await load('m');
    const results = [watch(run('m', 'a')), watch(run('m', 'b'))];
    await settled();
    expect(workers).toHaveLength(1);
    results.push(watch(run('m', 'c')));
    await settled();
    expect(workers).toHaveLength(2);
    await workers[1]!.loaded('m');
    expect(workers.map(({ doing }) => doing)).toEqual([['run:a'], ['run:b']]);
    await workers[1]!.answer('B');
    expect(workers[1]!.doing).toEqual(['run:c']);
    expect(results[1]).toMatchObject({ value: 'B' });
  });

  it('has a second worker load the model for a steady stream of two runs at a time', async () => {
    const { workers, load, run } = setUp();
    await load('m');
    void run('m', '0');
    for (let i = 1; i <= 2; i++) {
      void run('m', String(i));
      await settled();
      await workers[0]!.answer();
    }
    expect(workers).toHaveLength(2);
  });

  it('makes no second session where memory is short', async () => {
    const { workers, load, run } = setUp({ memory: 1.5 * sessionBytes(1) });
    await load('m');
    for (let i = 0; i < 10; i++) void run('m', String(i));
    await settled();
    expect(workers).toHaveLength(1);
  });

  it('makes do with the sessions it has when another cannot be made', async () => {
    const { workers, load, run } = setUp();
    await load('m');
    const results = [0, 1, 2, 3].map((i) => watch(run('m', String(i))));
    await settled();
    await workers[1]!.refuse(new FigleafError('model-invalid', 'out of memory'));
    for (let i = 0; i < 4; i++) await workers[0]!.answer(i);
    expect(results.map(({ value }) => value)).toEqual([0, 1, 2, 3]);
    expect(workers[1]!.calls).toHaveLength(0);
  });

  it('prepares at most two pictures a worker, on all workers, beside runs', async () => {
    const { workers, load, run, prepare } = setUp();
    await load('m');
    void run('m', 'r');
    const results = [...'abcde'].map((what) => watch(prepare(what)));
    await settled();
    expect(workers.map(({ doing }) => doing.length)).toEqual([3, 2]);
    await workers[1]!.answer('done');
    expect(results.filter(({ done }) => done)).toHaveLength(1);
    expect(workers[1]!.doing).toEqual([expect.any(String), 'prepare:e']);
  });

  it('decodes no more pictures at a time than memory allows', async () => {
    const { workers, prepare } = setUp({ maxPrepares: 3 });
    const results = [...'abcd'].map((what) => watch(prepare(what)));
    await settled();
    expect(workers.map(({ doing }) => doing.length).sort()).toEqual([1, 2]);
    await workers[0]!.answer('done');
    expect(workers.map(({ doing }) => doing.length).sort()).toEqual([1, 2]);
    expect(results.filter(({ done }) => done)).toHaveLength(1);
  });

  it('has a picture judged where it is decoded, by a worker that holds the model', async () => {
    const { workers, load, ask } = setUp({ maxWorkers: 1 });
    await load('m');
    const results = [watch(ask('m', 'a')), watch(ask('m', 'b')), watch(ask('m', 'c'))];
    await settled();
    expect(workers[0]!.doing).toEqual(['ask:a', 'ask:b']);
    await workers[0]!.answer('A');
    expect(results[0]).toMatchObject({ value: 'A' });
    expect(workers[0]!.doing).toEqual(['ask:b', 'ask:c']);
  });

  it('lets a waiting run come before more pictures on the only worker that holds its model', async () => {
    const { workers, load, ask, run } = setUp({ memory: 1.5 * sessionBytes(1) });
    await load('m');
    const asked = [...'abcdef'].map((what) => watch(ask('m', what)));
    await settled();
    expect(workers.map(({ doing }) => doing)).toEqual([
      ['ask:a', 'ask:d'],
      ['prepare:b', 'prepare:c'],
    ]);
    const waiting = watch(run('m', 'r'));
    await settled();
    await workers[0]!.answer();
    await workers[0]!.answer();
    expect(workers[0]!.doing).toEqual(['run:r', 'ask:e', 'ask:f']);
    await workers[0]!.answer('R');
    expect(waiting).toMatchObject({ value: 'R' });
    expect(asked.filter(({ done }) => done)).toHaveLength(2);
  });

  it('reports a model that cannot be loaded, and may try it again', async () => {
    const { scheduler, workers, load } = setUp();
    const failing = watch(scheduler.load({ id: 'm' }));
    await settled();
    await workers[0]!.refuse(new FigleafError('model-invalid', 'not ONNX'));
    expect(failing.error).toMatchObject({ code: 'model-invalid' });
    await load('m');
  });

  it('loads a model that was only announced for its first run', async () => {
    const { scheduler, workers, run } = setUp({ maxWorkers: 1 });
    scheduler.announce({ id: 'm' });
    await settled();
    expect(workers).toHaveLength(0);
    const results = [watch(run('m', 'a')), watch(run('m', 'b'))];
    await settled();
    expect(workers[0]!.calls.map(({ method }) => method)).toEqual(['load']);
    await workers[0]!.loaded('m');
    await workers[0]!.answer('A');
    await workers[0]!.answer('B');
    expect(results.map(({ value }) => value)).toEqual(['A', 'B']);
  });

  it('fails the runs of an announced model that cannot be loaded', async () => {
    const { scheduler, workers, run } = setUp();
    scheduler.announce({ id: 'm' });
    const failed = watch(run('m', 'a'));
    await settled();
    await workers[0]!.refuse(new FigleafError('model-not-found', 'gone'));
    expect(failed.error).toMatchObject({ code: 'model-not-found' });
    // It is there now.
    const again = watch(run('m', 'b'));
    await settled();
    await workers[0]!.loaded('m');
    await workers[0]!.answer('B');
    expect(again.value).toBe('B');
  });

  it('refuses to run a model that was never loaded', async () => {
    await expect(setUp().run('m', 'a')).rejects.toMatchObject({ code: 'model-unknown' });
  });

  describe('abort', () => {
    it('rejects at once in mid-run and frees the worker when the run ends', async () => {
      const { workers, load, run } = setUp({ maxWorkers: 1 });
      await load('m');
      const controller = new AbortController();
      const aborted = watch(run('m', 'a', controller.signal));
      const other = watch(run('m', 'b'));
      await settled();
      controller.abort('enough');
      await settled();
      expect(aborted.error).toBe('enough');
      expect(workers[0]!.doing).toEqual(['run:a']);
      await workers[0]!.answer('A');
      await workers[0]!.answer('B');
      expect(other).toMatchObject({ value: 'B' });
    });

    it('takes back what still waits', async () => {
      const { workers, prepare } = setUp({ maxWorkers: 1 });
      const controller = new AbortController();
      const results = [...'abcd'].map((what) => watch(prepare(what, controller.signal)));
      await settled();
      controller.abort('enough');
      await settled();
      expect(results.map(({ error }) => error)).toEqual(Array(4).fill('enough'));
      await workers[0]!.answer();
      expect(workers[0]!.doing).toEqual(['prepare:b']);
      await expect(prepare('e', controller.signal)).rejects.toBe('enough');
    });

    it('does not try an aborted job again', async () => {
      const { workers, prepare } = setUp({ maxWorkers: 1 });
      const controller = new AbortController();
      const aborted = watch(prepare('a', controller.signal));
      await settled();
      controller.abort('enough');
      await workers[0]!.die();
      expect(aborted.error).toBe('enough');
      expect(workers).toHaveLength(1);
    });
  });

  describe('a worker that dies', () => {
    it('is replaced and its jobs done again', async () => {
      const { workers, load, run, prepare } = setUp({ maxWorkers: 1 });
      await load('m');
      const results = [watch(run('m', 'a')), watch(prepare('p'))];
      await settled();
      await workers[0]!.die();
      expect(workers).toHaveLength(2);
      const second = workers[1]!;
      expect(second.calls.map(({ method }) => method).sort()).toEqual(['load', 'prepare']);
      const loading = second.calls.find(({ method }) => method === 'load')!;
      loading.resolve({ model: { id: 'm', inputs: [], outputs: [] }, size: 1 });
      second.calls.splice(second.calls.indexOf(loading), 1);
      await settled();
      for (const call of second.calls.splice(0)) call.resolve(call.what);
      await settled();
      expect(results.map(({ value }) => value)).toEqual(['a', 'p']);
    });

    it('twice fails the job', async () => {
      const { workers, prepare } = setUp({ maxWorkers: 1 });
      const failed = watch(prepare('p'));
      await settled();
      await workers[0]!.die();
      await workers[1]!.die();
      expect(failed.error).toMatchObject({ code: 'worker-crashed' });
      const next = watch(prepare('q'));
      await settled();
      await workers[2]!.answer('Q');
      expect(next.value).toBe('Q');
    });

    it('twice while loading fails the load', async () => {
      const { scheduler, workers } = setUp({ maxWorkers: 1 });
      const failed = watch(scheduler.load({ id: 'm' }));
      await settled();
      await workers[0]!.die();
      await workers[1]!.die();
      expect(failed.error).toMatchObject({ code: 'worker-crashed' });
      expect(workers).toHaveLength(2);
    });

    it('again and again while a model is loaded anew fails the run that waits for it', async () => {
      const { workers, load, run, prepare } = setUp({ maxWorkers: 1 });
      await load('m');
      const failed = [watch(prepare('p')), watch(run('m', 'a'))];
      await settled();
      for (const worker of workers) await worker.die();
      expect(failed.map(({ error }) => error?.code)).toEqual(['worker-crashed', 'worker-crashed']);
      expect(workers).toHaveLength(3);
    });

    it('fails the waiting runs when the model cannot be loaded any more', async () => {
      const { workers, load, run } = setUp({ maxWorkers: 1 });
      await load('m');
      const results = [watch(run('m', 'a')), watch(run('m', 'b'))];
      await settled();
      await workers[0]!.die();
      await workers[1]!.refuse(new FigleafError('model-not-found', 'gone'));
      expect(results.map(({ error }) => error?.code)).toEqual(['model-not-found', 'model-not-found']);
    });
  });

  it('rejects what waits when no worker can be started', async () => {
    const scheduler = new Scheduler({
      startWorker() {
        throw new FigleafError('worker-crashed', 'no threads left');
      },
      maxWorkers: 2,
      memory: 1,
      maxPrepares: 2,
    });
    await expect(scheduler.load({ id: 'm' })).rejects.toMatchObject({ code: 'worker-crashed' });
  });

  describe('close', () => {
    it('drops what waits, lets what runs end, then ends the workers', async () => {
      const { scheduler, workers, load, run } = setUp({ maxWorkers: 1 });
      await load('m');
      const results = [watch(run('m', 'a')), watch(run('m', 'b'))];
      await settled();
      const closed = watch(scheduler.close());
      await settled();
      expect(results[1]!.error).toMatchObject({ code: 'disposed' });
      expect(closed.done).toBe(false);
      expect(workers[0]!.ended).toBe(false);
      await workers[0]!.answer('A');
      expect(results[0]!.value).toBe('A');
      expect(closed.done).toBe(true);
      expect(workers[0]!.ended).toBe(true);
      await expect(run('m', 'c')).rejects.toMatchObject({ code: 'disposed' });
      await scheduler.close();
    });

    it('does not start again what a dying worker leaves behind', async () => {
      const { scheduler, workers, prepare } = setUp({ maxWorkers: 1 });
      const failed = watch(prepare('p'));
      await settled();
      const closed = watch(scheduler.close());
      await workers[0]!.die();
      expect(failed.error).toMatchObject({ code: 'worker-crashed' });
      expect(closed.done).toBe(true);
      expect(workers).toHaveLength(1);
    });
  });
});
