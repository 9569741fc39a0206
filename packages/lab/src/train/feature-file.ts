/** Features on disk: a safetensors file with a row for each picture, read row by row, so that memory holds a batch at most. */
import { type FileHandle, open } from 'node:fs/promises';
import { FigleafError } from 'figleaf';
import { writeWholeFile } from 'figleaf/commands';
import { safetensorsHeader } from './safetensors.ts';

/** What a file holds. */
export interface FeatureTable {
  /** What its numbers follow from. */
  readonly key: string;
  readonly rows: number;
  /** Numbers in a row. */
  readonly width: number;
}

function headerOf({ key, rows, width }: FeatureTable): Uint8Array {
  return safetensorsHeader([['features', [rows, width]]], { figleaf: JSON.stringify({ key }) });
}

/**
 * Writes all rows, in their order; the file is whole or not there.
 *
 * @param values Any number of rows at a time.
 * @throws {FigleafError} `output-unwritable`.
 */
export async function writeFeatures(
  path: string,
  table: FeatureTable,
  values: AsyncIterable<Float32Array>,
): Promise<void> {
  await writeWholeFile(path, chunksOf(table, values));
}

async function* chunksOf(
  table: FeatureTable,
  values: AsyncIterable<Float32Array>,
): AsyncIterable<Uint8Array> {
  yield headerOf(table);
  for await (const rows of values) yield bytesOf(rows);
}

/** A file of features that is open. */
export class FeatureFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #table: FeatureTable;
  readonly #start: number;

  private constructor(file: FileHandle, table: FeatureTable, start: number) {
    this.#file = file;
    this.#table = table;
    this.#start = start;
  }

  /** Null where there is no such file, or it holds something else. */
  static async open(path: string, table: FeatureTable): Promise<FeatureFile | null> {
    const file = await open(path).catch(() => null);
    if (!file) return null;
    const header = headerOf(table);
    const { size } = await file.stat();
    const found = new Uint8Array(header.length);
    await file.read(found, 0, found.length, 0);
    if (size === header.length + table.rows * table.width * 4 && Buffer.from(header).equals(found)) {
      return new FeatureFile(file, table, header.length);
    }
    await file.close();
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /**
   * Fills an array from one row.
   *
   * @param from Place in the row where to begin.
   * @throws {FigleafError} `input-unreadable`.
   */
  async read(row: number, from: number, into: Float32Array): Promise<void> {
    const bytes = bytesOf(into);
    const position = this.#start + (row * this.#table.width + from) * 4;
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, position);
    if (bytesRead === bytes.length) return;
    throw new FigleafError(
      'input-unreadable',
      'the features that were kept are cut short: resume, and they are computed again',
    );
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
