/** Pictures of a run: which can be decoded is found out once for all runs, and what comes out is the same either way. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFolders } from '@figleaf/lab';
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { createPool, type Pool } from 'figleaf';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { DataSet } from '../../src/data-set/data-set.ts';
import { Pictures, type ReadOptions } from '../../src/train/pictures.ts';
import { Verdicts } from '../../src/train/verdicts.ts';
import { drawColours } from '../drawn.ts';
import { TINY } from '../tiny.ts';

const ODD = [
  ['blue/cut.png', 'image-truncated'],
  ['red/empty.png', 'input-empty'],
  ['red/text.png', 'not-an-image'],
] as const;

let pool: Pool;
let folder = '';
let data: DataSet;
beforeAll(async () => {
  pool = await createPool({ workers: 1 });
});
afterAll(() => pool[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-pictures-'));
  await drawColours(at('data'), 3);
  await writeFile(at('data/red/text.png'), 'no picture');
  await writeFile(at('data/red/empty.png'), '');
  await writeFile(at('data/blue/cut.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  data = await readFolders(at('data'), { seed: 1 });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

interface Seen {
  readonly pictures: Pictures;
  /** How many were decoded, or tried to be. */
  readonly decoded: number;
}

async function read(more: Partial<ReadOptions> = {}): Promise<Seen> {
  const { preprocessing = TINY.preprocessing } = more;
  const prepare = vi.spyOn(pool, 'prepare');
  const verdicts = await Verdicts.open(folder, preprocessing);
  const pictures = await Pictures.read(data, { pool, preprocessing, verdicts, ...more });
  const decoded = prepare.mock.calls.length;
  prepare.mockRestore();
  return { pictures, decoded };
}

const told = ({ samples, skipped, manifest, hashes }: Pictures): object => ({
  ...{ samples, skipped, manifest },
  hashes: [...hashes].sort(),
});

/** Those that are learned from. */
const fed = async (pictures: Pictures) => {
  const learned = pictures.samples.filter(({ part }) => part === 'train');
  return (await pictures.feeds(learned, 0)).images!.data;
};

async function verdictFile(): Promise<string> {
  const [name, ...others] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  expect(others).toEqual([]);
  return at(name!);
}

it('are decoded by the first run alone, and come out the same', async () => {
  const first = await read();
  expect(first.decoded).toBe(12);
  expect(first.pictures.skipped.map(({ name, code }) => [name, code])).toEqual(ODD);
  const second = await read();
  expect(second.decoded).toBe(0);
  expect(told(second.pictures)).toEqual(told(first.pictures));
  expect(await fed(second.pictures)).toEqual(await fed(first.pictures));
});

it('are decoded when they are needed, and once where they fit into memory', async () => {
  const learnedCount = (await read()).pictures.samples.filter(({ part }) => part === 'train').length;
  expect(learnedCount).toBeGreaterThan(3);
  for (const [memory, times] of [
    [2 ** 20, 1],
    [0, 2],
  ] as const) {
    const { pictures } = await read({ memory });
    const prepare = vi.spyOn(pool, 'prepare');
    expect(await fed(pictures)).toEqual(await fed(pictures));
    expect(prepare).toHaveBeenCalledTimes(learnedCount * times);
    prepare.mockRestore();
  }
});

it('are the same where none is kept in memory', async () => {
  const kept = await fed((await read()).pictures);
  expect(await fed((await read({ memory: 0 })).pictures)).toEqual(kept);
});

it('are not rounded where they are measured: so the finished model sees them', async () => {
  const preprocessing: Preprocessing = { ...TINY.preprocessing, width: 13 };
  const noise = Uint8Array.from({ length: 20 * 16 * 3 }, (_, index) => (index * 37) % 256);
  const raw = { width: 20, height: 16, channels: 3 } as const;
  await writeFile(at('data/red/1.png'), await sharp(noise, { raw }).png().toBuffer());
  const { pictures } = await read({ preprocessing });
  const measured = (await pictures.feeds(pictures.samples, null)).images!.data as Float32Array;
  const seen = await Promise.all(
    pictures.samples.map(async ({ path }) => (await pool.prepare(path, [{ preprocessing }])).tensors[0]![0]!),
  );
  expect([...measured]).toEqual(seen.flatMap((tensor) => [...tensor]));
  const rounded = (await pictures.feeds(pictures.samples, 0)).images!.data as Float32Array;
  const most = Math.max(...measured.map((value, index) => Math.abs(value - rounded[index]!)));
  expect(most).toBeGreaterThan(1e-4);
  expect(most).toBeLessThan(0.5 / 255 / Math.min(1, ...(preprocessing.std ?? [1])) + 1e-5);
});

it('are decoded again where their bytes are others, and no more than those', async () => {
  await read();
  await writeFile(at('data/red/1.png'), 'no picture any more');
  await writeFile(at('data/red/text.png'), await readFile(at('data/red/2.png')));
  const { pictures, decoded } = await read();
  expect(decoded).toBe(1);
  expect(pictures.skipped.map(({ name }) => name)).toEqual(['blue/cut.png', 'red/1.png', 'red/empty.png']);
  expect((await read()).decoded).toBe(0);
});

