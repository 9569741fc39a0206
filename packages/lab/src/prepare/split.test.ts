/** Tests of what pictures are for. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Part, SplitOptions } from '../data-set/data-set.ts';
import { divide } from '../data-set/parts.ts';
import { split } from './split.ts';
import type { Wanted } from './targets.ts';

/** So many pictures of one class from each source, each by itself. */
function parted(counts: readonly number[], options: SplitOptions) {
  const pictures = counts.flatMap((count, source) =>
    Array.from({ length: count }, (_, index): Wanted => {
      return { source, name: `${index}.jpg`, className: 'a', target: 'a', part: null, group: null };
    }),
  );
  const kept = [...pictures.keys()];
  const families = new Map(kept.map((place) => [place, place]));
  const parts = split(pictures, { kept, dropped: [], conflicts: [], families }, options);
  const countOf = (part: Part, source?: number): number =>
    kept.filter(
      (place) => parts.get(place) === part && (pictures[place]!.source === source || source === undefined),
    ).length;
  return { parts, countOf };
}

it('gives parts their shares of many small sources together', () => {
  const { countOf } = parted(Array<number>(20).fill(2), { seed: 1 });
  expect([countOf('test'), countOf('validation')]).toEqual([8, 3]);
});

it('gives each source its share, to one picture, and all of them theirs', () => {
  const share = fc.double({ min: 0, max: 0.99, noNaN: true });
  const counts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(counts, share, share, fc.integer(), (sizes, testShare, validationShare, seed) => {
      const { parts, countOf } = parted(sizes, { seed, testShare, validationShare });
      const all = sizes.reduce((sum, size) => sum + size, 0);
      expect(parts.size).toBe(all);
      expect(Math.abs(countOf('test') - all * testShare)).toBeLessThanOrEqual(0.5 + 1e-6);
      const rest = all - countOf('test');
      expect(Math.abs(countOf('validation') - rest * validationShare)).toBeLessThanOrEqual(0.5 + 1e-6);
      for (const [source, size] of sizes.entries())
        expect(Math.abs(countOf('test', source) - size * testShare)).toBeLessThanOrEqual(1 + 1e-6);
    }),
  );
});

it('parts the pictures of one source as those of a folder', () => {
  const found = Array.from({ length: 33 }, (_, index) => {
    return {
      path: '',
      name: `0/${index}.jpg`,
      classNames: ['a'],
      part: null,
      group: String(index),
      source: null,
    };
  });
  const expected = divide(found, ['a'], { seed: 3 }).map(({ name, part }) => [name, part]);
  const { parts } = parted([33], { seed: 3 });
  expect([...parts].map(([place, part]) => [`0/${place}.jpg`, part])).toEqual(expected);
});
