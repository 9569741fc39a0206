/** The file of records (`--out`): every line a whole record, whatever ends the run; another run can go on with it. */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { heard } from '../../concurrency.ts';
import { FigleafError, messageOf } from '../../errors.ts';
import { lockFile } from '../../files/lock.node.ts';
import { tryBeside } from '../../files/whole-file.node.ts';
import { realPath } from '../input/real-path.node.ts';
import { NameSet } from '../name-set.node.ts';
import type { ScanRecord } from '../record.ts';
import { isToBeTriedAgain, readRecords } from './resume.node.ts';
import { removeLines } from './without-lines.node.ts';

/** How to open a file of records. */
export interface RecordFileOptions {
  /** What the records depend on besides the inputs, as `runLabel` gives it. It is in every line, as `run`. */
  readonly run: string;
  /** Goes on with a file that is there; one that is not there is begun. Default false: a file that is there is refused. */
  readonly resume?: boolean;
  /** Called for each record that is there already and stays, in order; a promise is waited for. */
  readonly onRecord?: (record: ScanRecord) => void | Promise<void>;
}

/** What a power cut may cost at most. */
const SYNC_MS = 1000;

/**
 * Opens the file before anything is judged, so that a path that cannot be written is known at once.
 *
 * A last line that broke off (the process was killed, the disk was full) is cut off, and its input is judged again. So is what could
 * not be judged for a reason that is not in the picture (`input-...`, `image-timeout`, `worker-crashed`): its line is taken out before
 * anything else is written, so that the file never has two of one input. Pictures that are broken keep their record.
 *
 * @throws {FigleafError} `output-exists` for a file that is there, `resume-refused` for one of another run or with anything else in
 * it, `output-unwritable` where it cannot be written, or another process writes it (`FILE.lock` beside it says so). A file that is
 * refused is left as it was.
 * @example
 * ```ts
 * await using file = await openRecordFile('records.jsonl', { run, resume: true });
 * const paths = all.filter((path) => !file.has(path));
 * for await (const record of scan(paths, { moderator })) await file.write(record);
 * await file.close();
 * ```
 */
