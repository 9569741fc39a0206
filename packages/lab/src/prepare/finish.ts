/** The end of a preparation: pictures in their places, then the report, and the manifest last, which says that all is there. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from 'figleaf/commands';
import type { PrepareOptions, PrepareReport } from './options.ts';
import { type Placement, placeAll } from './place.ts';
import type { WorkFolder } from './work-folder.ts';

/** What is to be there. */
export interface Result {
  readonly placements: readonly Placement[];
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
  { placements, report, manifest }: Result,
  { signal, onProgress }: Pick<PrepareOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const path = join(work.out, 'manifest.jsonl');
  const text = [...manifest];
  if ((await digestOf(createReadStream(path)).catch(() => null)) !== (await digestOf(text)))
    await rm(path, { force: true });
  const total = placements.length;
  await placeAll(placements, work, {
    signal,
    onPlaced: (done) => onProgress?.({ phase: 'placing', done, total }),
  });
  await writeWholeFile(join(work.out, 'report.json'), [`${JSON.stringify(report, null, 2)}\n`]);
  await writeWholeFile(path, text);
}

async function digestOf(chunks: Iterable<string> | AsyncIterable<string | Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
