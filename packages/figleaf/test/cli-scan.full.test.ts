/** `figleaf scan` through kills at any moment and full disks: every record once, and no file lost. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanRecord } from '../src/scan/record.ts';
import { colourModel, writeMany } from './colours.ts';
import { type Ended, startIn } from './command.ts';
import { inputsIn } from './record-file.ts';
import { reportIn } from './report.ts';

const exec = promisify(execFile);

const KILLS = 10;
const COUNT = 4000;

let folder = '';
let names: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-scan-'));
  await writeFile(join(folder, 'colour.onnx'), colourModel());
  names = await writeMany(join(folder, 'many'), COUNT);
});

afterEach(() => rm(folder, { recursive: true }));

const ARGS = ['scan', '--model', 'colour.onnx', 'many', '--resume'];

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0;

/** The same moments each time, from 0 to 1. */
function* moments(): Generator<number, never> {
  for (let state = 20_261; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/** Runs the command and kills it at a moment of its scan: that many milliseconds after it has written its next record. */
async function runAndKill(args: readonly string[], records: string, afterMs: number): Promise<Ended> {
  const before = await sizeOf(records);
  const { child, ended } = startIn(folder, args);
  while (child.exitCode === null && (await sizeOf(records)) <= before) await sleep(1);
  await Promise.race([sleep(afterMs), ended]);
  child.kill('SIGKILL');
  return ended;
}

/** Kills the command ten times, so early that it cannot come to its end. */
async function killTenTimes(args: readonly string[], records: string): Promise<void> {
  const moment = moments();
  for (let kill = 0; kill < KILLS; kill++) {
    const { code } = await runAndKill(args, records, moment.next().value * 250);
    expect(code).toBeNull();
  }
}

describe.skipIf(process.platform === 'win32')('figleaf scan, killed ten times', () => {
  it('has every record once, and a report of all', async () => {
    const records = join(folder, 'r.jsonl');
    const args = [...ARGS, '--out', 'r.jsonl', '--html', 'r.html'];
    await killTenTimes(args, records);
    expect((await readdir(folder)).sort()).toEqual(
      expect.arrayContaining(['colour.onnx', 'many', 'r.jsonl']),
    );
    const { code, stderr } = await startIn(folder, args).ended;
    expect(stderr).toMatch(/400 to block, 400 to review, 3,200 allowed/);
    expect(code).toBe(3);
    expect(await inputsIn(records)).toEqual(names.map((name) => join('many', name)));
    const { counts, interrupted } = await reportIn(join(folder, 'r.html'));
    expect(counts).toMatchObject({ block: 400, review: 400, allow: 3200 });
    expect(interrupted).toBe(false);
  });

  it.each(['another folder', 'another disk'])('while it moves files to %s, loses none', async (where) => {
    const records = join(folder, 'r.jsonl');
    // Linux has a second device at hand; elsewhere both are one.
    const away = where === 'another disk' && process.platform === 'linux';
    const sorted = away ? await mkdtemp('/dev/shm/figleaf-scan-') : join(folder, 'sorted');
    const args = [...ARGS, '--out', 'r.jsonl', '--move-to', sorted];
    try {
      await killTenTimes(args, records);
      expect((await startIn(folder, args).ended).code).toBe(3);
      const inputs = await inputsIn(records);
      expect(inputs.sort()).toEqual(names.map((name) => join('many', name)));
      expect(await verdictsOf(records)).toEqual(await verdictsByFolder(sorted));
    } finally {
      if (away) await rm(sorted, { recursive: true });
    }
  });
});

/** The verdict on each file, as the records have it. */
async function verdictsOf(records: string): Promise<Record<string, string>> {
  const lines = (await readFile(records, 'utf8')).trimEnd().split('\n');
  const verdicts = lines.map((line) => JSON.parse(line) as ScanRecord);
  return Object.fromEntries(verdicts.map(({ input, verdict }) => [input.slice('many'.length + 1), verdict!]));
}

/** What a kill leaves of a file on its way to another disk: its name, held by an empty file, and a copy that is not whole. */
const isLeftOver = async (path: string): Promise<boolean> =>
  path.endsWith('.part') || (await sizeOf(path)) === 0;

/** The verdict on each file, as the folders tell it: the same wherever a file is. */
async function verdictsByFolder(sorted: string): Promise<Record<string, string>> {
  const verdicts: Record<string, string> = {};
  for (const [verdict, place] of [
    ['allow', join(folder, 'many')],
    ['review', join(sorted, 'review')],
    ['block', join(sorted, 'block')],
  ] as const) {
    for (const entry of await readdir(place)) {
      if (await isLeftOver(join(place, entry))) continue;
      // One that was killed between the copy and the end of the original is there twice.
      const name = entry.replace(' (2)', '');
      expect(verdicts[name] ?? verdict).toBe(verdict);
      verdicts[name] = verdict;
    }
  }
  return verdicts;
}

/** Mounts a disk of a megabyte; where that is not allowed, as for all but root on Linux, the test that needs it is skipped. */
async function mountSmallDisk(place: string): Promise<boolean> {
  await mkdir(place, { recursive: true });
  return exec('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).then(
    () => true,
    () => false,
  );
}

describe('figleaf scan on a disk that is full', () => {
  it('ends clearly, and goes on when there is room', async ({ skip }) => {
    const disk = join(folder, 'disk');
    if (!(await mountSmallDisk(disk))) skip('needs a disk that can be filled');
    try {
      const full = join(disk, 'other files');
      await writeFile(full, Buffer.alloc(800 * 1024));
      const records = join(disk, 'r.jsonl');
      const args = [...ARGS, '--out', records];
      const { code, stderr } = await startIn(folder, args).ended;
      expect(stderr).toMatch(
        /the disk is full; make room, then run the same again with --resume \(output-unwritable\)/,
      );
      expect(code).toBe(1);
      const before = (await inputsIn(records)).length;
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(COUNT);
      await exec('mount', ['-o', 'remount,size=16m', disk]);
      const resumed = await startIn(folder, args).ended;
      expect(resumed.stderr).toContain(`, ${before.toLocaleString('en')} before that: 400 to block`);
      expect(await inputsIn(records)).toEqual(names.map((name) => join('many', name)));
    } finally {
      await exec('umount', [disk]);
    }
  });
});
