/** The report as a file: what it holds, how large it grows, and that it is whole or not there. */
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportData, reportIn } from '../../test/report.ts';
import { openReport } from './report.node.ts';
import type { ScanRecord } from './schema.ts';

const STRICT = { name: 'strict', scores: { unsafe: { block: 0.4 } } };

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-report-'));
});

afterAll(() => rm(folder, { recursive: true }));

function record(input: string, verdict: ScanRecord['verdict'], unsafe: number, rule?: string): ScanRecord {
  return {
    input,
    kind: 'image',
    width: 40,
    height: 30,
    verdict,
    reason: rule ? { rule, score: unsafe } : null,
    scores: { safe: 1 - unsafe, unsafe, suggestive: 0 },
    classes: { neutral: 1 - unsafe, porn: unsafe },
    models: ['mobilenet_v2'],
  };
}

describe('a report', () => {
  it('counts and lists records, the most severe first', async () => {
    const path = join(folder, 'mixed.html');
    const started = new Date('2026-01-02T03:04:05Z');
    const report = await openReport(path, { title: 'Disk', profile: 'fast', policy: STRICT, started });
    const torn: ScanRecord = {
      ...record('torn', null, 0),
      scores: null,
      error: { code: 'image-corrupt', message: 'torn' },
    };
    report.add(record('calm', 'allow', 0.1), Uint8Array.of(1, 2, 3));
    report.add(torn, null);
    report.add(record('worse', 'block', 0.9), null);
    report.add(record('bad', 'review', 0.6), null);
    await report.close({ interrupted: true });
    const { entries, ...summary } = await reportIn(path);
    expect(summary).toEqual({
      title: 'Disk',
      profile: 'fast',
      policy: STRICT,
      started: started.toISOString(),
      models: ['mobilenet_v2'],
      interrupted: true,
      counts: { block: 1, review: 1, error: 1, unjudged: 0, allow: 1 },
    });
    expect(entries.map((entry) => entry.record.input)).toEqual(['worse', 'bad', 'torn', 'calm']);
    expect(entries[3]).toEqual({
      order: 1,
      name: 'calm',
      record: record('calm', 'allow', 0.1),
      thumbnail: 'AQID',
    });
  });

  it('never holds a picture that a block list knows', async () => {
    const path = join(folder, 'known.html');
    const report = await openReport(path);
    const known = record('known', 'block', 1, 'block-list');
    expect(report.wants(known)).toBe(false);
    report.add(known, Uint8Array.of(1, 2, 3));
    await report.close();
    expect((await reportIn(path)).entries).toEqual([{ order: 1, name: 'known', record: known }]);
  });

  it('tells which thumbnails it lacks, and takes them later', async () => {
    const path = join(folder, 'later.html');
    const report = await openReport(path);
    report.add(record('calm', 'allow', 0.1), null);
    report.add(record('bad', 'review', 0.6), null);
    report.add(record('seen', 'block', 0.9), Uint8Array.of(9));
    report.add(record('known', 'block', 1, 'block-list'), null);
    report.add(record('worse', 'block', 0.8), null);
    const lacking = report.lacking();
    expect(lacking).toEqual([
      { order: 5, name: 'worse', record: record('worse', 'block', 0.8) },
      { order: 2, name: 'bad', record: record('bad', 'review', 0.6) },
    ]);
    report.addThumbnail(lacking[1]!.order, Uint8Array.of(1, 2, 3));
    await report.close();
    const { entries } = await reportIn(path);
    expect(entries.map(({ record: { input }, thumbnail }) => [input, thumbnail])).toEqual([
      ['known', undefined],
      ['seen', 'CQ=='],
      ['worse', undefined],
      ['bad', 'AQID'],
      ['calm', undefined],
    ]);
  });

  it('names each file as the system that scanned it reads paths', async () => {
    const path = join(folder, 'paths.html');
    const report = await openReport(path);
    const inputs = [join('a', 'rocket.jpg'), join('b', 'caf\\xe9.jpg'), '/'];
    for (const input of inputs) report.add(record(input, 'allow', 0), null);
    await report.close();
    const cafe = process.platform === 'win32' ? 'xe9.jpg' : 'caf\\xe9.jpg';
    expect((await reportIn(path)).entries.map(({ name }) => name)).toEqual(['rocket.jpg', cafe, '/']);
  });

  it('survives names that look like markup', async () => {
    const path = join(folder, 'names.html');
    const names = [
      '</script><script>alert(1)</script>',
      '<!-- <script>',
      '"%report%"',
      "$& $' \u2028 \ud800",
    ];
    const report = await openReport(path, { title: names[0]! });
    for (const name of names) report.add(record(name, 'allow', 0), null);
    await report.close();
    const { title, entries } = await reportIn(path);
    expect(title).toBe(names[0]);
    expect(entries.map((entry) => entry.record.input)).toEqual(names);
  });

  it('takes the place of an older one only when it is whole', async () => {
    const path = join(folder, 'older.html');
    await (await openReport(path)).close();
    const older = await readFile(path, 'utf8');
    const report = await openReport(path);
    report.add(record('a', 'allow', 0), null);
    expect(await readFile(path, 'utf8')).toBe(older);
    await report.close();
    expect((await reportIn(path)).entries).toHaveLength(1);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(() => report.add(record('b', 'allow', 0), null)).toThrow(
      expect.objectContaining({ code: 'disposed' }),
    );
    await expect(report.close()).rejects.toMatchObject({ code: 'disposed' });
  });

  it('takes the place of nothing else', async () => {
    const path = join(folder, 'letter.html');
    await writeFile(path, '<!doctype html><p>Dear reader');
    await expect(openReport(path)).rejects.toMatchObject({ code: 'output-exists' });
    expect(await readFile(path, 'utf8')).toContain('Dear reader');
    const link = join(folder, 'link.html');
    await symlink(path, link);
    await expect(openReport(link)).rejects.toMatchObject({ code: 'output-unwritable' });
  });

  it('says before the scan that it could not be written, and leaves nothing when it fails later', async () => {
    await expect(openReport(join(folder, 'nowhere', 'a.html'))).rejects.toMatchObject({
      code: 'output-unwritable',
      message: expect.stringContaining('its folder does not exist'),
    });
    await expect(openReport(folder)).rejects.toMatchObject({ code: 'output-unwritable' });
    const inner = await mkdtemp(join(folder, 'inner-'));
    const report = await openReport(join(inner, 'a.html'));
    await rm(inner, { recursive: true });
    await expect(report.close()).rejects.toMatchObject({ code: 'output-unwritable' });
  });

  it('of a million records lists 10,000 within 30 MB, in bounded memory, and asks for few thumbnails', async () => {
    const path = join(folder, 'many.html');
    const thumbnail = new Uint8Array(2200).fill(7);
    const report = await openReport(path);
    let asked = 0;
    const start = process.memoryUsage().rss;
    let most = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const unsafe = ((i * 7919) % 1_000_003) / 1_000_003;
      const next = record(`album/${i}.jpg`, unsafe > 0.99 ? 'block' : 'allow', unsafe);
      const wanted = report.wants(next);
      if (wanted) asked++;
      report.add(next, wanted ? thumbnail : null);
      if (i % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss);
    }
    await report.close();
    most = Math.max(most, process.memoryUsage().rss);
    const html = await readFile(path);
    const { counts, entries } = reportData(html.toString());
    expect(html.length).toBeLessThan(30_000_000);
    expect(entries).toHaveLength(10_000);
    expect(counts.block + counts.allow).toBe(1_000_000);
    expect(entries.filter((entry) => entry.thumbnail).length).toBeGreaterThan(8_500);
    expect(asked).toBeLessThan(100_000);
    expect(most - start).toBeLessThan(400_000_000);
  }, 60_000);

  it('of a million empty files keeps the first 10,000', async () => {
    const path = join(folder, 'empty.html');
    const report = await openReport(path);
    const error = { code: 'input-empty', message: 'the file is empty' };
    const empty = { ...record('', null, 0), scores: null, error };
    for (let i = 0; i < 1_000_000; i++) report.add({ ...empty, input: `${i}.jpg` }, null);
    await report.close();
    const { counts, entries } = await reportIn(path);
    expect(counts.error).toBe(1_000_000);
    expect(entries).toHaveLength(10_000);
    expect(entries.at(-1)).toMatchObject({ order: 10_000, record: { input: '9999.jpg' } });
  }, 60_000);
});