export async function openRecordFile(path: string, options: RecordFileOptions): Promise<RecordFile> {
  const { run, resume = false, onRecord } = options;
  let file = await openFile(path, resume);
  let lock: AsyncDisposable | undefined;
  try {
    lock = await lockOf(path);
    const names = new NameSet();
    const failed = new Set<number>();
    let length = await readRecords(file, path, run, (record, number) => {
      if (isToBeTriedAgain(record)) failed.add(number);
      else {
        names.add(record.input);
        return onRecord?.(record);
      }
    });
    await cutOff(file, path, length);
    if (failed.size > 0) {
      file = await reopenedWithout(failed, file, path);
      length = (await file.stat()).size;
    }
    return new RecordFile({ file, lock }, path, run, names, length);
  } catch (error) {
    await file.close();
    await lock?.[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Finds out whether {@link openRecordFile} could open the file, before it is known what its records will depend on. What is not there is
 * not made for that: another run may be about to.
 *
 * @throws {FigleafError} `output-exists` and `output-unwritable`, as {@link openRecordFile} does.
 */
export async function checkRecordFile(
  path: string,
  { resume = false }: Pick<RecordFileOptions, 'resume'>,
): Promise<void> {
  const isThere = (await stat(path).catch(() => null)) !== null;
  if (isThere) return (await openFile(path, resume)).close();
  await tryBeside(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

async function lockOf(path: string): Promise<AsyncDisposable> {
  try {
    return await lockFile(await realPath(path));
  } catch (error) {
    throw error instanceof FigleafError ? error : unwritable(path, error);
  }
}

async function openFile(path: string, resume: boolean): Promise<FileHandle> {
  try {
    const file = await open(path, resume ? constants.O_RDWR | constants.O_CREAT : 'wx+');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const info = await stat(path).catch(() => null);
    if (info?.isDirectory()) throw unwritable(path, new Error('it is a folder'));
    if (!info || info.isFile()) throw unwritable(path, error);
  }
  throw new FigleafError('output-unwritable', `'${path}' is not a file; give --out the path of one`);
}

async function cutOff(file: FileHandle, path: string, length: number): Promise<void> {
  try {
    await file.truncate(length);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function reopenedWithout(
  lines: ReadonlySet<number>,
  file: FileHandle,
  path: string,
): Promise<FileHandle> {
  try {
    await removeLines(file, path, lines);
    return await open(path, 'r+');
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** As much of a `FileHandle` as lines need, so that tests can have a disk that fills up. */
interface Target {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** A file of records that is open for more. Made by {@link openRecordFile}. */
export class RecordFile implements AsyncDisposable {
  readonly #file: Target;
  readonly #lock: AsyncDisposable | undefined;
  readonly #path: string;
  readonly #run: string;
  readonly #names: NameSet;
  /** The length of what was written whole. */
  #length: number;
  /** Lines that are not being written yet. */
  #lines: string[] = [];
  /** The write under way, then that of all `#lines`; once one has failed, all fail. */
  #last: Promise<void> = Promise.resolve();
  #synced = performance.now();
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(
    { file, lock }: { readonly file: Target; readonly lock?: AsyncDisposable },
    path: string,
    run: string,
    names: NameSet,
    length: number,
  ) {
    this.#file = file;
    this.#lock = lock;
    this.#path = path;
    this.#run = run;
    this.#names = names;
    this.#length = length;
  }

  /** Whether the file had a record of that name when it was opened. */
  has(input: string): boolean {
    return this.#names.has(input);
  }

  /**
   * Adds a record. It is in the file when this resolves, and stays there even if the process is killed.
   *
   * Several may be under way: they are written in their order, as many at once as have come.
   *
   * @throws {FigleafError} `output-unwritable`, from then on for each: the file ends with the last record that was written whole.
   */
  write(record: ScanRecord): Promise<void> {
    this.#lines.push(`${JSON.stringify({ ...record, run: this.#run })}\n`);
    if (this.#lines.length === 1) this.#last = heard(this.#last.then(() => this.#append()));
    return this.#last;
  }

  async #append(): Promise<void> {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    try {
      await writeAll(this.#file, bytes, this.#length);
      this.#length += bytes.length;
      if (performance.now() - this.#synced > SYNC_MS) await this.#sync();
    } catch (error) {
      // Whoever reads the file now is spared the broken line; where this fails too, resuming cuts it off.
      await this.#file.truncate(this.#length).catch(() => undefined);
      throw unwritable(this.#path, error);
    }
  }

  async #sync(): Promise<void> {
    await this.#file.datasync();
    this.#synced = performance.now();
  }

  /**
   * Waits for what is being written, and has the disk keep it.
   *
   * @throws {FigleafError} `output-unwritable` where the disk does not; a write that failed has said so itself.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const written = await this.#last.then(
      () => true,
      () => false,
    );
    try {
      if (written) await this.#sync();
    } catch (error) {
      throw unwritable(this.#path, error);
    } finally {
      await this.#file.close();
      await this.#lock?.[Symbol.asyncDispose]();
    }
  }

  /** The same as {@link RecordFile.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A disk that fills up takes the beginning of what it is given. */
async function writeAll(file: Target, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}

function unwritable(path: string, cause: unknown): FigleafError {
  if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
    return new FigleafError(
      'output-exists',
      `'${path}' is there already; --resume goes on with it, or give --out another path`,
      { cause },
    );
  }
  return new FigleafError('output-unwritable', `cannot write '${path}': ${reasonOf(cause)}`, { cause });
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; make room, then run the same again with --resume';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'it is on a disk that can only be read';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'its folder is not there; make it first';
    default:
      return messageOf(error);
  }
}
