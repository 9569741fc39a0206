/** The folder in which a preparation keeps what it needs to go on: a journal, the smaller pictures, and what it has put where. */
import { randomUUID } from 'node:crypto';
import { link, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FigleafError, toHex } from 'figleaf';
import { lockFile, makeFolder, UNFINISHED } from 'figleaf/commands';
import { eachAtOnce } from '../each-at-once.ts';
import { unwritable } from '../unwritable.ts';
import { Journal } from './journal.ts';
import type { Look } from './looks.ts';

/** Hidden, so that nothing takes it for a part. */
const NAME = '.prepare';

/** Files that are written beside their place, where a kill leaves them. */
const WHOLE: ReadonlySet<string> = new Set(['journal.jsonl', 'placed.txt', 'manifest.jsonl', 'report.json']);

/** Files at a time. */
const AT_ONCE = 16;

/** A picture to keep: what was made of it, or, where it stays as it is, its bytes and where they lie. */
export interface Kept {
  readonly bytes: Uint8Array;
  /** Path of the original, where that may be linked to. */
  readonly original: string | Buffer | null;
}

/** Open for one process at a time; dispose of it when done. */
export class WorkFolder implements AsyncDisposable {
  /** Path of the result's folder. */
  readonly out: string;
  readonly journal: Journal;
  readonly #pictures: string;
  readonly #lock: AsyncDisposable;
  readonly #folders = new Map<string, Promise<void>>();

  private constructor(out: string, journal: Journal, lock: AsyncDisposable) {
    this.out = out;
    this.journal = journal;
    this.#pictures = join(out, NAME, 'pictures');
    this.#lock = lock;
  }

  /**
   * Opens that of a result, and makes both where there are none.
   *
   * @param header What the smaller pictures depend on, as JSON. Those of another are removed.
   * @param onLook Called for each picture of which a look is there.
   * @throws {FigleafError} `output-exists` where something else lies there, `output-unwritable`, also where another process is at work.
   */
  static async open(
    out: string,
    header: string,
    onLook: (path: string, look: Look) => void,
  ): Promise<WorkFolder> {
    await checkRoom(out);
    const folder = join(out, NAME);
    const path = join(folder, 'journal.jsonl');
    const lock = await makeFolder(folder)
      .then(() => lockFile(path))
      .catch((error: unknown) => {
        throw unwritable(folder, error);
      });
    try {
      const { journal, isNew } = await Journal.open(path, header, onLook);
      const work = new WorkFolder(out, journal, lock);
      if (isNew) await rm(work.#pictures, { recursive: true, force: true });
      return work;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the picture of an original is kept, by the SHA-256 of that. */
  pictureOf(sha256: Uint8Array): string {
    const name = toHex(sha256);
    return join(this.#pictures, name.slice(0, 2), `${name}.jpg`);
  }

  /** Where the list of all that was put somewhere is. */
  get placed(): string {
    return join(this.out, NAME, 'placed.txt');
  }

  /** Where the manifest waits until all that it says is there. */
  get manifest(): string {
    return join(this.out, NAME, 'manifest.jsonl');
  }

  /** Whether a picture is kept as it was said. */
  async has({ sha256, kept }: Look): Promise<boolean> {
    const found = await stat(this.pictureOf(sha256)).catch(() => null);
    return found?.size === kept.bytes;
  }

  /** Keeps a picture. A kill may leave part of it; as long as no line of the journal tells of it that is nothing. */
  async keep(sha256: Uint8Array, { bytes, original }: Kept): Promise<void> {
    const path = this.pictureOf(sha256);
    try {
      await this.#folderOf(sha256);
      if (await made(path, bytes, original)) return;
      // Whatever a kill has left there: where it is a link, writing there would write into the original.
      const beside = `${path}.${randomUUID()}`;
      await made(beside, bytes, original);
      await rename(beside, path);
      // Of two links to the same file, renaming leaves both.
      await rm(beside, { force: true });
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Removes a picture. */
  async remove(sha256: Uint8Array): Promise<void> {
    await rm(this.pictureOf(sha256), { force: true });
  }

  /**
   * Removes all pictures but these, and what kills have left: a picture that has gone from its source, or was stored again there, may be one
   * that a block list knows, and no later run would look at it.
   *
   * @param wanted SHA-256 of their originals.
   * @throws {FigleafError} `output-unwritable`.
   */
  async removeOthers(wanted: Iterable<Uint8Array>): Promise<void> {
    const names = new Set<string>();
    for (const sha256 of wanted) names.add(`${toHex(sha256)}.jpg`);
    try {
      for (const folder of (await namesIn(this.#pictures)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        const path = join(this.#pictures, folder);
        const others = (await namesIn(path)).filter((name) => !names.has(name));
        await eachAtOnce(others, AT_ONCE, (name) => rm(join(path, name), { force: true }));
      }
      for (const folder of [this.out, join(this.out, NAME)]) {
        const left = (await namesIn(folder)).filter(isUnfinished);
        await eachAtOnce(left, AT_ONCE, (name) => rm(join(folder, name), { force: true }));
      }
    } catch (error) {
      throw unwritable(this.#pictures, error);
    }
  }

  #folderOf(sha256: Uint8Array): Promise<void> {
    const name = toHex(sha256.subarray(0, 1));
    let made = this.#folders.get(name);
    if (!made) {
      made = makeFolder(join(this.#pictures, name));
      this.#folders.set(name, made);
    }
    return made;
  }

  /** Lets others in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal[Symbol.asyncDispose]();
    await this.#lock[Symbol.asyncDispose]();
  }
}

const isUnfinished = (name: string): boolean =>
  UNFINISHED.test(name) && WHOLE.has(name.replace(UNFINISHED, ''));

/** None of a folder that is not there. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function checkRoom(out: string): Promise<void> {
  const names = await namesIn(out).catch((error: unknown) => {
    throw unwritable(out, error);
  });
  if (names.length === 0 || names.includes(NAME)) return;
  throw new FigleafError(
    'output-exists',
    `the folder '${out}' has something in it that was not prepared here: give --out an empty folder, or a new one`,
  );
}

/** False where there is something of that name. */
async function made(path: string, bytes: Uint8Array, original: string | Buffer | null): Promise<boolean> {
  try {
    if (original !== null && (await linked(original, path))) return true;
    await writeFile(path, bytes, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** False where there can be no link, as to another disk. */
async function linked(original: string | Buffer, path: string): Promise<boolean> {
  try {
    await link(original, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    return false;
  }
}
