/** The file of records: nothing lost, nothing twice, nothing broken, and nobody's file destroyed. */
import {
  appendFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anyName } from '../../../test/names.ts';
import { inputsIn, longRecord, RUN, writeAndKill, writeWithin } from '../../../test/record-file.ts';
import { FigleafError } from '../../errors.ts';
import { NameSet } from '../name-set.node.ts';
import { type ScanRecord, toErrorRecord } from '../record.ts';
import { recordSchema } from '../schema.ts';
import { openRecordFile, RecordFile } from './record-file.node.ts';

const record = (input: string): ScanRecord =>
  toErrorRecord(input, new FigleafError('image-corrupt', 'it is broken'));
const lineOf = (input: string, run = RUN): string => `${JSON.stringify({ ...record(input), run })}\n`;

let folder = '';
let path = '';
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-records-'));
});

beforeEach(() => {
  path = join(folder, `${count++}.jsonl`);
});

afterAll(() => rm(folder, { recursive: true }));

/** Goes on with the file, and gives what was in it. */
async function resume(...more: string[]): Promise<ScanRecord[]> {
  const old: ScanRecord[] = [];
  const onRecord = (found: ScanRecord): void => void old.push(found);
  await using file = await openRecordFile(path, { run: RUN, resume: true, onRecord });
  for (const input of more) await file.write(record(input));
  await file.close();
  return old;
}

