/** Tests of the pool with real worker threads and ONNX Runtime, on the built package. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import {
  createPool,
  decodeImage,
  hammingDistance,
  type Pool,
  pdq,
  pdqRotations,
  type Tensor,
  toHex,
} from 'figleaf';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityModel, meanColourModel, SLOW_WIDTH, slowModel } from '../../test/tiny-models.ts';

const four: Tensor = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 4] };
const rows = (count: number): Tensor => ({
  data: new Float32Array(count * SLOW_WIDTH).fill(1),
  dims: [count, SLOW_WIDTH],
});
const request = {
  width: 4,
  height: 4,
  layout: 'NHWC',
  channels: 'RGB',
  resize: 'bilinear-antialiased',
} as const;
const grey = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3).fill(51) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-pool-'));
  await writeFile(join(folder, 'identity.onnx'), identityModel());
  await writeFile(join(folder, 'slow.onnx'), slowModel());
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** The worker threads that are started from now on. */
function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  process.on('worker', (worker) => workers.push(worker));
  return workers;
}
afterEach(() => process.removeAllListeners('worker'));

describe.each(['native', 'wasm'] as const)('a pool on the %s runtime', (runtime) => {
  let pool: Pool;
  beforeEach(async () => {
    vi.stubEnv('FIGLEAF_RUNTIME', runtime);
    pool = await createPool({ workers: 2 });
  });
  afterEach(() => pool[Symbol.asyncDispose]());

  it('says which runtime it is', () => {
    expect(pool).toMatchObject({ runtime, workers: 2 });
  });

  it('loads a model from a file or bytes, and tells its inputs and outputs', async () => {
    const expected = {
      inputs: [{ name: 'input', type: 'float32', dims: ['n', 4] }],
      outputs: [{ name: 'output', type: 'float32', dims: ['n', 4] }],
    };
    expect(await pool.load({ id: 'a', file: join(folder, 'identity.onnx') })).toEqual({
      id: 'a',
      ...expected,
    });
    expect(await pool.load({ id: 'b', bytes: identityModel() })).toEqual({ id: 'b', ...expected });
  });

  it('runs a model and leaves the input as it was', async () => {
    await pool.load({ id: 'identity', bytes: identityModel() });
    expect(await pool.run('identity', four)).toEqual([four]);
    expect(await pool.run('identity', four)).toEqual([four]);
  });

  it('answers many runs, each its own', async () => {
    await pool.load({ id: 'identity', bytes: identityModel() });
    const inputs = Array.from({ length: 50 }, (_, i) => ({
      data: new Float32Array(4).fill(i),
      dims: [1, 4],
    }));
    const outputs = await Promise.all(inputs.map((input) => pool.run('identity', input)));
    expect(outputs.map(([output]) => output)).toEqual(inputs);
  });

  it('names what is wrong with a model or an input', async () => {
    await expect(pool.load({ id: 'x', bytes: new Uint8Array(100) })).rejects.toMatchObject({
      code: 'model-invalid',
    });
    await expect(pool.load({ id: 'y', file: join(folder, 'none.onnx') })).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringContaining('none.onnx'),
    });
    await expect(pool.run('z', four)).rejects.toMatchObject({ code: 'model-unknown' });
    await pool.load({ id: 'identity', bytes: identityModel() });
    const odd = { data: new Float32Array(4), dims: [2, 2] };
    await expect(pool.run('identity', odd)).rejects.toMatchObject({ code: 'model-invalid' });
    expect(await pool.run('identity', four)).toEqual([four]);
  });

  it('prepares pixels, a tensor for each request', async () => {
    const narrow = { ...request, width: 2 };
    const { image, tensors } = await pool.prepare(grey, [
      { preprocessing: request },
      { preprocessing: narrow },
    ]);
    expect(image).toEqual({ width: 8, height: 8, format: 'pixels', frameCount: 1, truncated: false });
    expect(tensors.map((frame) => frame.map(({ length }) => length))).toEqual([[4 * 4 * 3, 4 * 2 * 3]]);
    for (const value of tensors.flat().flatMap((tensor) => [...tensor])) expect(value).toBeCloseTo(0.2, 6);
    expect(grey.data).toHaveLength(8 * 8 * 3);
  });

  it('asks what a plan makes of the size of a picture, and shows the parts that it names', async () => {
    await pool.load({ id: 'a', bytes: meanColourModel() });
    // Black on the left, white on the right.
    const data = new Uint8Array(20 * 10 * 3).map((_, index) => (index % 60 < 30 ? 0 : 255));
    const picture = { width: 20, height: 10, data };
    const part = (x: number, ground: number) => ({
      modelId: 'a',
      preprocessing: request,
      placement: {
        view: { x, y: 0, width: 10, height: 10 },
        scaled: { width: 6, height: 6 },
        ...{ left: 0, top: 0, width: 6, height: 12, ground },
      },
    });
    const sizes: unknown[] = [];
    const stagesFor = (size: unknown) => {
      sizes.push(size);
      return [{ questions: [part(0, 0)] }, { questions: [part(10, 0), part(0, 255)] }];
    };
    const asked = Array.from({ length: 6 }, () => pool.ask(picture, { modelId: 'a', stagesFor }));
    for (const { answers } of await Promise.all(asked)) {
      const means = answers[0]!.map(([output]) => output!.data[0]);
      expect(means).toEqual([0, expect.closeTo(0.5), expect.closeTo(0.5)]);
    }
    expect(sizes).toEqual(new Array(6).fill({ width: 20, height: 10 }));
    const failing = () => {
      throw new Error('no plan');
    };
    await expect(pool.ask(picture, { modelId: 'a', stagesFor: failing })).rejects.toThrow('no plan');
  });

  it('asks in stages, until the answers are enough', async () => {
    await pool.load({ id: 'a', bytes: meanColourModel() });
    await pool.load({ id: 'b', bytes: meanColourModel() });
    const red = { width: 10, height: 10, data: new Uint8Array(300).map((_, index) => (index % 3 ? 0 : 255)) };
    const stages = (below: number) => [
      {
        questions: [{ modelId: 'a', preprocessing: request }],
        enough: [{ weights: [1, 0, 0], below }],
      },
      {
        questions: [
          { modelId: 'b', preprocessing: request, crop: 0.5 },
          { modelId: 'a', preprocessing: request },
        ],
      },
    ];
    // Several at a time, so that some run where they were decoded and some do not.
    for (const [below, answers] of [
      [2, 1],
      [0.5, 3],
    ] as const) {
      const asked = Array.from({ length: 6 }, () => pool.ask(red, stages(below)));
      for (const { answers: frames } of await Promise.all(asked)) {
        expect(frames).toHaveLength(1);
        expect(frames[0]!.map(([output]) => [...output!.data])).toEqual(Array(answers).fill([1, 0, 0]));
      }
    }
  });

  it('lets several ask about one picture, each with stages of its own', async () => {
    await pool.load({ id: 'a', bytes: meanColourModel() });
    await pool.load({ id: 'b', bytes: meanColourModel() });
    const red = { width: 10, height: 20, data: new Uint8Array(600).map((_, index) => (index % 3 ? 0 : 255)) };
    const question = (modelId: string) => ({ modelId, preprocessing: request });
    const staged = (below: number) => [
      { questions: [question('a')], enough: [{ weights: [1, 0, 0], below }] },
      { questions: [question('b'), question('b')] },
    ];
    const sizes: unknown[] = [];
    const plan = {
      modelId: 'b',
      stagesFor: (size: unknown) => {
        sizes.push(size);
        return [{ questions: [question('b')] }, { questions: [question('a')] }];
      },
    };
    // What is enough for the one spares the other nothing, whoever comes first and wherever it runs.
    for (const [below, left] of [
      [2, 1],
      [0.5, 3],
    ] as const) {
      for (const isFirst of [true, false]) {
        const together = isFirst ? [staged(below), plan] : [plan, staged(below)];
        const asked = Array.from({ length: 4 }, () => pool.askTogether(red, together));
        for (const { image, answers } of await Promise.all(asked)) {
          expect(image).toMatchObject({ width: 10, height: 20 });
          const counts = answers.map((frames) => frames.map((frame) => frame.length));
          expect(counts).toEqual(isFirst ? [[left], [2]] : [[2], [left]]);
          for (const [output] of answers.flat(2)) expect([...output!.data]).toEqual([1, 0, 0]);
        }
      }
    }
    expect(sizes).toEqual(new Array(16).fill({ width: 10, height: 20 }));
    const unknown = [{ questions: [question('none')] }];
    await expect(pool.askTogether(red, [staged(2), unknown])).rejects.toMatchObject({
      code: 'model-unknown',
    });
  });

  it('rejects an aborted run within 200 ms, though it goes on', async () => {
    await pool.load({ id: 'slow', bytes: slowModel() });
    await expect(
      pool.run('slow', rows(runtime === 'native' ? 1000 : 200), { signal: AbortSignal.abort('before') }),
    ).rejects.toBe('before');
    const controller = new AbortController();
    const run = pool.run('slow', rows(runtime === 'native' ? 1000 : 200), { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    controller.abort('enough');
    await expect(run).rejects.toBe('enough');
    expect(performance.now() - start).toBeLessThan(200);
  });

  it('lets running work end when it is disposed of, and refuses more', async () => {
    await pool.load({ id: 'slow', bytes: slowModel() });
    const run = pool.run('slow', rows(50));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const disposed = pool[Symbol.asyncDispose]();
    await expect(pool.run('slow', rows(1))).rejects.toMatchObject({ code: 'disposed' });
    await expect(pool.prepare(grey, [{ preprocessing: request }])).rejects.toMatchObject({
      code: 'disposed',
    });
    await expect(pool.load({ id: 'slow', bytes: slowModel() })).rejects.toMatchObject({ code: 'disposed' });
    const [output] = await run;
    expect(output!.data[0]).toBeCloseTo(1, 3);
    await disposed;
  });
});

