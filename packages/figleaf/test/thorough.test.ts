/** The profile `thorough`: what it adds up, and what it says where its models are not here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Classifier,
  createModerator,
  type Detector,
  findModel,
  loadClassifier,
  loadDetector,
  profileModels,
} from 'figleaf';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { hasPulled } from './pulled.ts';

const picture = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/pictures/${name}`, import.meta.url));

describe.skipIf(!hasPulled('open-nsfw', 'nudenet-320n'))('the profile thorough', () => {
  let thorough: Classifier;
  beforeAll(async () => {
    thorough = await loadClassifier({ profile: 'thorough' });
  });
  afterAll(() => thorough?.close());

  it('asks every model once, and gives the classes of those that know drawings', async () => {
    expect(thorough.models).toEqual([...profileModels('accurate'), 'open-nsfw', 'nudenet-320n']);
    const { models, classes, scores } = await thorough.classify(picture('cat.png'));
    expect(models).toEqual(thorough.models);
    expect(Object.keys(classes)).toEqual(findModel('mobilenet_v2').metadata.labels);
    expect(Object.values(classes).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(scores!.safe + scores!.unsafe + scores!.suggestive!).toBeCloseTo(1, 6);
  });

  it.skipIf(!hasData)('is the mean of what the others say of a photograph', async () => {
    await using accurate = await loadClassifier({ profile: 'accurate' });
    await using openNsfw = await loadClassifier('open-nsfw');
    await using detector: Detector = await loadDetector('nudenet-320n');
    for (const name of ['dlib-faces/bald_guys.jpg', 'skimage/astronaut.png', 'skimage/rocket.jpg']) {
      const path = dataPath('people', ...name.split('/'));
      const { classes } = await thorough.classify(path);
      const { classes: mean } = await accurate.classify(path);
      const { nsfw } = (await openNsfw.classify(path)).classes;
      const { detections } = await detector.detect(path, { minScore: 0.001, iou: 1 });
      const boxes = detections.filter(({ category }) => category === 'unsafe').map(({ score }) => score);
      const photograph = mean.neutral! + mean.porn! + mean.sexy!;
      const expected = (mean.porn! + photograph * (nsfw! + Math.max(0, ...boxes))) / 3;
      // A box whose best label is another one is no detection, but it has a score.
      expect(Math.abs(classes.porn! - expected)).toBeLessThan(0.001);
      expect(classes.hentai).toBeCloseTo(mean.hentai!, 5);
      expect(classes.drawing).toBeCloseTo(mean.drawing!, 5);
    }
  });

  it('decides by a policy as any other', async () => {
    await using moderator = await createModerator({ profile: 'thorough' });
    const record = await moderator.moderate(picture('cat.png'));
    expect(record).toMatchObject({ verdict: 'allow', models: thorough.models });
  });
});

describe('without its models', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says all that is missing at once, and how to get it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figleaf-thorough-'));
    vi.stubEnv('FIGLEAF_MODELS', folder);
    await expect(loadClassifier({ profile: 'thorough' })).rejects.toMatchObject({
      code: 'model-not-pulled',
      message: expect.stringMatching(
        /'open-nsfw' and 'nudenet-320n'.*figleaf models pull open-nsfw nudenet-320n`/,
      ),
    });
    await rm(folder, { recursive: true });
  });
});