describe('a file of records', () => {
  it('has a line for each, which says what run it is of', async () => {
    await using file = await openRecordFile(path, { run: RUN });
    await file.write(record('a.jpg'));
    expect(await readFile(path, 'utf8')).toBe(lineOf('a.jpg'));
    await file.close();
    const [line] = (await readFile(path, 'utf8')).split('\n');
    expect(recordSchema.parse(JSON.parse(line!))).toEqual({ ...record('a.jpg'), run: RUN });
  });

  it('is gone on with, and says what it has', async () => {
    await resume('a.jpg', 'b.jpg');
    await using file = await openRecordFile(path, { run: RUN, resume: true });
    expect(['a.jpg', 'b.jpg', 'c.jpg'].map((input) => file.has(input))).toEqual([true, true, false]);
    await file.close();
    expect((await resume('c.jpg')).map(({ input }) => input)).toEqual(['a.jpg', 'b.jpg']);
    expect(await inputsIn(path)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
  });

  it('has what failed for no fault of the picture tried again, and each input once', async () => {
    const codes = [
      'input-not-found',
      'image-corrupt',
      'input-unreadable',
      'image-timeout',
      'worker-crashed',
    ] as const;
    await using first = await openRecordFile(path, { run: RUN });
    await first.write(record('a.jpg'));
    for (const code of codes)
      await first.write(toErrorRecord(`${code}.jpg`, new FigleafError(code, 'no luck')));
    await first.close();
    await appendFile(path, lineOf('torn').slice(0, 20));
    const kept = ['a.jpg', 'image-corrupt.jpg'];
    expect((await resume()).map(({ input }) => input)).toEqual(kept);
    expect(await inputsIn(path)).toEqual(kept);
    await using second = await openRecordFile(path, { run: RUN, resume: true });
    expect(codes.map((code) => second.has(`${code}.jpg`))).toEqual([false, true, false, false, false]);
    await second.write(record('input-not-found.jpg'));
    await second.close();
    expect(await inputsIn(path)).toEqual([...kept, 'input-not-found.jpg']);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keeps a link to it, and what is long, when it is written again', async () => {
    const real = `${path}.real`;
    const long = 'x'.repeat(3 << 20);
    const failed = toErrorRecord('gone.jpg', new FigleafError('input-not-found', 'it has gone'));
    await writeFile(real, `${lineOf('a.jpg')}${JSON.stringify({ ...failed, run: RUN })}\n${lineOf(long)}`);
    await symlink(real, path);
    await resume('b.jpg');
    expect(await inputsIn(real)).toEqual(['a.jpg', long, 'b.jpg']);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it('waits for whoever takes its old records', async () => {
    await resume('a.jpg', 'b.jpg');
    const seen: string[] = [];
    const onRecord = async ({ input }: ScanRecord): Promise<void> => {
      seen.push(`${input} begins`);
      await new Promise(setImmediate);
      seen.push(`${input} ends`);
    };
    await using _ = await openRecordFile(path, { run: RUN, resume: true, onRecord });
    expect(seen).toEqual(['a.jpg begins', 'a.jpg ends', 'b.jpg begins', 'b.jpg ends']);
  });

  it('passes on what the taker of its old records throws', async () => {
    await resume('a.jpg');
    const problem = full();
    const onRecord = (): never => {
      throw problem;
    };
    await expect(openRecordFile(path, { run: RUN, resume: true, onRecord })).rejects.toBe(problem);
  });

  it('keeps any name', async () => {
    const names = fc.uniqueArray(anyName, { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(names, async (inputs) => {
        await rm(path, { force: true });
        expect(await resume(...inputs)).toEqual([]);
        expect((await resume()).map(({ input }) => input)).toEqual(inputs);
        await using file = await openRecordFile(path, { run: RUN, resume: true });
        expect(inputs.every((input) => file.has(input))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('loses a last line that broke off anywhere, and nothing else', async () => {
    const first = lineOf('a.jpg');
    const second = lineOf('b\u2028.jpg');
    for (let cut = 0; cut < second.length; cut += 7) {
      await writeFile(path, first + second.slice(0, cut));
      expect((await resume('c.jpg')).map(({ input }) => input)).toEqual(['a.jpg']);
      expect(await readFile(path, 'utf8')).toBe(first + lineOf('c.jpg'));
    }
  });

  it('reads lines that are longer than what is read at once', async () => {
    const inputs = [1, 1 << 20, 3 << 20, 1].map((length, i) => `${i}`.padEnd(length, 'x'));
    await resume(...inputs);
    expect((await resume()).map(({ input }) => input)).toEqual(inputs);
  });

  it('is whole after a kill', async () => {
    await writeAndKill(path, 1e9, 100);
    const before = (await resume()).length;
    expect(before).toBeGreaterThan(0);
    await writeAndKill(path, before + 100, 60_000);
    expect(await inputsIn(path)).toEqual(Array.from({ length: before + 100 }, (_, i) => longRecord(i).input));
  });
});

describe('a file of records is refused', () => {
  it('where something is already', async () => {
    await writeFile(path, 'mine');
    await expect(openRecordFile(path, { run: RUN })).rejects.toMatchObject({
      code: 'output-exists',
      message: expect.stringContaining('--resume'),
    });
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it.each([
    ['a text', 'some words', 'the end of'],
    ['a text with lines', 'some\nwords\n', 'line 1'],
    ['JSON that is no record', '[]\n', 'line 1'],
    ['null', 'null\n', 'line 1'],
    ['an empty line', `${lineOf('a.jpg')}\n`, 'line 2'],
    ['a line that broke off in the middle', `${lineOf('a.jpg').slice(0, 30)}\n${lineOf('b.jpg')}`, 'line 1'],
    ['records that tell of no run', `${JSON.stringify(record('a.jpg'))}\n`, 'line 1'],
    [
      'another run',
      lineOf('a.jpg') + lineOf('b.jpg', 'accurate, no policy, ab'),
      "'accurate, no policy, ab'",
    ],
  ])('with %s in it, and left alone', async (_, text, named) => {
    await writeFile(path, text);
    await expect(openRecordFile(path, { run: RUN, resume: true })).rejects.toMatchObject({
      code: 'resume-refused',
      message: expect.stringContaining(named),
    });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('when it has no line breaks, before it fills the memory', async () => {
    const SIZE = 2 ** 26;
    await writeFile(path, '{"input":');
    await truncate(path, SIZE);
    await expect(openRecordFile(path, { run: RUN, resume: true })).rejects.toMatchObject({
      code: 'resume-refused',
      message: expect.stringContaining('longer than any record'),
    });
    expect((await stat(path)).size).toBe(SIZE);
  });

  it.each([true, false])('where it cannot be written (resume: %s)', async (resuming) => {
    const nowhere = join(folder, 'nowhere', 'records.jsonl');
    await expect(openRecordFile(nowhere, { run: RUN, resume: resuming })).rejects.toMatchObject({
      code: 'output-unwritable',
      message: expect.stringContaining('folder'),
    });
  });

  it('where a folder is', async () => {
    await mkdir(path);
    await expect(openRecordFile(path, { run: RUN, resume: true })).rejects.toMatchObject({
      code: 'output-unwritable',
    });
  });
});

describe('a disk that is full', () => {
  it.runIf(process.platform === 'linux')('ends the writing clearly', async () => {
    const full = await open('/dev/full', 'r+');
    await using file = new RecordFile({ file: full }, '/dev/full', RUN, new NameSet(), 0);
    await expect(file.write(record('a.jpg'))).rejects.toMatchObject({
      code: 'output-unwritable',
      message: expect.stringContaining('the disk is full'),
    });
  });

  it.runIf(process.platform !== 'win32')(
    'leaves whole lines, and is gone on with when there is room',
    async () => {
      expect(await writeWithin(path, 1000, 100)).toBe('open\noutput-unwritable\n');
      const before = await inputsIn(path);
      expect(before.length).toBeLessThan(30);
      await writeAndKill(path, 1000, 60_000);
      expect(await inputsIn(path)).toEqual(Array.from({ length: 1000 }, (_, i) => longRecord(i).input));
    },
  );

  it('takes no more after the first record that did not fit', async () => {
    const disk = new Disk(lineOf('a.jpg').length + 5);
    const file = new RecordFile({ file: disk }, path, RUN, new NameSet(), 0);
    await file.write(record('a.jpg'));
    await expect(file.write(record('b.jpg'))).rejects.toMatchObject({ code: 'output-unwritable' });
    expect(disk.text).toBe(lineOf('a.jpg'));
    disk.room = 1e6;
    await expect(file.write(record('c.jpg'))).rejects.toMatchObject({ code: 'output-unwritable' });
    await file.close();
    expect(disk).toMatchObject({ text: lineOf('a.jpg'), closed: true });
  });

  it('is known at the end at the latest', async () => {
    const disk = new Disk(1e6);
    const file = new RecordFile({ file: disk }, path, RUN, new NameSet(), 0);
    await file.write(record('a.jpg'));
    disk.room = 0;
    await expect(file.close()).rejects.toMatchObject({ code: 'output-unwritable' });
    expect(disk.closed).toBe(true);
  });
});

describe('writing', () => {
  it('puts what has come meanwhile into one write, in order', async () => {
    const disk = new Disk(1e6);
    const inputs = Array.from({ length: 100 }, (_, i) => `${i}.jpg`);
    await using file = new RecordFile({ file: disk }, path, RUN, new NameSet(), 0);
    await Promise.all(inputs.map((input) => file.write(record(input))));
    expect(disk.text).toBe(inputs.map((input) => lineOf(input)).join(''));
    expect(disk.writes).toBeLessThan(5);
  });

  it('goes on where a write took only a part', async () => {
    const disk = new Disk(1e6);
    disk.atOnce = 7;
    await using file = new RecordFile({ file: disk }, path, RUN, new NameSet(), 0);
    await Promise.all([file.write(record('a.jpg')), file.write(record('b.jpg'))]);
    expect(disk.text).toBe(lineOf('a.jpg') + lineOf('b.jpg'));
  });
});

/** A file on a disk with room for so many bytes. */
class Disk {
  text = '';
  writes = 0;
  closed = false;
  /** Bytes that one write takes at most. */
  atOnce = Infinity;

  constructor(public room: number) {}

  async write(bytes: Uint8Array, offset: number, length: number, position: number) {
    await new Promise(setImmediate);
    this.writes++;
    const bytesWritten = Math.min(length, this.atOnce, this.room - position);
    if (bytesWritten <= 0) throw full();
    const taken = Buffer.from(bytes).toString('latin1', offset, offset + bytesWritten);
    this.text = this.text.slice(0, position) + taken;
    return { bytesWritten };
  }

  async truncate(length: number): Promise<void> {
    this.text = this.text.slice(0, length);
  }

  async datasync(): Promise<void> {
    if (this.text.length > this.room) throw full();
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function full(): Error {
  return Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}
