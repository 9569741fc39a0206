/** Tests of the calls between threads, over two ends of a message channel. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { FigleafError } from '../errors.ts';
import { Remote, serve, transferring } from './rpc.ts';
import type { Thread } from './thread.ts';

interface Sums {
  add(pair: { a: number; b: number }): number;
  fill(size: number): Uint8Array;
  refuse(what: string): never;
  stumble(what: null): never;
  unclonable(what: null): unknown;
  length(bytes: Uint8Array): number;
}

function connected() {
  const { port1, port2 } = new MessageChannel();
  serve<Sums>(
    {
      post: (message, transfer = []) => port2.postMessage(message, [...transfer]),
      onMessage: (listener) => void port2.on('message', listener),
    },
    {
      add: ({ a, b }) => a + b,
      fill: async (size) => {
        const bytes = new Uint8Array(size).fill(7);
        return transferring(bytes, [bytes.buffer, bytes.buffer]);
      },
      refuse: (what) => {
        throw new FigleafError('image-corrupt', what);
      },
      stumble: () => {
        throw new RangeError('off the edge');
      },
      unclonable: () => () => 1,
      length: (bytes) => bytes.length,
    },
  );
  let die: (reason?: Error) => void = () => {};
  const thread = {
    post: (message: unknown, transfer: readonly ArrayBuffer[] = []) =>
      port1.postMessage(message, [...transfer]),
    onMessage: (listener: (message: unknown) => void) => void port1.on('message', listener),
    onExit: (listener: (reason?: Error) => void) => {
      die = listener;
    },
    ref: vi.fn(),
    unref: vi.fn(),
    terminate: async () => {
      port1.close();
      die();
    },
  } satisfies Thread;
  const remote = new Remote<Sums>(thread);
  return { thread, remote, die: (reason?: Error) => die(reason), close: () => port1.close() };
}

describe('Remote and serve', () => {
  it('answers calls, each with its own result', async () => {
    const { remote, close } = connected();
    const sums = await Promise.all([1, 2, 3].map((n) => remote.call('add', { a: n, b: 10 })));
    expect(sums).toEqual([11, 12, 13]);
    close();
  });

  it('moves buffers both ways', async () => {
    const { remote, close } = connected();
    const sent = new Uint8Array(5);
    expect(await remote.call('length', sent, [sent.buffer])).toBe(5);
    expect(sent.byteLength).toBe(0);
    expect(await remote.call('fill', 3)).toEqual(new Uint8Array([7, 7, 7]));
    close();
  });

  it('keeps the code of an error, and the name of a foreign one', async () => {
    const { remote, close } = connected();
    const refused = await remote.call('refuse', 'no').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FigleafError);
    expect(refused).toMatchObject({ code: 'image-corrupt', message: 'no' });
    await expect(remote.call('stumble', null)).rejects.toMatchObject({
      name: 'RangeError',
      message: 'off the edge',
    });
    close();
  });

  it('rejects where the result cannot be sent', async () => {
    const { remote, close } = connected();
    await expect(remote.call('unclonable', null)).rejects.toThrow(/could not be cloned/);
    close();
  });

  it('rejects where the argument cannot be sent, and stays usable', async () => {
    const { remote, close } = connected();
    await expect(remote.call('add', { a: (() => 1) as never, b: 1 })).rejects.toThrow(/could not be cloned/);
    expect(remote.pending).toBe(0);
    expect(await remote.call('add', { a: 1, b: 1 })).toBe(2);
    close();
  });

  it('holds the process only while calls are under way', async () => {
    const { remote, thread, close } = connected();
    const both = [remote.call('add', { a: 1, b: 1 }), remote.call('add', { a: 1, b: 1 })];
    expect(thread.ref).toHaveBeenCalledTimes(1);
    await Promise.all(both);
    expect(thread.unref).toHaveBeenCalledTimes(1);
    close();
  });

  it('rejects open and later calls once the thread is dead', async () => {
    const { remote, die, close } = connected();
    const open = remote.call('add', { a: 1, b: 1 });
    die(new Error('out of memory'));
    await expect(open).rejects.toMatchObject({ code: 'worker-crashed', message: /out of memory/ });
    await expect(remote.call('add', { a: 1, b: 1 })).rejects.toMatchObject({ code: 'worker-crashed' });
    expect(remote.alive).toBe(false);
    close();
  });
});
