/** What stays of many candidates: the most severe, within their number and their bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, MostSevere } from './most-severe.ts';

function candidate(order: number, severity: number, thumbnail: string | null = null): Candidate {
  return { order, severity, text: 'x'.repeat(10), bytes: 10, thumbnail };
}

describe('the most severe', () => {
  it('are those that sorting everything gives, the earlier of equal ones first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200 }), (severities) => {
        const kept = new MostSevere({ entries: 7, bytes: 1000 });
        const all = severities.map((severity, order) => candidate(order, severity));
        for (const one of all) if (kept.wants(one.severity)) kept.add(one);
        const sorted = all.sort((a, b) => b.severity - a.severity || a.order - b.order);
        expect(kept.list()).toEqual(sorted.slice(0, 7));
      }),
    );
  });

  it('stay within the bytes; thumbnails of the less severe go first, and no entry for a thumbnail', () => {
    const kept = new MostSevere({ entries: 4, bytes: 100 });
    for (let order = 0; order < 9; order++) kept.add(candidate(order, order, 't'.repeat(30)));
    const listed = kept.list();
    expect(listed.map(({ severity }) => severity)).toEqual([8, 7, 6, 5]);
    expect(listed.map(({ thumbnail }) => thumbnail?.length ?? 0)).toEqual([30, 30, 0, 0]);
    expect(kept.wants(5)).toBe(false);
    expect(kept.wants(5.5)).toBe(true);
    expect(kept.wantsThumbnail(6)).toBe(false);
    expect(kept.wantsThumbnail(6.5)).toBe(true);
  });

  it('leave out an entry that alone is too long', () => {
    const kept = new MostSevere({ entries: 4, bytes: 100 });
    kept.add({ ...candidate(0, 9), bytes: 1000 });
    kept.add(candidate(1, 1));
    expect(kept.list().map(({ order }) => order)).toEqual([1]);
  });
});
