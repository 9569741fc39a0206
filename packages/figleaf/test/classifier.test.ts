/** The classifier on the built package: choices of models, inputs, batches, and everything that can be wrong. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readMetadata, readModel, writeMetadata, writeModel } from '@figleaf/onnx';
import { type Classifier, FigleafError, findModel, loadClassifier, type ModelMetadata } from 'figleaf';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { meanColourModel } from './tiny-models.ts';

const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/pictures/${name}`, import.meta.url));
const MODEL = fileURLToPath(new URL('../models/mobilenet_v2.onnx', import.meta.url));
const CLASSES = ['drawing', 'hentai', 'neutral', 'porn', 'sexy'];

function plainPicture(background: { r: number; g: number; b: number }): Promise<Buffer> {
  return sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .png()
    .toBuffer();
}

/** The default model under another description of itself, or none. */
async function modelSaying(metadata: Partial<ModelMetadata> | null): Promise<Uint8Array> {
  const bytes = await readFile(MODEL);
  const model = readModel(bytes);
  if (!metadata) return writeModel({ ...model, metadata: {} });
  const stated = readMetadata(bytes).metadata as ModelMetadata;
  return writeModel(writeMetadata(model, { ...stated, ...metadata }));
}

describe('one classifier', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await loadClassifier({ profile: 'fast' });
  });
  afterAll(() => classifier.close());

  it('gives every class and three scores that sum to 1', async () => {
    const { classes, scores, models, image, frames } = await classifier.classify(picture('cat.png'));
    expect(Object.keys(classes)).toEqual(CLASSES);
    expect(Object.values(classes).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(scores!.unsafe).toBeCloseTo(classes.porn! + classes.hentai!, 9);
    expect(scores!.safe).toBeCloseTo(classes.neutral! + classes.drawing!, 9);
    expect(scores!.suggestive).toBe(classes.sexy);
    expect(models).toEqual(['mobilenet_v2']);
    expect(image).toEqual({ width: 900, height: 900, format: 'png', frameCount: 1, truncated: false });
    expect(frames).toBe(1);
  });

  it('gives the same answer in whatever form the picture comes', async () => {
    const path = picture('sunset.jpg');
    const bytes = await readFile(path);
    const expected = await classifier.classify(path);
    const forms = [pathToFileURL(path), bytes, new Uint8Array(bytes).buffer, new Blob([bytes])];
    for (const form of [...forms, new Blob([bytes]).stream()]) {
      expect((await classifier.classify(form)).classes).toEqual(expected.classes);
    }
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('judges several frames of an animation and answers with the worst', async () => {
    const all = await classifier.classify(picture('leaf.gif'));
    expect(all).toMatchObject({ frames: 3, image: { frameCount: 3 } });
    const first = await classifier.classify(picture('leaf.gif'), { frames: 1 });
    expect(first.frames).toBe(1);
    expect(all.scores!.unsafe).toBeGreaterThanOrEqual(first.scores!.unsafe);
  });

  it('lets a large JPEG shrink while decoding when asked to, and says the size of the original', async () => {
    const large = await sharp(picture('sunset.jpg')).resize(4000, 3000, { fit: 'fill' }).jpeg().toBuffer();
    const full = await classifier.classify(large);
    const scaled = await classifier.classify(large, { scaledDecode: true });
    expect(scaled.image).toEqual(full.image);
    expect(scaled.image).toMatchObject({ width: 4000, height: 3000 });
    expect(scaled.classes).not.toEqual(full.classes);
    expect(Math.abs(scaled.scores!.unsafe - full.scores!.unsafe)).toBeLessThan(0.1);
  });

  it('goes through many in their order, and past those that are broken', async () => {
    const inputs = [picture('cat.png'), 'nowhere.jpg', picture('portrait.bmp'), picture('shapes.png')];
    const outcomes = [];
    for await (const outcome of classifier.classifyAll(inputs)) outcomes.push(outcome);
    expect(outcomes.map(({ input }) => input)).toEqual(inputs);
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      undefined,
      'input-not-found',
      undefined,
      undefined,
    ]);
  });

  it('rejects with the reason of an abort, before and during', async () => {
    const reason = new Error('enough');
    await expect(classifier.classify(picture('cat.png'), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const running = classifier.classify(picture('cat.png'), { signal: controller.signal });
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('ensembles', () => {
  it('are the weighted mean of their models', async () => {
    const models = ['mobilenet_v2', 'mobilenet_v2_mid'];
    const answers = [];
    for (const model of models) {
      await using single = await loadClassifier(model);
      answers.push((await single.classify(picture('hand.avif'))).classes);
    }
    await using both = await loadClassifier({ models, weights: [3, 1] });
    const { classes } = await both.classify(picture('hand.avif'));
    for (const name of CLASSES) {
      expect(classes[name]).toBeCloseTo(0.75 * answers[0]![name]! + 0.25 * answers[1]![name]!, 5);
    }
  });

  it.each([
    [{ models: [] }, 'at least one model'],
    [{ models: ['mobilenet_v2'], weights: [1, 2] }, '2 weights for 1 models'],
    [{ models: ['mobilenet_v2', 'mobilenet_v2'] }, "both called 'mobilenet_v2'"],
    [{ profile: 'wild' as 'fast' }, "no profile 'wild'"],
    [{} as { profile: 'fast' }, 'names no model'],
    [3 as unknown as string, 'names no model'],
    [null as unknown as string, 'names no model'],
  ])('refuse %j', async (choice, message) => {
    await expect(loadClassifier(choice)).rejects.toThrow(message);
  });
});

describe('options that cannot be', () => {
  it.each([
    [{ limits: { maxPixels: -1 } }, 'limits.maxPixels is -1'],
    [{ workers: 0 }, 'workers is 0'],
  ])('%j are refused when loading', async (options, message) => {
    await expect(loadClassifier('mobilenet_v2', options)).rejects.toThrow(message);
  });
});

describe("a model of one's own", () => {
  const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('runs by its own metadata, from bytes or a file', async () => {
    const bytes = await modelSaying({
      id: 'mine',
      labels: ['hat', 'shoe', 'shirt', 'dress', 'bag'],
      taxonomy: {},
    });
    const path = join(tmpdir(), `figleaf-mine-${process.pid}.onnx`);
    await writeFile(path, bytes);
    for (const choice of [bytes, path, pathToFileURL(path)]) {
      await using classifier = await loadClassifier(choice);
      const { scores, classes, models } = await classifier.classify(picture('cat.png'));
      expect(models).toEqual(['mine']);
      expect(Object.keys(classes)).toEqual(['hat', 'shoe', 'shirt', 'dress', 'bag']);
      expect(scores).toBeNull();
    }
  });

  it('runs by the description given where it says nothing of itself', async () => {
    const bytes = await modelSaying(null);
    expect(await rejection(loadClassifier(bytes))).toMatchObject({
      code: 'model-unsupported',
      message: expect.stringContaining('labels'),
    });
    const stated = readMetadata(await readFile(MODEL)).metadata as ModelMetadata;
    const { preprocessing } = stated;
    await using classifier = await loadClassifier(bytes, { description: { labels: CLASSES, preprocessing } });
    const { scores } = await classifier.classify(picture('cat.png'));
    expect(scores!.safe).toBeGreaterThan(0.9);
  });

  it('must give probabilities', async () => {
    // Logits stand in front of the softmax: without its last node the model gives those.
    const { graph, ...model } = readModel(await readFile(MODEL));
    const last = graph.nodes.at(-1)!;
    expect(last.opType).toBe('Softmax');
    const outputs = graph.outputs.map((output) => ({ ...output, name: last.inputs[0]! }));
    const bytes = writeModel({ ...model, graph: { ...graph, nodes: graph.nodes.slice(0, -1), outputs } });
    await using wrong = await loadClassifier(bytes);
    expect(await rejection(wrong.classify(picture('cat.png')))).toMatchObject({ code: 'model-unsupported' });
    await using right = await loadClassifier(bytes, { description: { output: 'logits' } });
    await using whole = await loadClassifier('mobilenet_v2');
    const [a, b] = await Promise.all([right, whole].map((each) => each.classify(picture('cat.png'))));
    for (const name of CLASSES) expect(a!.classes[name]).toBeCloseTo(b!.classes[name]!, 5);
  });

  it('divides logits by the temperature that the model was calibrated with', async () => {
    const preprocessing = {
      width: 8,
      height: 8,
      layout: 'NHWC',
      channels: 'RGB',
      resize: 'nearest',
    } as const;
    const description = { labels: ['nsfw', 'sfw', 'sea'], preprocessing, output: 'logits' } as const;
    const blue = { width: 1, height: 1, data: new Uint8Array([0, 0, 255, 255]) };
    const classesAt = async (calibration?: { readonly temperature: number }) => {
      const options = { description: { ...description, ...(calibration && { calibration }) } };
      await using classifier = await loadClassifier(meanColourModel(), options);
      return (await classifier.classify(blue)).classes;
    };
    expect((await classesAt()).sea).toBeCloseTo(Math.E / (Math.E + 2), 5);
    const power = Math.exp(1 / 4);
    expect((await classesAt({ temperature: 4 })).sea).toBeCloseTo(power / (power + 2), 5);
    await expect(classesAt({ temperature: 0 })).rejects.toMatchObject({ code: 'model-unsupported' });
  });

  it('may give labels that do not exclude each other, and has no scores then', async () => {
    const { mean: _, std: __, ...preprocessing } = findModel('mobilenet_v2').metadata.preprocessing;
    const description = { labels: ['nsfw', 'sfw', 'sea'], preprocessing, output: 'independent' } as const;
    await using classifier = await loadClassifier(meanColourModel(), { description });
    const { classes, scores } = await classifier.classify(await plainPicture({ r: 255, g: 204, b: 51 }));
    expect(scores).toBeNull();
    expect(classes.nsfw).toBeCloseTo(1, 2);
    expect(classes.sfw).toBeCloseTo(0.8, 2);
    expect(classes.sea).toBeCloseTo(0.2, 2);
    const wide = { ...description, preprocessing: { ...preprocessing, std: [0.5, 0.5, 0.5] as const } };
    await using wrong = await loadClassifier(meanColourModel(), { description: wide });
    expect(await rejection(wrong.classify(await plainPicture({ r: 255, g: 0, b: 0 })))).toMatchObject({
      code: 'model-unsupported',
      message: expect.stringContaining('from 0 to 1'),
    });
  });

  it('is refused with a code that says why', async () => {
    const whole = await readFile(MODEL);
    const cases: [Uint8Array | string, string][] = [
      [await modelSaying({ labels: ['one', 'two'] }), 'model-labels-mismatch'],
      [await modelSaying({ task: 'detect' }), 'model-unsupported'],
      [whole.subarray(0, 1000), 'model-invalid'],
      [new TextEncoder().encode('no model at all'), 'model-invalid'],
      ['./nowhere.onnx', 'model-not-found'],
      ['mobilenet', 'model-unknown'],
      ['nudenet-320n', 'model-unsupported'],
      [
        await modelSaying({
          preprocessing: {
            ...findModel('mobilenet_v2').metadata.preprocessing,
            letterbox: { fit: 'corner' },
          },
        }),
        'model-unsupported',
      ],
    ];
    for (const [choice, code] of cases) {
      const error = await rejection(loadClassifier(choice));
      expect(error).toBeInstanceOf(FigleafError);
      expect(error).toMatchObject({ code });
    }
  });
});

describe('the profile balanced', () => {
  it('asks one small model about a picture that is certainly safe', async () => {
    await using balanced = await loadClassifier({ profile: 'balanced' });
    await using fast = await loadClassifier({ profile: 'fast' });
    const { models, classes } = await balanced.classify(picture('sunset.jpg'));
    expect(models).toEqual(['mobilenet_v2']);
    expect(classes).toEqual((await fast.classify(picture('sunset.jpg'))).classes);
  });

  it.skipIf(!hasData)('answers about a picture in doubt as accurate does', async () => {
    await using balanced = await loadClassifier({ profile: 'balanced' });
    await using accurate = await loadClassifier({ profile: 'accurate' });
    const folder = dataPath('sign-digits', 'Dataset', '1');
    const hands = (await readdir(folder)).slice(0, 10).map((name) => join(folder, name));
    const asked: number[] = [];
    for await (const { input, result } of balanced.classifyAll(hands)) {
      asked.push(result!.models.length);
      if (result!.models.length < 3) continue;
      expect(result!.classes).toEqual((await accurate.classify(input)).classes);
    }
    expect(asked).toContain(3);
  });
});
