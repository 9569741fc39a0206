/** From file to probabilities: Figleaf's bundled models in the reference's own resize, beside `nsfwjs.classify`. */
import { readdirSync } from 'node:fs';
import { findModel, loadClassifier, type ModelDescription } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { loadReference, REFERENCE_MODELS, type ReferenceModel } from '../../../test/nsfwjs.ts';

function pictures(): string[] {
  const from = (...parts: string[]): string[] =>
    readdirSync(dataPath(...parts))
      .filter((name) => /\.(jpe?g|png)$/i.test(name) && name !== 'truncated.jpg')
      .map((name) => dataPath(...parts, name));
  return [
    ...from('people', 'dlib-faces'),
    ...from('people', 'skimage'),
    ...from('clothing-small', 'test', 'dress'),
    ...from('clothing-small', 'test', 'hat'),
    ...from('sign-digits', 'Dataset', '5').slice(0, 8),
  ].slice(0, 36);
}

/** As nsfwjs resizes: two taps an axis, corners aligned. */
function asTheReference(id: ReferenceModel): ModelDescription {
  return { preprocessing: { ...findModel(id).metadata.preprocessing, resize: 'bilinear-aligned' } };
}

describe.skipIf(!hasData)('beside nsfwjs', () => {
  it.each(Object.keys(REFERENCE_MODELS) as ReferenceModel[])(
    '%s gives the probabilities of nsfwjs.classify within 1e-3 on 30 pictures and more',
    async (id) => {
      using reference = await loadReference(id);
      await using classifier = await loadClassifier(id, { description: asTheReference(id) });
      const files = pictures();
      expect(files.length).toBeGreaterThanOrEqual(30);
      for (const file of files) {
        const [expected, { classes }] = await Promise.all([
          reference.classify(file),
          classifier.classify(file),
        ]);
        expect(Object.keys(classes).sort()).toEqual(Object.keys(expected).sort());
        for (const [label, p] of Object.entries(expected)) {
          expect(Math.abs(classes[label]! - p), `${label} of ${file}`).toBeLessThan(1e-3);
        }
      }
    },
    120_000,
  );

  it('scores the nsfwjs logo as the project says', async () => {
    await using classifier = await loadClassifier('mobilenet_v2', {
      description: asTheReference('mobilenet_v2'),
    });
    const { classes } = await classifier.classify(dataPath('reference', 'nsfwjs_logo.jpg'));
    expect(Math.abs(classes.drawing! - 0.6877)).toBeLessThan(0.005);
    expect(Math.abs(classes.neutral! - 0.3101)).toBeLessThan(0.005);
  });
});
