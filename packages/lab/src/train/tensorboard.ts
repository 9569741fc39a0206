/** TensorBoard's event files: numbers by step, appended as they come. */
/*
 * A file is one record after the other: 8 bytes with the length of the data; the masked CRC-32C of these; the data; the masked CRC-32C
 * of the data. All is little-endian. The data is a protobuf message `tensorflow.Event`, of which these fields are written:
 * 1 wall_time (double), 2 step (int64), 3 file_version (string), 5 summary { 1 value { 1 tag (string), 2 simple_value (float) } },
 * 7 session_log { 1 status (1: START) }.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from 'figleaf/commands';
import protobuf from 'protobufjs/minimal.js';
import { unwritable } from '../unwritable.ts';

/** Numbers of one step, by the names that TensorBoard shows. */
export type Scalars = Readonly<Record<string, number>>;

/** An event file that is being written. */
export class EventFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Begins a file in the folder, which is made if it is not there.
   *
   * @param step Steps that were done before. What other files of the folder say of later ones, TensorBoard forgets: a run that was
   * killed had gone further than the checkpoint that is gone on from.
   * @throws {FigleafError} `output-unwritable`.
   */
  static async begin(folder: string, step: number, now = new Date()): Promise<EventFile> {
    // TensorBoard reads the files of a folder in the order of their names: seconds, then what is after.
    const seconds = String(Math.floor(now.getTime() / 1000)).padStart(10, '0');
    const path = join(
      folder,
      `events.out.tfevents.${seconds}.figleaf.${String(now.getMilliseconds()).padStart(3, '0')}`,
    );
    const file = new EventFile(path);
    await asUnwritable(path, () => makeFolder(folder));
    await file.#append(
      eventOf(now, 0, (event) => event.uint32(FIELD.fileVersion).string('brain.Event:2')),
      eventOf(now, step + 1, (event) =>
        event.uint32(FIELD.sessionLog).fork().uint32(FIELD.status).int32(1).ldelim(),
      ),
    );
    return file;
  }

  /** @throws {FigleafError} `output-unwritable`. */
  async add(step: number, scalars: Scalars, now = new Date()): Promise<void> {
    await this.#append(
      eventOf(now, step, (event) => {
        event.uint32(FIELD.summary).fork();
        for (const [tag, value] of Object.entries(scalars)) {
          event
            .uint32(FIELD.value)
            .fork()
            .uint32(FIELD.tag)
            .string(tag)
            .uint32(FIELD.simpleValue)
            .float(value)
            .ldelim();
        }
        event.ldelim();
      }),
    );
  }

  async #append(...events: readonly Uint8Array[]): Promise<void> {
    await asUnwritable(this.#path, () => appendFile(this.#path, Buffer.concat(events.map(recordOf))));
  }
}

/** Numbers of the fields, each with the kind of its value: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
const FIELD = {
  wallTime: (1 << 3) | 1,
  step: (2 << 3) | 0,
  fileVersion: (3 << 3) | 2,
  summary: (5 << 3) | 2,
  sessionLog: (7 << 3) | 2,
  value: (1 << 3) | 2,
  tag: (1 << 3) | 2,
  simpleValue: (2 << 3) | 5,
  status: (1 << 3) | 0,
} as const;

function eventOf(now: Date, step: number, content: (event: protobuf.Writer) => void): Uint8Array {
  const event = protobuf.Writer.create();
  event.uint32(FIELD.wallTime).double(now.getTime() / 1000);
  event.uint32(FIELD.step).int64(step);
  content(event);
  return event.finish();
}

/** The data as a record. */
export function recordOf(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(8 + 4 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8);
  record.set(data, 12);
  record.writeUInt32LE(masked(crc32c(data)), 12 + data.length);
  return record;
}

/** Castagnoli's polynomial, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** CRC-32C of bytes. */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255]! ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** As these records keep a sum, so that sums of sums are told apart. */
export function masked(sum: number): number {
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

async function asUnwritable(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw unwritable(path, error);
  }
}