describe('createPool', () => {
  it('refuses numbers of workers that cannot be', async () => {
    for (const workers of [0, -1, 1.5, Number.NaN, 1000]) {
      await expect(createPool({ workers })).rejects.toMatchObject({ code: 'option-invalid' });
    }
  });

  it('refuses a runtime that is none', async () => {
    vi.stubEnv('FIGLEAF_RUNTIME', 'gpu');
    await expect(createPool({ workers: 1 })).rejects.toMatchObject({ code: 'option-invalid' });
  });

  it('can be given up', async () => {
    const listeners = process.listenerCount('exit');
    await expect(createPool({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const controller = new AbortController();
    const starting = createPool({ workers: 2, signal: controller.signal });
    controller.abort('changed my mind');
    await expect(starting).rejects.toBe('changed my mind');
    await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(listeners), { timeout: 10_000 });
  });

  it('leaves nothing behind when disposed of', async () => {
    const listeners = process.listenerCount('exit');
    const workers = watchWorkers();
    const exits: Promise<unknown>[] = [];
    process.on('worker', (worker) => exits.push(new Promise((resolve) => worker.once('exit', resolve))));
    const pool = await createPool({ workers: 2 });
    await pool.load({ id: 'identity', bytes: identityModel() });
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    await pool[Symbol.asyncDispose]();
    await Promise.all(exits);
    expect(workers.length).toBeGreaterThan(0);
    expect(process.listenerCount('exit')).toBe(listeners);
    await pool[Symbol.asyncDispose]();
  });

  it('replaces a worker that dies and does its job again', async () => {
    // On wasm, since ending a thread inside native code would end the test along with it.
    vi.stubEnv('FIGLEAF_RUNTIME', 'wasm');
    const workers = watchWorkers();
    await using pool = await createPool({ workers: 1 });
    await pool.load({ id: 'slow', bytes: slowModel() });
    const run = pool.run('slow', rows(50));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await workers[0]!.terminate();
    const [output] = await run;
    expect(output!.data[0]).toBeCloseTo(1, 3);
    expect(workers).toHaveLength(2);
  });

  it('reports a job under which workers keep dying', async () => {
    vi.stubEnv('FIGLEAF_RUNTIME', 'wasm');
    const workers = watchWorkers();
    await using pool = await createPool({ workers: 1 });
    await pool.load({ id: 'slow', bytes: slowModel() });
    process.on('worker', (worker) => setImmediate(() => worker.terminate()));
    const outcome = expect(pool.run('slow', rows(50)).then(() => 'ran')).rejects.toMatchObject({
      code: 'worker-crashed',
    });
    await workers[0]!.terminate();
    await outcome;
    expect(workers.length).toBeLessThanOrEqual(4);
  });

  it('lets a program end that forgets its pool, after the last run', async () => {
    const program = fileURLToPath(new URL('../../test/fixtures/forget.mjs', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [program, join(folder, 'slow.onnx')],
      {
        timeout: 10_000,
      },
    );
    expect(Number(stdout)).toBeCloseTo(1, 3);
    expect(stderr).toBe('');
  });
});

describe('reduce', () => {
  // Waves, so that there is something to see and to hash.
  const waves = Uint8Array.from({ length: 300 * 400 * 3 }, (_, index) => {
    const [x, y] = [Math.floor(index / 3) % 300, Math.floor(index / 900)];
    return 128 + 60 * Math.sin((x * (1 + (index % 3))) / 30) + 60 * Math.cos((y * x) / 2000);
  });
  const photo = sharp(waves, { raw: { width: 300, height: 400, channels: 3 } });
  let pool: Pool;
  beforeAll(async () => {
    pool = await createPool({ workers: 2 });
  });
  afterAll(() => pool[Symbol.asyncDispose]());

  it('makes a JPEG of the wished height, and tells what the original looks like', async () => {
    const png = await photo.clone().png().toBuffer();
    const { image, size, jpeg, hashes } = await pool.reduce(png, { maxHeight: 100 });
    expect(image).toMatchObject({ width: 300, height: 400, format: 'png', truncated: false });
    expect(size).toEqual({ width: 75, height: 100 });
    expect(await sharp(jpeg!).metadata()).toMatchObject({
      format: 'jpeg',
      ...size,
      chromaSubsampling: '4:4:4',
    });
    const { frames } = await decodeImage(png);
    expect(hashes).toEqual([pdq(frames[0]!)]);
    // A copy of another size is as good as the same at one size.
    const copy = await photo.clone().resize(100, 120, { fit: 'fill' }).png().toBuffer();
    const [one, other] = await Promise.all(
      [png, copy].map(async (bytes) => (await pool.reduce(bytes, { maxHeight: 100 })).oneSizeHashes[0]!),
    );
    expect(hammingDistance(one!.hash, other!.hash)).toBeLessThanOrEqual(10);
    const turned = await pool.reduce(png, { maxHeight: 100, rotations: true });
    expect(turned.hashes).toEqual(pdqRotations(frames[0]!));
    expect(turned.oneSizeHashes).toHaveLength(8);
    expect(turned.oneSizeHashes[0]).toEqual(one);
  });

  it('gives the same digest to the same pixels, however they are stored, and to no others', async () => {
    const digestOf = async (made: Sharp) =>
      toHex((await pool.reduce(await made.toBuffer(), { maxHeight: 50 })).pixelDigest);
    const [png, webp, other, flat] = await Promise.all([
      digestOf(photo.clone().png()),
      digestOf(photo.clone().webp({ lossless: true })),
      digestOf(photo.clone().jpeg()),
      digestOf(sharp(waves, { raw: { width: 400, height: 300, channels: 3 } }).png()),
    ]);
    expect(webp).toBe(png);
    expect(new Set([png, other, flat]).size).toBe(3);
  });

  it('leaves a JPEG as it is that is low enough, and enlarges nothing', async () => {
    const bytes = await photo.clone().jpeg().toBuffer();
    expect(await pool.reduce(bytes, { maxHeight: 400 })).toMatchObject({
      jpeg: null,
      size: { width: 300, height: 400 },
    });
    const turned = await photo.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const upright = await pool.reduce(turned, { maxHeight: 400 });
    expect(upright.size).toEqual({ width: 400, height: 300 });
    expect(upright.jpeg).not.toBeNull();
    const png = await pool.reduce(await photo.clone().png().toBuffer(), { maxHeight: 1000 });
    expect(png.size).toEqual({ width: 300, height: 400 });
    expect(png.jpeg).not.toBeNull();
  });

  it('refuses what is no picture, and a height that is none', async () => {
    await expect(pool.reduce(new Uint8Array(100), { maxHeight: 100 })).rejects.toMatchObject({
      code: 'not-an-image',
    });
    await expect(pool.reduce(new Uint8Array(100), { maxHeight: 0 })).rejects.toMatchObject({
      code: 'option-invalid',
    });
  });
});
