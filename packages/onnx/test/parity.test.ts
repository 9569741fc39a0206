/** Parity with TensorFlow.js on a few real pictures; `parity.full.test.ts` has all of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import {
  describeFiles,
  importNsfwjs,
  importNsfwjsModel,
  NSFWJS_MODELS,
} from '../../../tools/models/nsfwjs.ts';
import { readMetadata, readModel, writeModel } from '../src/index.ts';
import { largestDifference, loadModel } from './ort.ts';
import { batchOf, expectParity, type Id, SIZES } from './parity.ts';
import { parityPictures } from './pictures.ts';
import { readPicture, startTfjs } from './tfjs.ts';

describe.skipIf(!hasData)('on real pictures', () => {
  it.each(Object.entries(SIZES) as [Id, number][])('%s at %i', async (id, size) => {
    await expectParity(id, parityPictures().slice(0, 2), size, size);
  });

  it('a free size: mobilenet_v2 at 257 x 321', async () => {
    await expectParity('mobilenet_v2', parityPictures().slice(2, 4), 257, 321);
  });

  it('a free size: mobilenet_v2_mid at 201 x 219, where its windows are padded otherwise', async () => {
    await expectParity('mobilenet_v2_mid', parityPictures().slice(2, 4), 201, 219);
  });

  it('a batch gives what its pictures give one by one', async () => {
    await startTfjs();
    const [a, b] = await Promise.all(
      ['hat', 'shirt'].map(async (kind) => readPicture(await anyPicture(kind), 224, 224)),
    );
    const session = await loadModel(importNsfwjsModel('mobilenet_v2'));
    const { data, dims } = await session.run(batchOf(a!, b!));
    expect(dims).toEqual([2, 5]);
    const alone = [...(await session.run(a!)).data, ...(await session.run(b!)).data];
    expect(largestDifference(data, alone)).toBeLessThan(1e-6);
  });
});

async function anyPicture(kind: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const folder = dataPath('clothing-small', 'test', kind);
  return join(folder, (await readdir(folder)).sort()[0]!);
}

describe('the files', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  it('are written once, the same each time, near the size of their 8-bit weights, with metadata', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figleaf-models-'));
    folders.push(folder);
    expect(await importNsfwjs(folder)).toBe(true);
    const first = await describeFiles(folder);
    expect(await importNsfwjs(folder)).toBe(false);
    await rm(join(folder, 'mobilenet_v2.onnx'));
    expect(await importNsfwjs(folder)).toBe(true);
    expect(await describeFiles(folder)).toEqual(first);
    const megabytes = Object.fromEntries(first.map(({ id, bytes }) => [id, Math.round(bytes / 1e5) / 10]));
    expect(megabytes).toEqual({
      mobilenet_v2: 2.7,
      inception_v3: 22.5,
      mobilenet_v2_mid: 4.4,
      'activation-map': 4.4,
    });
    for (const id of NSFWJS_MODELS) {
      const bytes = await readFile(join(folder, `${id}.onnx`));
      const { metadata, inputs, outputs } = readMetadata(bytes);
      expect(metadata).toMatchObject({ id, labels: ['drawing', 'hentai', 'neutral', 'porn', 'sexy'] });
      expect(metadata?.preprocessing?.width).toBe(SIZES[id]);
      expect(inputs).toEqual([{ name: 'image', shape: ['batch', 'height', 'width', 3] }]);
      expect(outputs).toEqual([{ name: 'probabilities', shape: ['batch', 5] }]);
    }
    expect(await readFile(join(folder, 'LICENSE-nsfwjs'), 'utf8')).toContain('MIT');
  });

  it('are read in 5 ms as far as their metadata goes', () => {
    const bytes = writeModel(importNsfwjsModel('inception_v3'));
    expect(bytes.length).toBeGreaterThan(22e6);
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      readMetadata(bytes);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(5);
  });

  it('are read back whole', () => {
    const model = importNsfwjsModel('mobilenet_v2_mid');
    const bytes = writeModel(model);
    const read = readModel(bytes);
    expect(read.graph.nodes).toEqual(model.graph.nodes);
    expect(Buffer.compare(writeModel(read), bytes)).toBe(0);
  });
});
