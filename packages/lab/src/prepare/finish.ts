/** The end of a preparation: pictures in their places, then the report, and the manifest last, which says that all is there. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from 'figleaf/commands';
import { textOf } from '../report-text.ts';
import { unwritable } from '../unwritable.ts';
import type { PrepareOptions, PrepareReport } from './options.ts';
import { type Placement, placeAll } from './place.ts';
import type { WorkFolder } from './work-folder.ts';

/** What is to be there. */
export interface Result {
  readonly placements: readonly Placement[];
  /** SHA-256 of all originals of which a picture is kept for other runs, placed or not. */
  readonly seen: Iterable<Uint8Array>;
  readonly report: PrepareReport;
  /** Its text, in pieces. */
  readonly manifest: Iterable<string>;
}

/**
 * Makes the folder what it is to be. While pictures move there is no manifest, unless it is the same before and after.
 *
 * @throws {FigleafError} `output-exists`, `output-unwritable`.
 */
export async function finish(
  work: WorkFolder,
  { placements, seen, report, manifest }: Result,
  { signal, onProgress }: Pick<PrepareOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const path = join(work.out, 'manifest.jsonl');
  // Not kept in memory, where a million lines would take half a gigabyte.
  await writeWholeFile(work.manifest, manifest);
  if ((await digestOf(path).catch(() => null)) !== (await digestOf(work.manifest)))
    await rm(path, { force: true });
  const total = placements.length;
  await placeAll(placements, work, {
    signal,
    onPlaced: (done) => onProgress?.({ phase: 'placing', done, total }),
  });
  await work.removeOthers(seen);
  await writeWholeFile(join(work.out, 'report.json'), textOf(report));
  await rename(work.manifest, path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
