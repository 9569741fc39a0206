/** The files of an evaluation: `report.json` and `index.html`. */
import { join } from 'node:path';
import { checkWritable, writeWholeFile } from 'figleaf/commands';
import { makeOutFolder } from '../unwritable.ts';
import type { EvaluationReport } from './report.ts';
import { reportPage } from './report-page.ts';

const REPORT = 'report.json';
const PAGE = 'index.html';

/**
 * Makes the folder, and sees that nothing else would be lost.
 *
 * @throws {FigleafError} `output-unwritable`; `output-exists` where files of these names are something else.
 */
export async function openFolder(out: string): Promise<void> {
  await makeOutFolder(out);
  await checkWritable(join(out, REPORT), (head) => head.startsWith('{"kind":"evaluation"'));
  await checkWritable(join(out, PAGE), (head) => head.includes('<title>Evaluation of '));
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
