/** Tests of what stays, on likenesses that are made up. */
import { describe, expect, it } from 'vitest';
import type { Part } from '../data-set/data-set.ts';
import { decide } from './decide.ts';
import { HASH_BYTES, Looks } from './looks.ts';
import { Pairs } from './pairs.ts';
import type { Wanted } from './targets.ts';

interface Drawn {
  readonly target?: string;
  readonly side?: number;
  readonly part?: Part | null;
  readonly group?: string | null;
}

/** Decides on pictures, of which pairs look the same; those in `same` have the same pixels. */
function decided(
  drawn: readonly Drawn[],
  pairs: readonly (readonly [number, number, number?])[],
  same: readonly (readonly number[])[] = [],
) {
  const pictures = drawn.map(
    ({ target = 'a', part = null, group = null }, place): Wanted => ({
      ...{ source: 0, name: `${place}.jpg`, className: target, target, part, group },
    }),
  );
  const looks = new Looks(drawn.length, 1);
  const bytes = new Uint8Array(HASH_BYTES);
  for (const [place, { side = 10 }] of drawn.entries()) {
    const kept = { sha256: bytes, bytes: 1, width: side, height: side };
    const file = {
      size: 1,
      modified: 1,
      sha256: bytes,
      md5: null,
      pixels: bytes,
      pdq: bytes,
      oneSize: bytes,
      quality: 100,
    };
    looks.set(place, { ...file, width: side, height: side, kept });
  }
  const grouped = new Set(same.flat());
  const alone = [...drawn.keys()].filter((place) => !grouped.has(place)).map((place) => [place]);
  const groups = [...alone, ...same].sort((a, b) => a[0]! - b[0]!);
  const near = new Pairs();
  const groupOf = (place: number): number => groups.findIndex((group) => group.includes(place));
  for (const [one, other, distance = 9] of pairs) near.add(groupOf(one), groupOf(other), distance);
  const numbers = Int32Array.from(groups.keys());
  const hashes = { numbers, perGroup: 1, positions: 1, count: groups.length, near };
  return decide(pictures, looks, { groups, hashes });
}

describe('decide', () => {
  it('keeps the largest, of equally large ones the first', () => {
    const { kept, dropped } = decided([{}, { side: 20 }, {}, {}], [[0, 1]], [[2, 3]]);
    expect(kept).toEqual([1, 2]);
    expect(dropped).toEqual([
      { place: 0, kind: 'near', distance: 9, of: 1 },
      { place: 3, kind: 'exact', distance: 0, of: 2 },
    ]);
  });

  it('keeps both ends of a chain, in one family', () => {
    const { kept, dropped, families } = decided(
      [{}, { side: 9 }, {}, {}],
      [
        [0, 1, 20],
        [1, 2, 10],
      ],
    );
    expect(kept).toEqual([0, 2, 3]);
    expect(dropped).toEqual([{ place: 1, kind: 'near', distance: 10, of: 2 }]);
    expect([...families]).toEqual([
      [0, 0],
      [2, 0],
      [3, 3],
    ]);
  });

  it('leaves out both of a pair in two classes, and no third that only one of them looks like', () => {
    const { kept, conflicts, dropped } = decided(
      [{}, {}, { target: 'b' }, { target: 'b' }],
      [
        [0, 1],
        [1, 2],
      ],
    );
    expect(kept).toEqual([0, 3]);
    expect(conflicts).toEqual([[1, 2]]);
    expect(dropped).toEqual([]);
  });

  it('leaves out all that have the same pixels in two classes, and what looks like them', () => {
    const { kept, conflicts } = decided([{}, { target: 'b' }, {}, {}], [[1, 2]], [[0, 1]]);
    expect(kept).toEqual([3]);
    expect(conflicts).toEqual([[0, 1, 2]]);
  });

  it('leaves a family in the strongest of its parts alone, and one without a part in it', () => {
    const { kept, dropped, families } = decided(
      [{ part: 'train', side: 30 }, { part: 'test' }, { side: 5 }, { part: 'validation', side: 40 }, {}],
      [
        [0, 2],
        [1, 2],
        [2, 4],
      ],
    );
    expect(kept).toEqual([1, 3, 4]);
    expect(dropped).toEqual([
      { place: 0, kind: 'part', distance: null, of: 1 },
      { place: 2, kind: 'near', distance: 9, of: 1 },
    ]);
    expect(families.get(4)).toBe(families.get(1));
  });

  it('takes two hundred thousand that are the same, in one class and in two', () => {
    const places = Array.from({ length: 200_000 }, (_, place) => place);
    const { kept, dropped } = decided(
      places.map(() => ({})),
      [],
      [places],
    );
    expect(kept).toEqual([0]);
    expect(dropped.length).toBe(places.length - 1);
    const { conflicts } = decided(
      places.map((place) => ({ target: place === 9 ? 'b' : 'a' })),
      [],
      [places],
    );
    expect(conflicts.map(({ length }) => length)).toEqual([places.length]);
  });

  it('takes the word of a source for what belongs together', () => {
    const { families } = decided([{ group: 'x' }, {}, { group: 'x' }], []);
    expect(families.get(2)).toBe(0);
    expect(families.get(1)).toBe(1);
  });
});
