/** The log of what was fetched: a line of JSON for each URL, so that one knows where a picture is from, and need not ask again. */
import { type FileHandle, open } from 'node:fs/promises';
import type { FigleafErrorCode } from 'figleaf';
import { unwritable } from '../unwritable.ts';

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
  };
}

/** The log, to which lines are added. */
export class FetchLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** The last line of each URL that earlier runs wrote. */
  readonly before: ReadonlyMap<string, FetchedLine>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, before: ReadonlyMap<string, FetchedLine>) {
    this.#path = path;
    this.#file = file;
    this.before = before;
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
      for await (const text of file.readLines({ autoClose: false, start: 0 })) {
        const line = parse(text);
        if (line) before.set(line.url, line);
      }
      const log = new FetchLog(path, file, before);
      // What follows a line that was broken off stands on its own.
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      if (size > 0 && buffer.toString() !== '\n') await log.#append('\n');
      return log;
    } catch (error) {
      throw unwritable(path, error);
    }
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

function parse(text: string): FetchedLine | null {
  try {
    const line = JSON.parse(text) as FetchedLine;
    return typeof line.url === 'string' ? line : null;
  } catch {
    return null;
  }
}
