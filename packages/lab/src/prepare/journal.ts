/** The journal: what was seen of each picture, a line for each, so that another run need not look again. */
import { type FileHandle, open } from 'node:fs/promises';
import { fromHex, toHex } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import { unwritable } from '../unwritable.ts';
import type { Look } from './looks.ts';

/** Characters; no line is as long. */
const LONGEST_LINE = 2 ** 16;

/** Lines that are written at a time where the journal is written anew. */
const AT_ONCE = 1024;

/** The journal of a preparation. Lines are added one by one; one that a kill broke off is cut off when it is opened. */
export class Journal implements AsyncDisposable {
  readonly #path: string;
  readonly #header: string;
  #file: FileHandle;
  #length: number;
  #added = 0;
  #waiting: string[] = [];
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, header: string, file: FileHandle, length: number) {
    this.#path = path;
    this.#header = header;
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens it, and begins a new one where there is none or one of other settings.
   *
   * @param header What all lines depend on, as JSON.
   * @param onLook Called for each line that is there.
   * @returns `isNew`: there was none, or it was of other settings.
   * @throws {FigleafError} `output-unwritable`.
   */
  static async open(
    path: string,
    header: string,
    onLook: (path: string, look: Look) => void,
  ): Promise<{ readonly journal: Journal; readonly isNew: boolean }> {
    try {
      const file = await open(path, 'a+').then(async (made) => {
        await made.close();
        return open(path, 'r+');
      });
      const { length, isKnown } = await readLooks(file, header, onLook);
      await file.truncate(length);
      const journal = new Journal(path, header, file, length);
      if (!isKnown) await journal.#begin();
      return { journal, isNew: !isKnown };
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  async #begin(): Promise<void> {
    await this.#file.truncate(0);
    this.#length = 0;
    this.#waiting.push(`${this.#header}\n`);
    await this.#append();
  }

  /** How many lines were added since it was opened. */
  get added(): number {
    return this.#added;
  }

  /**
   * Adds a line. Several may be under way.
   *
   * @throws {FigleafError} `output-unwritable`.
   */
  add(path: string, look: Look): Promise<void> {
    this.#waiting.push(lineOf(path, look));
    this.#added++;
    if (this.#waiting.length === 1) {
      this.#last = this.#last.then(() => this.#append());
      // Whoever adds hears of it.
      this.#last.catch(() => undefined);
    }
    return this.#last;
  }

  async #append(): Promise<void> {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#length + at);
        at += bytesWritten;
      }
      this.#length += bytes.length;
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }

  /** Writes it anew with nothing but these lines, and goes on with that. */
  async replace(looks: Iterable<readonly [path: string, look: Look]>): Promise<void> {
    await this.#last;
    await this.#file.close();
    await writeWholeFile(this.#path, textOf(this.#header, looks));
    this.#file = await open(this.#path, 'r+');
    this.#length = (await this.#file.stat()).size;
  }

  /** Waits for what is being written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }
}

function* textOf(header: string, looks: Iterable<readonly [path: string, look: Look]>): Generator<string> {
  let lines = [`${header}\n`];
  for (const [path, look] of looks) {
    lines.push(lineOf(path, look));
    if (lines.length < AT_ONCE) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

function lineOf(path: string, { sha256, md5, pixels, pdq, oneSize, kept, ...numbers }: Look): string {
  const line = {
    path,
    ...numbers,
    sha256: toHex(sha256),
    ...(md5 && { md5: toHex(md5) }),
    pixels: toHex(pixels),
    pdq: toHex(pdq),
    oneSize: toHex(oneSize),
    kept: { ...kept, sha256: toHex(kept.sha256) },
  };
  return `${JSON.stringify(line)}\n`;
}

function lookOf(line: string): { readonly path: string; readonly look: Look } {
  const { path, ...fields } = JSON.parse(line);
  const look = {
    ...fields,
    sha256: fromHex(fields.sha256),
    md5: fields.md5 === undefined ? null : fromHex(fields.md5),
    pixels: fromHex(fields.pixels),
    pdq: fromHex(fields.pdq),
    oneSize: fromHex(fields.oneSize),
    kept: { ...fields.kept, sha256: fromHex(fields.kept.sha256) },
  };
  return { path, look };
}

/** Up to the first line that is none; nothing where the header is another. */
async function readLooks(
  file: FileHandle,
  header: string,
  onLook: (path: string, look: Look) => void,
): Promise<{ readonly length: number; readonly isKnown: boolean }> {
  const chunk = Buffer.alloc(2 ** 20);
  let length = 0;
  let isKnown = false;
  let rest = Buffer.alloc(0);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return { length, isKnown };
    position += bytesRead;
    let bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      const line = bytes.toString('utf8', 0, end);
      if (!isKnown && line !== header) return { length: 0, isKnown: false };
      if (isKnown && !tell(line, onLook)) return { length, isKnown };
      isKnown = true;
      length += end + 1;
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > LONGEST_LINE) return { length, isKnown };
    rest = bytes;
  }
}

function tell(line: string, onLook: (path: string, look: Look) => void): boolean {
  try {
    const { path, look } = lookOf(line);
    onLook(path, look);
    return true;
  } catch {
    return false;
  }
}
