/** The moderator on the built package: verdicts with their reasons, and policies that do not fit the models. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readMetadata, readModel, writeMetadata, writeModel } from '@figleaf/onnx';
import {
  createModerator,
  DEFAULT_DETECTION_POLICY,
  DEFAULT_POLICY,
  decide,
  digest,
  type ModelMetadata,
  type Moderator,
  type ModeratorOptions,
  type Policy,
  parseBlockList,
  scan,
  toHex,
} from 'figleaf';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordSchema } from '../src/scan/schema.ts';
import { blueThingModel, colourModel, pictureOf, pictureWithThing, THING } from './colours.ts';

const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/pictures/${name}`, import.meta.url));
const MODEL = fileURLToPath(new URL('../models/mobilenet_v2.onnx', import.meta.url));

/** The default model with other words for its five classes. */
async function modelSaying(
  labels: readonly string[],
  taxonomy: ModelMetadata['taxonomy'] = {},
): Promise<Uint8Array> {
  const bytes = await readFile(MODEL);
  const stated = readMetadata(bytes).metadata as ModelMetadata;
  return writeModel(writeMetadata(readModel(bytes), { ...stated, id: 'mine', labels, taxonomy }));
}

describe('a moderator', () => {
  it('decides by the default policy and says why', async () => {
    await using moderator = await createModerator();
    expect(moderator.policy).toBe(DEFAULT_POLICY);
    const record = await moderator.moderate(picture('cat.png'));
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({ input: picture('cat.png'), verdict: 'allow', reason: null, width: 900 });
  });

  it("decides by one's own, on the scores that the record shows", async () => {
    const policy: Policy = { scores: { unsafe: { review: 0 } }, classes: { drawing: { block: 0.3 } } };
    await using moderator = await createModerator({ policy });
    const record = await moderator.moderate(await readFile(picture('cat.png')), { name: 'avatar' });
    expect(record).toMatchObject({
      input: 'avatar',
      verdict: 'block',
      reason: { rule: 'classes.drawing', score: record.classes.drawing },
    });
    expect(decide(record, policy)).toEqual({ verdict: record.verdict, reason: record.reason });
  });

  it('asks all models where a threshold of the policy is near', async () => {
    const policy: Policy = { scores: { unsafe: { review: 0.001 } } };
    await using strict = await createModerator({ policy });
    await using usual = await createModerator();
    const models = async (moderator: Moderator): Promise<number> =>
      (await moderator.moderate(picture('hand.avif'))).models.length;
    expect(await models(usual)).toBe(1);
    expect(await models(strict)).toBe(3);
  });

  it('refuses options that are none', async () => {
    const given = (options: unknown) => createModerator(options as ModeratorOptions);
    for (const options of [null, 5, { blockList: [] }]) {
      await expect(given(options)).rejects.toMatchObject({ code: 'option-invalid' });
    }
    await using moderator = await createModerator({ profile: 'fast' });
    for (const options of [{ frames: 0 }, { frames: 1.5 }]) {
      const judged = moderator.moderate(picture('cat.png'), options);
      await expect(judged).rejects.toMatchObject({ code: 'option-invalid' });
    }
    for (const inputs of [5, null, {}, 'a.jpg']) {
      const records = scan(inputs as string[], { moderator });
      await expect(records.next()).rejects.toMatchObject({ code: 'option-invalid' });
    }
    await expect(scan([], { moderator, thumbnail: -1 }).next()).rejects.toMatchObject({
      code: 'option-invalid',
    });
  });

  it('gives scores alone without a policy', async () => {
    await using moderator = await createModerator({ policy: null });
    const record = await moderator.moderate(new Blob([await readFile(picture('cat.png'))]));
    expect(record).toMatchObject({ input: 'input', verdict: null, reason: null });
    expect(record.scores!.safe).toBeGreaterThan(0.9);
  });

  it('throws for what is no picture, and for work after its end', async () => {
    const moderator = await createModerator();
    await expect(moderator.moderate('nowhere.jpg')).rejects.toMatchObject({ code: 'input-not-found' });
    await expect(moderator.moderate(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({
      code: 'not-an-image',
    });
    await moderator.close();
    await expect(moderator.moderate(picture('cat.png'))).rejects.toMatchObject({ code: 'disposed' });
  });

  it('asks the models of a profile, or others', async () => {
    await using one = await createModerator({ profile: 'accurate' });
    expect(one.classifier.models).toContain('inception_v3');
    await using other = await createModerator({ model: 'mobilenet_v2_mid' });
    expect(other.classifier.models).toEqual(['mobilenet_v2_mid']);
  });

  it.each<[ModeratorOptions, string, RegExp]>([
    [{ profile: 'fast', model: 'mobilenet_v2' }, 'option-invalid', /both a profile and a model/],
    [
      { policy: { classes: { pron: { block: 0.5 } } } },
      'policy-invalid',
      /'classes.pron'.*mean 'classes.porn'/,
    ],
    [{ policy: { scores: { unsafe: { review: 2 } } } }, 'policy-invalid', /scores.unsafe.review is 2/],
    [{ policy: 'strict.json' as unknown as Policy }, 'policy-invalid', /it is strict.json: give an object/],
  ])('refuses %j before the first picture', async (options, code, message) => {
    await expect(createModerator(options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('a policy and a model of other classes', () => {
  const CLOTHES = ['hat', 'shoe', 'shirt', 'dress', 'bag'];

  it('go together where the rules are about classes that it has', async () => {
    const model = await modelSaying(CLOTHES);
    await using moderator = await createModerator({ model, policy: { classes: { hat: { review: 0 } } } });
    expect(await moderator.moderate(picture('cat.png'))).toMatchObject({
      scores: null,
      verdict: 'review',
      reason: { rule: 'classes.hat' },
    });
  });

  it('do not where a rule could never act', async () => {
    await expect(createModerator({ model: await modelSaying(CLOTHES) })).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringMatching(/'scores.unsafe'.*there are: classes.hat, classes.shoe/),
    });
    const families = { hat: 'safe', shoe: 'safe', shirt: 'safe', dress: 'safe', bag: 'unsafe' } as const;
    const model = await modelSaying(CLOTHES, families);
    await using moderator = await createModerator({ model });
    expect(moderator.policy).toBe(DEFAULT_POLICY);
    const suggestive: Policy = { scores: { suggestive: { review: 0.5 } } };
    await expect(createModerator({ model, policy: suggestive })).rejects.toThrow(/'scores.suggestive'/);
  });
});

describe('a moderator with a detector', () => {
  const tiny = { model: colourModel(), detect: blueThingModel(), workers: 2 };
  afterEach(() => vi.unstubAllEnvs());

  it('decides by the boxes too, and has them in the record', async () => {
    await using moderator = await createModerator(tiny);
    expect(moderator.policy).toBe(DEFAULT_DETECTION_POLICY);
    expect(moderator.models).toEqual(['colour', 'blue']);
    const record = await moderator.moderate(await pictureWithThing(1), { name: 'thing' });
    expect(recordSchema.parse(record)).toEqual(record);
    const { detections } = record;
    expect(record).toMatchObject({
      verdict: 'block',
      reason: { rule: 'boxes.unsafe', score: detections![0]!.score },
      scores: { unsafe: 0 },
      models: ['colour', 'blue'],
    });
    expect(detections).toEqual([
      { label: 'THING', category: 'unsafe', score: expect.closeTo(1, 1), box: expect.anything() },
    ]);
    const { x, y, width, height } = detections![0]!.box;
    for (const [side, wanted] of [
      [x, THING.x],
      [y, THING.y],
      [x + width, THING.x + THING.width],
      [y + height, THING.y + THING.height],
    ] as const) {
      expect(Math.abs(side - wanted)).toBeLessThan(1);
    }
    expect(decide(record, moderator.policy!)).toEqual({ verdict: record.verdict, reason: record.reason });
  });

  it('gives the scores and boxes that classifier and detector give alone', async () => {
    await using moderator = await createModerator({ ...tiny, model: 'mobilenet_v2', policy: null });
    const input = picture('cat.png');
    const record = await moderator.moderate(input, { minScore: 0.01 });
    const { scores } = await moderator.classifier.classify(input);
    const { detections } = await moderator.detector!.detect(input, { minScore: 0.01 });
    expect(record.scores!.unsafe).toBeCloseTo(scores!.unsafe, 6);
    expect(record.detections).toHaveLength(detections.length);
    record.detections!.forEach(({ score, box }, index) => {
      expect(score).toBeCloseTo(detections[index]!.score, 6);
      expect(box.x).toBeCloseTo(detections[index]!.box.x, 1);
      expect(box.height).toBeCloseTo(detections[index]!.box.height, 1);
    });
  });

  it('says that nothing was found where nothing was, and nothing where none is asked', async () => {
    await using moderator = await createModerator(tiny);
    const record = await moderator.moderate(await pictureOf('allow'));
    expect(record).toMatchObject({ verdict: 'allow', detections: [] });
    await using without = await createModerator({ model: colourModel(), detect: false });
    expect(without.policy).toBe(DEFAULT_POLICY);
    expect(await without.moderate(await pictureWithThing(1))).not.toHaveProperty('detections');
  });

  it('asks the detector for all that its policy looks at', async () => {
    const policy: Policy = { labels: { THING: { review: 0.1 } } };
    await using moderator = await createModerator({ ...tiny, policy });
    const faint = await pictureWithThing(0.15);
    for (const options of [{}, { minScore: 0.9 }]) {
      expect(await moderator.moderate(faint, options)).toMatchObject({
        verdict: 'review',
        reason: { rule: 'labels.THING' },
      });
    }
    await using usual = await createModerator(tiny);
    expect(await usual.moderate(faint)).toMatchObject({ verdict: 'allow', detections: [] });
    expect((await usual.moderate(faint, { minScore: 0.1 })).detections).toHaveLength(1);
  });

  it('reads a stream once for both, looks at tiles and frames, and makes a thumbnail', async () => {
    await using moderator = await createModerator(tiny);
    const thing = await pictureWithThing(1);
    const record = await moderator.moderate(new Blob([new Uint8Array(thing)]).stream(), {
      tiles: { side: 32 },
    });
    expect(record.detections!.length).toBeGreaterThan(0);
    const frames = [await pictureOf('allow'), thing, await pictureOf('allow')];
    const raw = await Promise.all(frames.map((frame) => sharp(frame).removeAlpha().raw().toBuffer()));
    const gif = await sharp(Buffer.concat(raw), {
      raw: { width: 40, height: 90, channels: 3, pageHeight: 30 },
    })
      .gif({ delay: [100, 100, 100] })
      .toBuffer();
    expect(await moderator.moderate(gif)).toMatchObject({
      frames: 3,
      verdict: 'block',
      detections: [{ label: 'THING', frame: 1 }],
    });
    const thumbnails: Uint8Array[] = [];
    const onThumbnail = (_: unknown, webp: Uint8Array): void => void thumbnails.push(webp);
    for await (const _ of scan([thing], { moderator, thumbnail: 16, onThumbnail }));
    expect(Buffer.from(thumbnails[0]!).toString('latin1')).toMatch(/^RIFF/);
  });

  it('asks neither about what a block list knows', async () => {
    const thing = await pictureWithThing(1);
    const hash = toHex(await digest('sha256', thing));
    const blockList = await parseBlockList(hash, 'known');
    await using moderator = await createModerator({ ...tiny, blockList });
    const record = await moderator.moderate(thing);
    expect(record).toMatchObject({ reason: { rule: 'block-list' }, models: [], scores: null });
    expect(record).not.toHaveProperty('detections');
  });

  it('refuses options before the first picture of a scan', async () => {
    await using moderator = await createModerator(tiny);
    for (const options of [{ tiles: { side: 5 } }, { size: 33 }, { minScore: -1 }]) {
      const records = scan([picture('cat.png')], { moderator, ...options });
      await expect(records.next()).rejects.toMatchObject({ code: 'option-invalid' });
    }
  });

  it.each<[ModeratorOptions, RegExp]>([
    [{ policy: { labels: { THIN: { block: 0.5 } } } }, /'labels.THIN'.*did you mean 'labels.THING'/],
    [{ policy: { boxes: { suggestive: { block: 0.5 } } } }, /'boxes.suggestive'.*boxes.unsafe/],
    [{ detect: false, policy: { boxes: { unsafe: { block: 0.5 } } } }, /no detector is asked.*--detect/],
    [{ detect: false, policy: DEFAULT_DETECTION_POLICY }, /no detector is asked/],
  ])('refuses %j, a rule of which would never act', async (options, message) => {
    await expect(createModerator({ ...tiny, ...options })).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringMatching(message),
    });
  });

  it('says how to pull a detector that is not there', async () => {
    vi.stubEnv('FIGLEAF_MODELS', '/nowhere/at/all');
    for (const detect of [true, { profile: 'accurate' }, 'nudenet-320n'] as const) {
      await expect(createModerator({ profile: 'fast', detect })).rejects.toMatchObject({
        code: 'model-not-pulled',
        message: expect.stringContaining('figleaf models pull nudenet-320n'),
      });
    }
    // What says no more than the classifiers counts only for whoever names it.
    await using named = await createModerator({ profile: 'fast', detect: 'activation-map' });
    expect(named.models).toEqual(['mobilenet_v2', 'activation-map']);
  });

  it('ends its threads where it cannot be made', async () => {
    const listeners = process.listenerCount('exit');
    await expect(createModerator({ ...tiny, detect: 'mobilenet_v2' })).rejects.toMatchObject({
      code: 'model-unsupported',
    });
    expect(process.listenerCount('exit')).toBe(listeners);
  });
});