it('are decoded again where they are wanted in another size, but not for another mean', async () => {
  await read();
  const other: Preprocessing = { ...TINY.preprocessing, mean: [0, 0, 0], layout: 'NHWC' };
  expect((await read({ preprocessing: other })).decoded).toBe(0);
  expect((await read({ preprocessing: { ...other, width: 20 } })).decoded).toBe(12);
  expect((await read()).decoded).toBe(0);
});

it('are tried again where it may have been no fault of theirs', async () => {
  const tiff = Buffer.from('49492a00', 'hex');
  await writeFile(at('data/red/1.png'), Buffer.concat([tiff, Buffer.alloc(300)]));
  const first = await read();
  expect(first.pictures.skipped.map(({ code }) => code)).toContain('image-corrupt');
  const second = await read();
  expect(second.decoded).toBe(1);
  expect(told(second.pictures)).toEqual(told(first.pictures));
});

it.each<[string, (whole: string) => string]>([
  ['is cut short', (whole) => whole.slice(0, -80)],
  ['lacks a line', (whole) => whole.replace(/\n.*\n/, '\n')],
  ['has another digit', (whole) => whole.replace(/\["./, (begin) => `["${begin.endsWith('0') ? 1 : 0}`)],
  ['says something else', (whole) => whole.replace('not-an-image', 'image-svg-refused')],
  ['goes on', (whole) => `${whole}["00"]\n`],
  ['is of another version', (whole) => whole.replace('"version":1', '"version":0')],
  ['is something else', () => '\0'.repeat(200_000)],
  ['is empty', () => ''],
])('are decoded again where the file of verdicts %s', async (_, damage) => {
  const first = await read();
  const path = await verdictFile();
  const whole = await readFile(path, 'utf8');
  await writeFile(path, damage(whole));
  const again = await read();
  expect(again.decoded).toBe(12);
  expect(told(again.pictures)).toEqual(told(first.pictures));
  const linesOf = (text: string): string[] => text.split('\n').slice(0, -2).sort();
  expect(linesOf(await readFile(path, 'utf8'))).toEqual(linesOf(whole));
  expect((await read()).decoded).toBe(0);
});

it('are known again after a reading that was stopped', async () => {
  const stop = new AbortController();
  const onRead = (done: number): void => {
    if (done === 6) stop.abort();
  };
  const failure = await read({ signal: stop.signal, onRead }).catch((error: unknown) => error);
  expect(failure).toBe(stop.signal.reason);
  vi.restoreAllMocks();
  const { decoded } = await read();
  expect(decoded).toBeGreaterThan(0);
  expect(decoded).toBeLessThanOrEqual(6);
});

it('that change while a run goes on end it', async () => {
  await read();
  const { pictures } = await read();
  const [sample] = pictures.samples;
  await writeFile(sample!.path, await readFile(at('data/green/2.png')));
  await expect(pictures.pixels(sample!)).rejects.toMatchObject({
    code: 'input-unreadable',
    message: expect.stringContaining('begin again'),
  });
});

it('that cannot be decoded any more are named, with what to do', async () => {
  const path = at('data/red/1.png');
  await read();
  const verdicts = await Verdicts.open(folder, TINY.preprocessing);
  // As if another version had been able to.
  await writeFile(path, 'no picture');
  const { pictures } = await read({ verdicts: Object.assign(verdicts, { find: () => null }) });
  const sample = pictures.samples.find(({ name }) => name === 'red/1.png')!;
  await expect(pictures.pixels(sample)).rejects.toMatchObject({
    code: 'not-an-image',
    message: expect.stringMatching(/1\.png' could be decoded before, and now cannot: .*\.features/),
  });
});

it('are refused where two share a name', async () => {
  const [first, ...others] = data.samples;
  data = { ...data, samples: [first!, ...others, { ...others[0]!, name: first!.name }] };
  await expect(read()).rejects.toMatchObject({
    code: 'data-set-invalid',
    message: expect.stringContaining(`two pictures are called '${first!.name}'`),
  });
});

it('say in the manifest what they were made of, which leaves the run the same', async () => {
  const plain = (await read()).pictures;
  expect(plain.dataHash).toBe(plain.manifestHash);
  const originalSha256 = 'a'.repeat(64);
  const verdicts = await Verdicts.open(folder, TINY.preprocessing);
  const made = { ...data, samples: data.samples.map((sample) => ({ ...sample, originalSha256 })) };
  const told = await Pictures.read(made, { pool, preprocessing: TINY.preprocessing, verdicts });
  for (const line of told.manifest.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ originalSha256 });
  expect(told.dataHash).toBe(plain.dataHash);
  expect(told.manifestHash).not.toBe(plain.manifestHash);
});
