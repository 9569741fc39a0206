/** The log of what was fetched: a line of JSON for each URL, so that one knows where a picture is from, and need not ask again. */
import { type FileHandle, open } from 'node:fs/promises';
import type { FigleafErrorCode } from 'figleaf';
import { isFolderName } from '../data-set/folder-name.ts';
import { sha256 } from '../sha256.ts';
import { unwritable } from '../unwritable.ts';

/** Name of the log in the folder of the pictures. */
export const FETCH_LOG = 'fetched.jsonl';

/** A line of the log. The last one of a URL counts. */
export interface FetchedLine {
  readonly url: string;
  /** Where redirects led. */
  readonly finalUrl: string;
  readonly class: string;
  /** When it was asked for, in ISO 8601. */
  readonly time: string;
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  /** Path of the picture from the log's folder, with `/`; null where none came. */
  readonly file: string | null;
  readonly bytes?: number;
  readonly sha256?: string;
  /** Why none came; `isPassing` where another time may be better. */
  readonly error?: {
    readonly code: FigleafErrorCode;
    readonly message: string;
    readonly isPassing: boolean;
    /** How many bytes it might have had, where it had more. */
    readonly maxBytes?: number;
  };
}

/** What is left of the lines of a picture that a block list knows: as much as it takes not to fetch it again. */
export interface ForgottenLine {
  readonly urlSha256: string;
}

/** The line for a URL whose picture is forgotten. */
export const forgottenLine = (url: string): ForgottenLine => ({ urlSha256: sha256(url) });

/** The log, to which lines are added. */
export class FetchLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** The last line of each URL that earlier runs wrote. */
  readonly before: ReadonlyMap<string, FetchedLine>;
  readonly #forgotten: ReadonlySet<string>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    file: FileHandle,
    before: ReadonlyMap<string, FetchedLine>,
    forgotten: ReadonlySet<string>,
  ) {
    this.#path = path;
    this.#file = file;
    this.before = before;
    this.#forgotten = forgotten;
  }

  /**
   * Opens it, and makes it where there is none. A line that a kill broke off is passed over.
   *
   * @throws {FigleafError} `output-unwritable`.
   */
  static async open(path: string): Promise<FetchLog> {
    try {
      const file = await open(path, 'a+');
      const before = new Map<string, FetchedLine>();
      const forgotten = new Set<string>();
      for await (const text of file.readLines({ autoClose: false, start: 0 })) {
        const line = parseLine(text);
        if (line && 'url' in line) before.set(line.url, line);
        else if (line) forgotten.add(line.urlSha256);
      }
      const log = new FetchLog(path, file, before, forgotten);
      // What follows a line that was broken off stands on its own.
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      if (size > 0 && buffer.toString() !== '\n') await log.#append('\n');
      return log;
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Whether the picture of a URL is one that a block list knew. */
  isForgotten(url: string): boolean {
    return this.#forgotten.size > 0 && this.#forgotten.has(sha256(url));
  }

  /** Adds a line. Several may be under way. */
  add(line: FetchedLine): Promise<void> {
    return this.#append(`${JSON.stringify(line)}\n`);
  }

  async #append(text: string): Promise<void> {
    const turn = this.#last.then(() => this.#file.appendFile(text));
    this.#last = turn.catch(() => undefined);
    await turn.catch((error: unknown) => {
      throw unwritable(this.#path, error);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

/** Null for what is no line: what a kill broke off, or names a file that no fetching has written. */
export function parseLine(text: string): FetchedLine | ForgottenLine | null {
  try {
    const line = JSON.parse(text) as Partial<FetchedLine & ForgottenLine>;
    if (typeof line.urlSha256 === 'string') return { urlSha256: line.urlSha256 };
    return typeof line.url === 'string' && isOwnFile(line.file) ? (line as FetchedLine) : null;
  } catch {
    return null;
  }
}

/** Files of the log are moved and deleted: a line that somebody else wrote must not lead out of the folder. */
function isOwnFile(file: string | null | undefined): boolean {
  if (file === null) return true;
  const [, className = ''] = /^([^/]+)\/[0-9a-f]{20}\.\w+$/.exec(file ?? '') ?? [];
  return isFolderName(className);
}
