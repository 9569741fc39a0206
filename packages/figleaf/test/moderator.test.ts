/** The moderator on the built package: verdicts with their reasons, and policies that do not fit the models. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readMetadata, readModel, writeMetadata, writeModel } from '@figleaf/onnx';
import {
  createModerator,
  DEFAULT_POLICY,
  decide,
  type ModelMetadata,
  type Moderator,
  type ModeratorOptions,
  type Policy,
  scan,
} from 'figleaf';
import { describe, expect, it } from 'vitest';
import { recordSchema } from '../src/scan/schema.ts';

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
