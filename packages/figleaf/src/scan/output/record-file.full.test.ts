/** The file of records is whole after ten kills in a row, at random moments. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inputsIn, longRecord, RUN, writeAndKill } from '../../../test/record-file.ts';
import { openRecordFile } from './record-file.node.ts';

const COUNT = 40_000;

it('has every record once after ten kills', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-records-'));
  const path = join(folder, 'records.jsonl');
  try {
    for (let kill = 0; kill < 10; kill++) await writeAndKill(path, COUNT, Math.random() * 300);
    await using file = await openRecordFile(path, { run: RUN, resume: true });
    expect(file.has(longRecord(0).input)).toBe(true);
    for (let i = 0; i < COUNT; i++) {
      const record = longRecord(i);
      if (!file.has(record.input)) await file.write(record);
    }
    await file.close();
    const inputs = await inputsIn(path);
    expect(inputs.length).toBe(COUNT);
    expect(new Set(inputs)).toEqual(new Set(Array.from({ length: COUNT }, (_, i) => longRecord(i).input)));
  } finally {
    await rm(folder, { recursive: true });
  }
});
