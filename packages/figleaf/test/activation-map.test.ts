/** The activation map end to end, on the built package: that it is the classifier's, where it looks, and what a detector makes of it. */
import {
  createPool,
  findModel,
  loadDetector,
  loadExplainer,
  locateModel,
  type Pixels,
  type Pool,
  type Tensor,
} from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';

const MAP = 'activation-map';
const CLASSIFIER = 'mobilenet_v2_mid';
const { labels } = findModel(MAP).metadata;

/** Noise in blocks of many sizes, the same each time; on middle grey where a place is given. */
function noise(
  width: number,
  height: number,
  seed: number,
  only?: { x: number; y: number; side: number },
): Float32Array {
  const data = new Float32Array(width * height * 3).fill(0.5);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isThere =
        !only || (x >= only.x && x < only.x + only.side && y >= only.y && y < only.y + only.side);
      for (let channel = 0; channel < 3 && isThere; channel++) {
        const n = Math.imul((x >> 2) + 131 * (y >> 3) + 7919 * channel + seed, 2654435761) >>> 8;
        data[(y * width + x) * 3 + channel] = (n % 1000) / 1000;
      }
    }
  }
  return data;
}

describe('the activation map', () => {
  let pool: Pool;
  beforeAll(async () => {
    pool = await createPool({ workers: 1 });
    for (const id of [MAP, CLASSIFIER]) await pool.load({ id, file: await locateModel(id) });
  });
  afterAll(() => pool?.[Symbol.asyncDispose]());

  const run = async (id: string, data: Float32Array, width: number, height: number): Promise<Tensor> =>
    (await pool.run(id, { data: data.slice(), dims: [1, height, width, 3] }))[0]!;

  /** In each cell the logarithms of the probabilities: the logits, up to a number that all classes share. */
  const logits = async (data: Float32Array, width: number, height: number): Promise<Tensor> => {
    const map = await run(MAP, data, width, height);
    return { ...map, data: map.data.map((p) => Math.log(p)) };
  };

  it.each([
    [224, 224],
    [448, 320],
    [96, 640],
    [32, 32],
  ])('is what the classifier answers by its mean, at %i x %i', async (width, height) => {
    for (const seed of [1, 2]) {
      const picture = noise(width, height, seed);
      const { data, dims } = await logits(picture, width, height);
      expect(dims).toEqual([1, labels.length, height / 32, width / 32]);
      const cells = (height / 32) * (width / 32);
      const means = labels.map((_, label) =>
        Math.exp(data.subarray(label * cells, (label + 1) * cells).reduce((sum, z) => sum + z, 0) / cells),
      );
      const sum = means.reduce((total, p) => total + p, 0);
      const answer = await run(CLASSIFIER, picture, width, height);
      for (const [label, p] of means.entries()) expect(p / sum).toBeCloseTo(answer.data[label]!, 5);
    }
  });

  it('changes where the picture does: cells lie over what they see', async () => {
    const side = 448;
    const columns = side / 32;
    const plain = await logits(noise(side, side, 0, { x: 0, y: 0, side: 0 }), side, side);
    for (const place of [100, 164, 212, 260]) {
      const at = { x: place, y: side - 24 - place, side: 24 };
      const { data } = await logits(noise(side, side, 3, at), side, side);
      let [total, across, down] = [0, 0, 0];
      data.forEach((z, index) => {
        const change = (z - plain.data[index]!) ** 2;
        total += change;
        across += change * (((index % columns) + 0.5) * 32);
        down += change * ((Math.floor((index % columns ** 2) / columns) + 0.5) * 32);
      });
      expect(Math.abs(across / total - (at.x + 12))).toBeLessThan(16);
      expect(Math.abs(down / total - (at.y + 12))).toBeLessThan(16);
    }
  });
});

describe('a detector by the activation map', () => {
  it('knows one label, and takes pictures of any shape, size, tiles', async () => {
    await using detector = await loadDetector(MAP, { workers: 1 });
    expect(detector).toMatchObject({ models: [MAP], labels: ['UNSAFE_REGION'] });
    const shapes = [
      [1, 1],
      [1, 10_000],
      [700, 40],
      [900, 1200],
    ] as const;
    for (const [width, height] of shapes) {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * index) % 251);
      const { detections } = await detector.detect({ width, height, data }, { tiles: 'auto', size: 320 });
      for (const { label, category, score, box } of detections) {
        expect(label).toBe('UNSAFE_REGION');
        expect(['unsafe', 'suggestive']).toContain(category);
        expect(score).toBeGreaterThan(0.5);
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width + 1e-6);
        expect(box.y + box.height).toBeLessThanOrEqual(height + 1e-6);
      }
    }
  });

  it.skipIf(!hasData)('says what the explainer says', async () => {
    await using pool = await createPool({ workers: 1 });
    await using detector = await loadDetector(MAP, { pool });
    await using explainer = await loadExplainer({ pool });
    for (const picture of ['skimage/chelsea.png', 'dlib-faces/2009_004587.jpg']) {
      const path = dataPath('people', ...picture.split('/'));
      const [{ detections }, { regions, classes, heat, models, image }] = await Promise.all([
        detector.detect(path),
        explainer.explain(path),
      ]);
      expect(regions).toEqual(detections);
      expect(regions.length).toBeGreaterThan(0);
      expect(Object.keys(classes)).toEqual(labels);
      expect(Object.values(classes).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      expect(Math.max(...heat.data)).toBeGreaterThanOrEqual(regions[0]!.score);
      expect(models).toEqual([MAP]);
      expect(image.width / image.height).toBeCloseTo(heat.width / heat.height, 0);
    }
  });
});

describe('an explainer', () => {
  const picture: Pixels = { width: 90, height: 60, data: new Uint8Array(90 * 60 * 3).fill(77) };

  it('has a grid of the size that it is asked for', async () => {
    await using explainer = await loadExplainer({ workers: 1 });
    expect((await explainer.explain(picture)).heat).toMatchObject({ width: 14, height: 9 });
    expect((await explainer.explain(picture, { size: 96 })).heat).toMatchObject({ width: 3, height: 2 });
    const invalid = expect.objectContaining({ code: 'option-invalid' });
    await expect(explainer.explain(picture, { size: 100 })).rejects.toEqual(invalid);
  });

  it('can be cancelled, and ends', async () => {
    const explainer = await loadExplainer({ workers: 1 });
    const reason = new Error('enough');
    await expect(explainer.explain(picture, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await explainer.close();
    const disposed = expect.objectContaining({ code: 'disposed' });
    await expect(explainer.explain(picture)).rejects.toEqual(disposed);
  });
});
