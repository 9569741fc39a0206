/** Which entries a query shows, and in what order. */
import { describe, expect, it } from 'vitest';
import type { ScanRecord } from '../../schema.ts';
import type { ReportEntry } from '../data.ts';
import { EVERYTHING, type Query, select, toggled } from './query.ts';

function entry(
  order: number,
  input: string,
  verdict: ScanRecord['verdict'],
  unsafe: number | null,
): ReportEntry {
  const scores = unsafe === null ? null : { safe: 1 - unsafe, unsafe, suggestive: 0 };
  const error = unsafe === null && { error: { code: 'image-corrupt', message: 'torn' } };
  const nothing = {
    kind: 'image' as const,
    width: null,
    height: null,
    reason: null,
    classes: {},
    models: [],
  };
  return { order, record: { ...nothing, input, verdict, scores, ...error } };
}

const ENTRIES = [
  entry(1, 'Album/b10.png', 'allow', 0.2),
  entry(2, 'album/b9.png', 'block', 0.9),
  entry(3, 'torn.png', null, null),
  entry(4, 'cards/a.png', 'review', 0.6),
  entry(5, 'cards/c.png', 'block', 0.95),
];

const orders = (query: Partial<Query>): number[] =>
  select(ENTRIES, { ...EVERYTHING, ...query }).map(({ order }) => order);

describe('select', () => {
  it.each([
    ['severity', [5, 2, 4, 3, 1]],
    ['score', [5, 2, 4, 1, 3]],
    ['path', [2, 1, 4, 5, 3]],
    ['order', [1, 2, 3, 4, 5]],
  ] as const)('sorts by %s', (sort, expected) => {
    expect(orders({ sort })).toEqual(expected);
  });

  it('filters by outcome, by text in any case, and by score', () => {
    expect(orders({ outcomes: new Set(['block', 'error']) })).toEqual([5, 2, 3]);
    expect(orders({ text: ' ALBUM ' })).toEqual([2, 1]);
    expect(orders({ minimum: 0.6 })).toEqual([5, 2, 4]);
    expect(orders({ minimum: 0.6, outcomes: new Set(['review']), text: 'a' })).toEqual([4]);
  });

  it('takes an explicit part for as unsafe as its detector is sure of it', () => {
    const box = { x: 0, y: 0, width: 1, height: 1 };
    const calm = entry(6, 'part.png', 'block', 0.1);
    const part = (category: 'unsafe' | 'safe', score: number) => ({ label: 'PART', category, score, box });
    const found = {
      ...calm,
      record: { ...calm.record, detections: [part('safe', 1), part('unsafe', 0.92)] },
    };
    const alone = { ...found, order: 7, record: { ...found.record, scores: null } };
    const shown = (query: Partial<Query>): number[] =>
      select([...ENTRIES, found, alone], { ...EVERYTHING, ...query }).map(({ order }) => order);
    expect(shown({ minimum: 0.9 })).toEqual([5, 6, 7, 2]);
    expect(shown({ sort: 'score' })).toEqual([5, 6, 7, 2, 4, 1, 3]);
  });

  it('takes an outcome in and out', () => {
    const once = toggled(EVERYTHING, 'block');
    expect([...once.outcomes]).toEqual(['block']);
    expect(toggled(once, 'block')).toEqual(EVERYTHING);
  });
});
