/** Tests of what Node says of itself; threads themselves are tested with the pool, on built worker files. */
import { totalmem } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { availableCores, availableMemory, onProcessExit, parent } from './threads.node.ts';

describe('availableCores', () => {
  it('is a whole number of at least 1', () => {
    expect(Number.isInteger(availableCores())).toBe(true);
    expect(availableCores()).toBeGreaterThanOrEqual(1);
  });
});

describe('availableMemory', () => {
  it('is some of what the machine has', () => {
    expect(availableMemory()).toBeGreaterThan(0);
    expect(availableMemory()).toBeLessThanOrEqual(totalmem());
  });

  it('stays within the limit of a container', () => {
    const limit = process.memoryUsage.rss() + 100 * 2 ** 20;
    const spy = vi.spyOn(process, 'constrainedMemory').mockReturnValue(limit);
    expect(availableMemory()).toBeLessThanOrEqual(110 * 2 ** 20);
    spy.mockRestore();
  });
});

describe('onProcessExit', () => {
  it('can be taken back', () => {
    const before = process.listenerCount('exit');
    const remove = onProcessExit(() => {});
    expect(process.listenerCount('exit')).toBe(before + 1);
    remove();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('parent', () => {
  it('is nobody outside a worker thread', () => {
    // The test runner may itself use worker threads, but this one runs in a process.
    expect(() => parent()).toThrow(/worker thread/);
  });
});
