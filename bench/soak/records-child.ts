/** Child process of `soak records`: writes records to a file, CSV and a report, or goes on with them. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { csvHeading, csvRow } from '../../packages/figleaf/src/scan/output/csv.ts';
import { openRecordFile } from '../../packages/figleaf/src/scan/output/record-file.node.ts';
import type { ScanRecord } from '../../packages/figleaf/src/scan/record.ts';
import { openReport } from '../../packages/figleaf/src/scan/report.node.ts';
import { serve } from '../classify/serve.mjs';

const RUN = 'balanced, policy default, 000000000000';

/** What both calls are given. */
interface Job {
  readonly count: number;
  readonly out: string;
  readonly csv: string;
  readonly html: string;
  readonly sampleEvery: number;
}

const nameOf = (index: number): string => `album ${index % 1000}/holiday-${index}.jpg`;

/** A record without a picture. Its score is as good as random, so that the report has to choose. */
function recordOf(index: number): ScanRecord {
  const unsafe = (Math.imul(index, 0x9e3779b1) >>> 0) / 2 ** 32;
  const blocked = unsafe >= 0.9;
  return {
    input: nameOf(index),
    kind: 'image',
    width: 400,
    height: 533,
    verdict: blocked ? 'block' : 'allow',
    reason: blocked ? { rule: 'scores.unsafe', score: unsafe } : null,
    scores: { safe: 1 - unsafe, unsafe, suggestive: 0 },
    classes: { drawing: 0, hentai: 0, neutral: 1 - unsafe, porn: unsafe, sexy: 0 },
    models: ['mobilenet_v2'],
  };
}

serve({
  /** Writes all records; samples the memory after every `sampleEvery` of them. */
  async write({ count, out, csv, html, sampleEvery }: Job) {
    await Promise.all([out, csv, html].map((path) => rm(path, { force: true })));
    const start = performance.now();
    const samples: number[] = [];
    const report = await openReport(html);
    const file = await openRecordFile(out, { run: RUN });
    const table = createWriteStream(csv);
    table.write(csvHeading());
    for (let index = 0; index < count; index++) {
      const record = recordOf(index);
      await file.write(record);
      if (!table.write(csvRow(record))) await once(table, 'drain');
      report.add(record, null);
      if (index % sampleEvery === 0) samples.push(process.memoryUsage.rss());
    }
    table.end();
    await once(table, 'close');
    await file.close();
    await report.close();
    return { seconds: (performance.now() - start) / 1000, samples };
  },

  /** Goes on with the file, as a scan does: its records are in the new report, and what it has is not judged again. */
  async resume({ count, out, html, sampleEvery }: Job) {
    const samples: number[] = [];
    let read = 0;
    const start = performance.now();
    const report = await openReport(html);
    const file = await openRecordFile(out, {
      run: RUN,
      resume: true,
      onRecord(record) {
        report.add(record, null);
        if (read++ % sampleEvery === 0) samples.push(process.memoryUsage.rss());
      },
    });
    const seconds = (performance.now() - start) / 1000;
    let missing = 0;
    for (let index = 0; index < count; index++) if (!file.has(nameOf(index))) missing++;
    await file.close();
    await report.close();
    return { seconds, samples, read, missing };
  },
});
