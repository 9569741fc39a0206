/** A folder that fills: the files that are there, then each one that arrives or changes, once it is whole. */
import { type BigIntStats, type FSWatcher, watch } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FigleafError, messageOf } from '../../errors.ts';
import { NameSet } from '../name-set.node.ts';
import { type FindOptions, type FoundFile, looksJudgeable, toInput, walk } from './files.node.ts';
import { toName, toPath } from './names.node.ts';
import { liesIn, realPath } from './real-path.node.ts';

/** How to watch. */
export interface WatchOptions extends Pick<FindOptions, 'onSkip' | 'except'> {
  /** Ends the watch, which is its only good end. */
  readonly signal: AbortSignal;
}

/** A file is whole when nothing of it has changed for so long. Milliseconds. */
const SETTLED_AFTER = 1000;

/** How often to look whether files have settled. Milliseconds. */
const LOOK_EVERY = 250;

// What the system tells of changes is not all: network disks tell nothing, and of too many at once some are lost.
/** Everything is looked through again after so long, and for so long more for each file that is there. Milliseconds. */
const SWEEP_EVERY = 60_000;
const SWEEP_LATER = 1;

/**
 * The files in a folder, then those that arrive in it or in its folders, until the signal is aborted. A file is passed on when it has
 * not changed for a second, and again when it was written to later. Empty files are waited for until there is something in them.
 * Links to files are files of their own; links to folders are not followed.
 *
 * The folder's end is an item with a `problem`, and then the end of the watch.
 *
 * Memory: one system watch a folder, at most 64 bytes for each version of a file that was passed on, and the names of those that
 * have arrived and are not taken yet.
 *
 * @example
 * ```ts
 * for await (const record of scan(watchFolder('inbox', { signal }), { moderator })) console.log(record.input, record.verdict);
 * ```
 */
