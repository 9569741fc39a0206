/** The files of an evaluation: `report.json` and `index.html`. */
import { access, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkWritable, writeWholeFile } from 'figleaf/commands';
import { makeOutFolder } from '../unwritable.ts';
import type { EvaluationReport } from './report.ts';
import { reportPage } from './report-page.ts';

const REPORT = 'report.json';
const PAGE = 'index.html';

/**
 * Makes the folder, and sees that nothing else would be lost.
 *
 * @returns To be disposed of at the end: folders that were made, and that nothing was written into, are taken away again.
 * @throws {FigleafError} `output-unwritable`; `output-exists` where files of these names are something else.
 */
export async function openFolder(out: string): Promise<AsyncDisposable> {
  const made = await missingOf(out);
  await makeOutFolder(out);
  await checkWritable(join(out, REPORT), (head) => head.startsWith('{"kind":"evaluation"'));
  await checkWritable(join(out, PAGE), (head) => head.includes('<title>Evaluation of '));
  return { [Symbol.asyncDispose]: () => removeEmpty(made) };
}

/** The folder and all above it that are not there, deepest first. */
async function missingOf(out: string): Promise<string[]> {
  const missing: string[] = [];
  for (let path = resolve(out); ; path = dirname(path)) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere || path === dirname(path)) return missing;
    missing.push(path);
  }
}

/** Those with anything in them stay. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

/**
 * Writes both, each whole or not at all.
 *
 * @throws {FigleafError} `output-unwritable`.
 */
export async function writeReport(
  out: string,
  report: EvaluationReport,
  thumbnails: ReadonlyMap<string, string>,
): Promise<void> {
  await writeWholeFile(join(out, REPORT), [`${JSON.stringify(report)}\n`]);
  await writeWholeFile(join(out, PAGE), [reportPage(report, thumbnails)]);
}
