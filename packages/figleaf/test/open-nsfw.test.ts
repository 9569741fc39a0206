/** open-nsfw on real pictures, against the Python package. */
import { type Classifier, loadClassifier } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import golden from './golden/open-nsfw.json' with { type: 'json' };
import { hasPulled } from './pulled.ts';

describe.skipIf(!hasPulled('open-nsfw') || !hasData)('open-nsfw', () => {
  let classifier: Classifier;
  beforeAll(async () => {
    classifier = await loadClassifier('open-nsfw');
  });
  afterAll(() => classifier?.close());

  it.each(Object.entries(golden.pictures))('says of %s what the Python package says', async (name, nsfw) => {
    const { classes } = await classifier.classify(dataPath('people', name));
    expect(Math.abs(classes.nsfw! - nsfw)).toBeLessThan(0.01);
  });

  it('knows two families', async () => {
    const { scores, classes } = await classifier.classify(dataPath('people', 'skimage', 'chelsea.png'));
    expect(scores).toEqual({ safe: classes.sfw, unsafe: classes.nsfw, suggestive: null });
    expect(classes.sfw! + classes.nsfw!).toBeCloseTo(1, 5);
  });
});
