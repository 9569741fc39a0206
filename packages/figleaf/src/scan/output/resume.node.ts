/** What is in a file of records already: a run that goes on reads it before it judges anything. */
import type { FileHandle } from 'node:fs/promises';
import { FigleafError } from '../../errors.ts';
import type { ScanRecord } from '../record.ts';
import { readLines } from './lines.node.ts';

/** How every line begins, and so how one that broke off begins. */
const LINE_START = Buffer.from('{"input":');

/** What failed and may not fail again: the file was not to be had, or not to be decoded in time. */
const PASSING = /^(input-.*|image-timeout|worker-crashed)$/;

/** Whether the input could not be judged for a reason that is not in the picture, so that it is worth another try. */
export function isToBeTriedAgain({ error }: ScanRecord): boolean {
  return error !== undefined && PASSING.test(error.code);
}

/**
 * Calls `onRecord` for each record of the file with the number of its line, from 1, in order.
 *
 * @param path What messages call the file.
 * @returns The length of all whole lines, in bytes. What is after them is the beginning of a record that broke off.
 * @throws {FigleafError} `resume-refused` for a file that holds anything but records of this run; and what `onRecord` throws.
 */
export async function readRecords(
  file: FileHandle,
  path: string,
  run: string,
  onRecord: (record: ScanRecord, number: number) => void | Promise<void>,
): Promise<number> {
  let number = 0;
  const { start, bytes } = await readLines(file, path, (line) => {
    number++;
    return onRecord(parseLine(line, `line ${number} of '${path}'`, run), number);
  });
  if (!isBroken(bytes)) throw refused(`the end of '${path}' is not a record`);
  return start;
}

function parseLine(line: string, place: string, run: string): ScanRecord {
  const record = parseJson(line) as Partial<ScanRecord> | null;
  if (typeof record?.input !== 'string' || typeof record.run !== 'string') {
    throw refused(`${place} is not a record that 'figleaf scan --out' wrote`);
  }
  if (record.run === run) return record as ScanRecord;
  throw new FigleafError(
    'resume-refused',
    `${place} is of the run '${record.run}', and this would be '${run}'; give the same profile or model, policy and options in the same folder, or another --out file`,
  );
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Whether these bytes are the beginning of a record, or nothing: all else is not ours to cut off. */
function isBroken(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, LINE_START.length);
  return bytes.subarray(0, length).equals(LINE_START.subarray(0, length));
}

function refused(what: string): FigleafError {
  return new FigleafError('resume-refused', `${what}; give another --out file, or mend this one`);
}
