/** The comparison with nsfwjs from file to probabilities, on however many pictures. */
import { readdirSync } from 'node:fs';
import { findModel, loadClassifier, type ModelDescription } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { loadReference, type ReferenceModel } from '../../../test/nsfwjs.ts';

/** Photos of people, clothes and hands, of each a few. */
function pictures(count: number): string[] {
  const folders = [
    ['people', 'dlib-faces'],
    ['people', 'skimage'],
    ['clothing-small', 'test', 'dress'],
    ['clothing-small', 'test', 'hat'],
    ['sign-digits', 'Dataset', '5'],
  ];
  return folders.flatMap((parts) =>
    readdirSync(dataPath(...parts))
      .filter((name) => /\.(jpe?g|png)$/i.test(name) && name !== 'truncated.jpg')
      .sort()
      .slice(0, Math.ceil(count / folders.length))
      .map((name) => dataPath(...parts, name)),
  );
}

/** As nsfwjs resizes: two taps an axis, corners aligned. */
function asTheReference(id: ReferenceModel): ModelDescription {
  return { preprocessing: { ...findModel(id).metadata.preprocessing, resize: 'bilinear-aligned' } };
}

/** Bundled models in the reference's own resize beside `nsfwjs.classify`, on about `count` pictures. */
export function describeParity(models: readonly ReferenceModel[], count: number, atLeast: number): void {
  describe.skipIf(!hasData)('beside nsfwjs', () => {
    it.each(models)(
      `%s gives the probabilities of nsfwjs.classify within 1e-3 on ${atLeast} pictures and more`,
      async (id) => {
        using reference = await loadReference(id);
        await using classifier = await loadClassifier(id, { description: asTheReference(id) });
        const files = pictures(count);
        expect(files.length).toBeGreaterThanOrEqual(atLeast);
        for (const file of files) {
          const expected = await reference.classify(file);
          const { classes } = await classifier.classify(file);
          expect(Object.keys(classes).sort()).toEqual(Object.keys(expected).sort());
          for (const [label, p] of Object.entries(expected)) {
            expect(Math.abs(classes[label]! - p), `${label} of ${file}`).toBeLessThan(1e-3);
          }
        }
      },
      180_000,
    );

    it('scores the nsfwjs logo as its own test does', async () => {
      await using classifier = await loadClassifier('mobilenet_v2', {
        description: asTheReference('mobilenet_v2'),
      });
      const { classes } = await classifier.classify(dataPath('reference', 'nsfwjs_logo.jpg'));
      expect(Math.abs(classes.drawing! - 0.6877)).toBeLessThan(0.005);
      expect(Math.abs(classes.neutral! - 0.3101)).toBeLessThan(0.005);
    });
  });
}
