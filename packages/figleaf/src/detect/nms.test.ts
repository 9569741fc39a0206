/** Tests of non-maximum suppression against a plain one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidates.ts';
import { iouOf } from './geometry.ts';
import { type NmsOptions, nms } from './nms.ts';

/** Takes the best that is left and strikes out what it overlaps, until nothing is left. */
function plainNms(candidates: readonly Candidate[], { iou, classAgnostic }: NmsOptions): Candidate[] {
  const left = candidates.map((candidate, order) => ({ candidate, order }));
  const kept: Candidate[] = [];
  while (left.length > 0) {
    left.sort((a, b) => b.candidate.score - a.candidate.score || a.order - b.order);
    const { candidate: best } = left.shift()!;
    kept.push(best);
    for (let index = left.length - 1; index >= 0; index--) {
      const { candidate } = left[index]!;
      const rivals = classAgnostic || candidate.label === best.label;
      if (rivals && iouOf(candidate.box, best.box) > iou) left.splice(index, 1);
    }
  }
  return kept;
}

// Coarse numbers, so that scores are often equal and boxes often the same.
const candidate: fc.Arbitrary<Candidate> = fc.record({
  label: fc.nat(2),
  score: fc.nat(10).map((tenths) => tenths / 10),
  box: fc.record({
    x: fc.nat(12),
    y: fc.nat(12),
    width: fc.integer({ min: 1, max: 8 }),
    height: fc.integer({ min: 1, max: 8 }),
  }),
});

describe('nms', () => {
  it('keeps what a plain one keeps, in its order', () => {
    const iou = fc.constantFrom(0, 0.25, 0.45, 0.5, 1);
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 60 }), iou, fc.boolean(), (candidates, most, agnostic) => {
        const options = { iou: most, classAgnostic: agnostic };
        expect(nms(candidates, options)).toEqual(plainNms(candidates, options));
      }),
      { numRuns: 500 },
    );
  });

  it('lets labels alone unless asked', () => {
    const box = { x: 0, y: 0, width: 4, height: 4 };
    const both = [
      { label: 0, score: 0.5, box },
      { label: 1, score: 0.9, box },
    ];
    expect(nms(both, { iou: 0.45, classAgnostic: false }).map(({ label }) => label)).toEqual([1, 0]);
    expect(nms(both, { iou: 0.45, classAgnostic: true }).map(({ label }) => label)).toEqual([1]);
  });

  it('ends on thousands of candidates', () => {
    const many = Array.from({ length: 8400 }, (_, index): Candidate => {
      const at = (index * 7919) % 8400;
      const box = { x: (at % 100) * 3, y: Math.floor(at / 100) * 3, width: 20, height: 20 };
      return { label: index % 3, score: (at % 97) / 97, box };
    });
    const kept = nms(many, { iou: 0.45, classAgnostic: false });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(8400);
    expect(nms(many, { iou: 0.45, classAgnostic: false })).toEqual(kept);
  });
});