export async function* watchFolder(
  folder: string,
  options: WatchOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  const except = new Set(await Promise.all((options.except ?? []).map(realPath)));
  const name = toName(folder);
  using watched = new WatchedFolder(name, await realPath(name), except);
  const { signal, onSkip } = options;
  while (!signal.aborted) {
    if (!(await watched.isThere())) {
      const problem = new FigleafError('input-not-found', `there is no folder '${folder}', or no longer`);
      return yield { name, folder: name, problem };
    }
    for await (const found of watched.news()) {
      if (signal.aborted) return;
      if ('problem' in found) yield { ...found, folder: name };
      else if (await looksJudgeable(found.name)) {
        yield { name: found.name, folder: name, input: toInput(found.name) };
      } else onSkip?.(found.name);
      if (signal.aborted) return;
    }
    await setTimeout(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
  }
}

/** One look at a file that may still be growing. */
interface Look {
  readonly version: string;
  /** When this version was first seen, by `performance.now()`. */
  readonly since: number;
}

interface Watch {
  /** Which folder of that name it is: one that was made anew may have the inode of the last. */
  readonly identity: string;
  /** Null where the system did not want to. */
  readonly watcher: FSWatcher | null;
}

type News = { readonly name: string } | { readonly name: string; readonly problem: FigleafError };

/** What is known of the folder: which files may be growing, and which versions were passed on. */
class WatchedFolder implements Disposable {
  readonly #name: string;
  readonly #real: string;
  readonly #except: ReadonlySet<string>;
  readonly #watches = new Map<string, Watch>();
  /** Null where something was told of a file that nobody has looked at yet. */
  readonly #growing = new Map<string, Look | null>();
  /** Versions of files, and problems. */
  readonly #told = new NameSet();
  readonly #problems: News[] = [];
  #nextSweep = 0;

  constructor(name: string, real: string, except: ReadonlySet<string>) {
    this.#name = name;
    this.#real = real;
    this.#except = except;
  }

  /** Whether the folder is there. */
  async isThere(): Promise<boolean> {
    const info = await infoOf(this.#name);
    if (!info?.isDirectory()) return false;
    if (await this.#watch(this.#name)) this.#nextSweep = 0;
    return true;
  }

  /** What there is to say since it was asked last. */
  async *news(): AsyncGenerator<News, void, undefined> {
    if (performance.now() >= this.#nextSweep) yield* this.#sweep();
    for (const [name, look] of [...this.#growing]) {
      if (look && performance.now() - look.since < SETTLED_AFTER) continue;
      // Before it is looked at: what is told meanwhile is told of a later state.
      this.#growing.delete(name);
      yield* this.#lookAt(name, look);
    }
    yield* this.#problems.splice(0);
  }

  async *#sweep(): AsyncGenerator<News, void, undefined> {
    let files = 0;
    this.#nextSweep = Number.POSITIVE_INFINITY;
    for await (const news of this.#lookThrough(this.#name, this.#real, () => files++)) yield news;
    const next = performance.now() + SWEEP_EVERY + files * SWEEP_LATER;
    this.#nextSweep = Math.min(this.#nextSweep, next);
  }

  async *#lookThrough(
    folder: string,
    real: string,
    onFile: () => void = () => undefined,
  ): AsyncGenerator<News, void, undefined> {
    // Watched before it is listed, so that nothing arrives unseen in between.
    const onFolder = async (inner: string): Promise<void> => {
      await this.#watch(inner);
    };
    for await (const found of walk(folder, real, this.#except, { onFolder })) {
      if ('real' in found) {
        onFile();
        if (!this.#growing.has(found.name)) yield* this.#lookAt(found.name, null);
      } else if ('problem' in found && !hasGone(found.problem) && this.#isNew(found.problem.message))
        yield found;
    }
  }

  async *#lookAt(name: string, last: Look | null): AsyncGenerator<News, void, undefined> {
    if (this.#except.has(join(this.#real, relative(this.#name, name)))) return;
    const info = await infoOf(name);
    if (!info) this.#forget(name);
    else if (info.isDirectory()) yield* this.#arrived(name);
    else if (info.isFile() && info.size > 0n && this.#isWhole(name, info, last)) yield { name };
  }

  /** A folder that is new in here, or an old one of which something was told. */
  async *#arrived(folder: string): AsyncGenerator<News, void, undefined> {
    const real = join(this.#real, relative(this.#name, folder));
    const info = await lstat(toPath(folder)).catch(() => null);
    if (!info?.isDirectory() || this.#except.has(real)) return;
    if (await this.#watch(folder)) yield* this.#lookThrough(folder, real);
  }

  /** Whether this version is to be passed on now; one that may still grow is looked at again. */
  #isWhole(name: string, info: BigIntStats, last: Look | null): boolean {
    const version = `${name}\0${info.size}\0${info.mtimeNs}`;
    const isSettled = last?.version === version || Date.now() - Number(info.ctimeMs) > SETTLED_AFTER;
    if (isSettled) return this.#isNew(version);
    if (!this.#told.has(version)) this.#growing.set(name, { version, since: performance.now() });
    return false;
  }

  #isNew(what: string): boolean {
    const known = this.#told.size;
    this.#told.add(what);
    return this.#told.size > known;
  }

  /** Has the system tell of a folder; false where it does already. */
  async #watch(folder: string): Promise<boolean> {
    const info = await infoOf(folder);
    const identity = `${info?.ino} ${info?.birthtimeNs}`;
    if (!info || this.#watches.get(folder)?.identity === identity) return false;
    this.#forget(folder);
    this.#watches.set(folder, { identity, watcher: this.#watcherOf(folder) });
    return true;
  }

  #watcherOf(folder: string): FSWatcher | null {
    try {
      const watcher = watch(toPath(folder), { encoding: 'buffer' }, (_, entry) => {
        // Without a name, anything in there may have changed.
        if (entry === null) this.#nextSweep = 0;
        else this.#growing.set(join(folder, toName(entry)), null);
      });
      return watcher.on('error', () => this.#forget(folder));
    } catch (error) {
      const why = `the system does not watch '${folder}', which is now and then looked through all the same: `;
      const problem = new FigleafError('input-unreadable', why + messageOf(error), { cause: error });
      this.#problems.push({ name: folder, problem });
      return null;
    }
  }

  /** Watches a folder no longer, nor those in it. */
  #forget(folder: string): void {
    if (!this.#watches.has(folder)) return;
    for (const [name, { watcher }] of this.#watches) {
      if (name !== folder && !liesIn(name, folder)) continue;
      watcher?.close();
      this.#watches.delete(name);
    }
  }

  [Symbol.dispose](): void {
    this.#forget(this.#name);
  }
}

/** Of what a link leads to; null where there is nothing. */
async function infoOf(name: string): Promise<BigIntStats | null> {
  return stat(toPath(name), { bigint: true }).catch(() => null);
}

/** Folders come and go while they are watched. */
function hasGone({ cause }: FigleafError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}
