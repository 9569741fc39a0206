/** Locks on files: one process at a time writes to a file, and what a killed one left behind stands in nobody's way. */
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { FigleafError } from '../errors.ts';

/** Whoever holds a lock touches it so often. Milliseconds. */
const BEAT = 5_000;

/** A lock that nobody has touched for so long is one that was left behind, also on another machine or in a container that is gone. */
const LEFT_AFTER = 20_000;

/** Time for others that take over the same lock to have done so. Milliseconds. */
const SETTLE = 100;

/** Who holds a lock, as the lock file says it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/**
 * Locks a file by another one beside it, `FILE.lock`, until it is disposed of.
 *
 * @throws {FigleafError} `output-unwritable` where a process that lives holds it.
 * @throws What the file system says where the lock cannot be written.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const lock = `${path}.lock`;
  const own: Holder = { pid: process.pid, host: hostname(), token: crypto.randomUUID() };
  if (!(await taken(lock, own))) {
    const holder = await holderOf(lock);
    if (await isHeld(lock, holder)) throw heldBy(path, lock, holder);
    await rm(lock, { force: true });
    if (!(await taken(lock, own))) throw heldBy(path, lock, await holderOf(lock));
    await setTimeout(SETTLE);
    const winner = await holderOf(lock);
    if (winner?.token !== own.token) throw heldBy(path, lock, winner);
  }
  const beat = setInterval(() => void touch(lock), BEAT);
  beat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if ((await holderOf(lock))?.token === own.token) await rm(lock, { force: true });
    },
  };
}

async function taken(lock: string, own: Holder): Promise<boolean> {
  try {
    await using file = await open(lock, 'wx');
    await file.writeFile(JSON.stringify(own));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null where there is no lock, or one that nobody has finished writing. */
async function holderOf(lock: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

async function isHeld(lock: string, holder: Holder | null): Promise<boolean> {
  if (holder?.host === hostname() && !lives(holder.pid)) return false;
  const info = await stat(lock).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs < LEFT_AFTER;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else lives all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function touch(lock: string): Promise<void> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => undefined);
}

function heldBy(path: string, lock: string, holder: Holder | null): FigleafError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new FigleafError(
    'output-unwritable',
    `${who} is writing '${path}'; wait for it, or give another path. If it has ended, remove '${lock}'`,
  );
}
