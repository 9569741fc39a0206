/** Reads TensorBoard's event files as TensorBoard does: record by record, each with its sums checked, by the message's description. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { crc32c, masked } from '../src/train/tensorboard.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    string file_version = 3;
    Summary summary = 5;
    SessionLog session_log = 7;
  }
  message Summary { repeated Value value = 1; }
  message Value { string tag = 1; float simple_value = 2; }
  message SessionLog { int32 status = 1; }
`);
const MESSAGE = root.lookupType('Event');

/** An event, as far as these files have any. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string;
  readonly summary?: { readonly value: readonly { readonly tag: string; readonly simpleValue: number }[] };
  readonly sessionLog?: { readonly status: number };
}

/** The events of a file; a record whose sums do not fit is an error. */
export function parseEvents(bytes: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    const isWhole =
      bytes.readUInt32LE(at + 8) === masked(crc32c(bytes.subarray(at, at + 8))) &&
      bytes.readUInt32LE(at + 12 + length) === masked(crc32c(data));
    if (!isWhole) throw new Error(`the record at ${at} is damaged`);
    const event = MESSAGE.decode(data);
    events.push(MESSAGE.toObject(event, { longs: Number, defaults: true, arrays: true }) as ReadEvent);
    at += 12 + length + 4;
  }
  return events;
}

/**
 * What TensorBoard shows of a folder: of each name its values by step. Files come in the order of their names; one that says that a run
 * began makes it forget that step and all after it.
 */
export async function shownOf(
  folder: string,
): Promise<ReadonlyMap<string, readonly (readonly [number, number])[]>> {
  const shown = new Map<string, [number, number][]>();
  for (const name of (await readdir(folder)).sort()) {
    for (const { step, summary, sessionLog } of parseEvents(await readFile(join(folder, name)))) {
      if (sessionLog?.status === 1) {
        for (const [tag, values] of shown)
          shown.set(
            tag,
            values.filter(([before]) => before < step),
          );
      }
      for (const { tag, simpleValue } of summary?.value ?? []) {
        shown.set(tag, [...(shown.get(tag) ?? []), [step, simpleValue]]);
      }
    }
  }
  return shown;
}
