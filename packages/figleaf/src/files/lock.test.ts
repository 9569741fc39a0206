/** Locks: one writer at a time, and none that outlives its holder. */
import { access, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile } from './lock.node.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-lock-'));
  path = join(folder, 'records.jsonl');
});

afterEach(() => rm(folder, { recursive: true }));

const leave = (holder: object | null): Promise<void> =>
  writeFile(`${path}.lock`, holder ? JSON.stringify({ token: 'theirs', ...holder }) : '');

// No process has so large a number.
const DEAD = 2 ** 31 - 1;

describe('a lock', () => {
  it('keeps others out until it is released', async () => {
    const lock = await lockFile(path);
    await expect(lockFile(path)).rejects.toMatchObject({
      code: 'output-unwritable',
      message: expect.stringMatching(new RegExp(`process ${process.pid} .* is writing .*remove '.*\\.lock'`)),
    });
    await lock[Symbol.asyncDispose]();
    await expect(access(`${path}.lock`)).rejects.toThrow();
    await using _ = await lockFile(path);
  });

  it('of a process that was killed is taken over at once', async () => {
    await leave({ pid: DEAD, host: hostname() });
    await using _ = await lockFile(path);
    expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('of another machine, or one that is being written, holds while it is fresh, and not longer', async () => {
    for (const holder of [{ pid: DEAD, host: 'elsewhere' }, null]) {
      await leave(holder);
      await expect(lockFile(path)).rejects.toMatchObject({ code: 'output-unwritable' });
      const old = new Date(Date.now() - 60_000);
      await utimes(`${path}.lock`, old, old);
      await (await lockFile(path))[Symbol.asyncDispose]();
    }
  });

  it('that was left behind goes to one of many', async () => {
    await leave({ pid: DEAD, host: hostname() });
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockFile(path)));
    const won = all.filter((one) => one.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]!.value[Symbol.asyncDispose]();
  });

  it('that somebody else has by now is left to them', async () => {
    const lock = await lockFile(path);
    await leave({ pid: DEAD, host: 'elsewhere' });
    await lock[Symbol.asyncDispose]();
    expect(await readFile(`${path}.lock`, 'utf8')).toContain('theirs');
  });
});
