/** Reads the data out of a report, as its page does. */
import { readFile } from 'node:fs/promises';
import type { ReportData } from '../src/scan/report/data.ts';

/** All between the tags: nothing in the data ends them early. */
export function reportData(html: string): ReportData {
  const [, json] = html.split('<script type="application/json" id="report">');
  return JSON.parse(json!.split('</script>')[0]!) as ReportData;
}

/** The data of the report in a file. */
export async function reportIn(path: string): Promise<ReportData> {
  return reportData(await readFile(path, 'utf8'));
}
