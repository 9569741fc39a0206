/** Tests of every input form in Node, and of the bad ones. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageInput } from './input.ts';
import { resolveLimits } from './limits.ts';
import { readInput } from './source.node.ts';

const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const read = (input: unknown, maxBytes?: number, signal?: AbortSignal) =>
  readInput(input as ImageInput, { limits: resolveLimits(maxBytes ? { maxBytes } : {}), signal });

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-source-'));
  file = join(folder, 'a picture.bin');
  await writeFile(file, content);
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(sizes: readonly number[]) {
  let at = 0;
  for (const size of sizes) {
    yield content.subarray(at, at + size);
    at += size;
  }
}

describe('readInput', () => {
  const inputs: readonly (readonly [string, () => unknown])[] = [
    ['a path', () => file],
    ['a file: URL', () => pathToFileURL(file)],
    ['a Buffer', () => Buffer.from(content)],
    ['a Uint8Array', () => content],
    ['another view', () => new DataView(content.slice().buffer)],
    ['an ArrayBuffer', () => content.slice().buffer],
    ['a Blob', () => new Blob([content])],
    ['a File', () => new File([content], 'a.jpg')],
    ['a web stream', () => new Blob([content]).stream()],
    ['a Node stream', () => createReadStream(file, { highWaterMark: 300 })],
    ['an async iterable', () => chunks([400, 0, 600])],
  ];
  it.each(inputs)('%s', async (_, input) => {
    const bytes = await read(input());
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(Buffer.compare(bytes as Uint8Array, content)).toBe(0);
  });

  it('Pixels as they are', async () => {
    const pixels = { width: 2, height: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
    expect(await read(pixels)).toEqual(pixels);
  });

  it('RGBA laid on white', async () => {
    const data = new Uint8ClampedArray([10, 20, 30, 255, 0, 0, 0, 0, 0, 100, 200, 128]);
    const pixels = await read({ width: 3, height: 1, data });
    expect(pixels).toEqual({
      width: 3,
      height: 1,
      data: new Uint8Array([10, 20, 30, 255, 255, 255, 127, 177, 227]),
    });
  });

  const bad: readonly (readonly [string, string, () => unknown])[] = [
    ['a missing file', 'input-not-found', () => join(folder, 'none.jpg')],
    ['a path through a file', 'input-not-found', () => join(file, 'none.jpg')],
    ['a folder', 'input-unreadable', () => folder],
    ['a path that cannot be', 'input-unreadable', () => 'a\0b'],
    ['an http: URL', 'input-unsupported', () => new URL('http://localhost/a.jpg')],
    ['zero bytes', 'input-empty', () => new Uint8Array(0)],
    ['an empty stream', 'input-empty', () => chunks([0])],
    ['an empty Blob', 'input-empty', () => new Blob([])],
    ['undefined', 'input-unsupported', () => undefined],
    ['a number', 'input-unsupported', () => 7],
    ['some object', 'input-unsupported', () => ({ a: 1 })],
    ['a stream of texts', 'input-unsupported', () => createReadStream(file, 'latin1')],
    [
      'pixels of the wrong size',
      'input-unsupported',
      () => ({ width: 2, height: 2, data: new Uint8Array(5) }),
    ],
    ['pixels in floats', 'input-unsupported', () => ({ width: 1, height: 1, data: new Float32Array(3) })],
    ['a stream that fails', 'input-unreadable', () => createReadStream(join(folder, 'none.jpg'))],
  ];
  it.each(bad)('%s: %s', async (_, code, input) => {
    await expect(read(input())).rejects.toMatchObject({ name: 'FigleafError', code });
  });

  it.each(inputs)('too large: %s', async (_, input) => {
    await expect(read(input(), 999)).rejects.toMatchObject({ code: 'input-too-large' });
  });

  it('stops a stream as soon as it is too large', async () => {
    let asked = 0;
    let closed = false;
    async function* endless() {
      try {
        for (;;) {
          asked++;
          yield content;
        }
      } finally {
        closed = true;
      }
    }
    await expect(read(endless(), 2500)).rejects.toMatchObject({ code: 'input-too-large' });
    expect([asked, closed]).toEqual([3, true]);
  });

  it('limits raw pixels', async () => {
    const pixels = { width: 100, height: 100, data: new Uint8Array(30_000) };
    const limits = resolveLimits({ maxPixels: 9_999 });
    await expect(readInput(pixels, { limits })).rejects.toMatchObject({ code: 'image-too-many-pixels' });
  });

  it('can be aborted, also while a stream is silent', async () => {
    await expect(read(file, undefined, AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
    const controller = new AbortController();
    const silent = new ReadableStream({ start: (stream) => stream.enqueue(content) });
    const reading = read(silent, undefined, controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
  });
});
