/** Tests of tiles: what they cover, and how their boxes become one list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../image/box.ts';
import type { Candidate } from './candidates.ts';
import { iouOf } from './geometry.ts';
import { autoTiles, countTiles, layTiles, mergeViews, type ViewCandidates } from './tiles.ts';

const OPTIONS = { iou: 0.45, classAgnostic: false };

describe('tiles', () => {
  const length = fc.integer({ min: 1, max: 3000 });

  it('cover every pixel, overlap as they should, and stay within the picture', () => {
    const overlaps = fc.constantFrom(0, 0.1, 0.25, 0.5, 0.75);
    fc.assert(
      fc.property(
        length,
        length,
        fc.integer({ min: 32, max: 900 }),
        overlaps,
        (width, height, side, overlap) => {
          const tiles = layTiles({ width, height }, { side, overlap });
          expect(tiles.length).toBe(countTiles({ width, height }, { side, overlap }));
          const columns = [...new Set(tiles.map(({ x }) => x))];
          const rows = [...new Set(tiles.map(({ y }) => y))];
          expect(tiles.length).toBe(columns.length * rows.length);
          for (const [starts, whole] of [
            [columns, width],
            [rows, height],
          ] as const) {
            const reach = Math.min(side, whole);
            expect(starts[0]).toBe(0);
            expect(starts.at(-1)! + reach).toBe(whole);
            starts.slice(1).forEach((start, index) => {
              // Rounding may take one pixel.
              expect(starts[index]! + reach - start).toBeGreaterThanOrEqual(Math.floor(side * overlap) - 1);
              expect(start).toBeLessThanOrEqual(starts[index]! + reach);
            });
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are at most 25 when laid by themselves, and none where the whole shows as much', () => {
    fc.assert(
      fc.property(length, length, fc.constantFrom(320, 640), (width, height, input) => {
        const tiles = autoTiles({ width, height }, input);
        expect(tiles.length).toBeLessThanOrEqual(25);
        if (Math.max(width, height) <= 1.5 * input) expect(tiles).toEqual([]);
      }),
    );
    expect(autoTiles({ width: 4000, height: 3000 }, 320)).toHaveLength(20);
    expect(autoTiles({ width: 30_000, height: 1 }, 320)).toHaveLength(5);
  });
});

describe('mergeViews', () => {
  const size = { width: 400, height: 200 };
  const [left, right] = [
    { x: 0, y: 0, width: 220, height: 200 },
    { x: 180, y: 0, width: 220, height: 200 },
  ];
  const whole = { x: 0, y: 0, ...size };
  const candidate = (box: Box, score = 0.5, label = 0): Candidate => ({ label, score, box });
  const view = (area: Box, ...candidates: Candidate[]): ViewCandidates => ({ view: area, candidates });
  const merge = (...views: ViewCandidates[]): Candidate[] => mergeViews(views, size, OPTIONS);

  it('keeps one of what two tiles saw whole', () => {
    const box = { x: 190, y: 50, width: 20, height: 20 };
    const shifted = { ...box, x: 191 };
    expect(merge(view(left, candidate(box)), view(right, candidate(shifted, 0.7)))).toEqual([
      candidate(shifted, 0.7),
    ]);
  });

  it('keeps the larger of two boxes of one thing, and one around several beside them', () => {
    const [small, other] = [
      { x: 20, y: 50, width: 20, height: 20 },
      { x: 60, y: 50, width: 20, height: 20 },
    ];
    const large = { x: 15, y: 40, width: 70, height: 40 };
    const around = view(whole, candidate(large, 0.4));
    expect(merge(around, view(left, candidate(small, 0.9)))).toEqual([candidate(large, 0.9)]);
    expect(merge(around, view(left, candidate(small, 0.9), candidate(other, 0.8)))).toEqual([
      candidate(small, 0.9),
      candidate(other, 0.8),
      candidate(large, 0.4),
    ]);
  });

  it('drops what was cut off where another saw the whole of it, which scores as high then', () => {
    const box = { x: 160, y: 50, width: 100, height: 60 };
    const half = { x: 160, y: 50, width: 60, height: 60 };
    expect(merge(view(whole, candidate(box, 0.4)), view(left, candidate(half, 0.9)))).toEqual([
      candidate(box, 0.9),
    ]);
  });

  it('joins halves that nobody saw whole', () => {
    const halves = [
      view(left, candidate({ x: 100, y: 50, width: 120, height: 60 }, 0.4)),
      view(right, candidate({ x: 180, y: 52, width: 100, height: 60 }, 0.6)),
    ];
    expect(merge(...halves)).toEqual([candidate({ x: 100, y: 50, width: 180, height: 62 }, 0.6)]);
  });

  it('does not join what lies at other heights, or has another label', () => {
    const one = candidate({ x: 100, y: 10, width: 120, height: 60 });
    const other = candidate({ x: 180, y: 60, width: 100, height: 60 });
    const foreign = candidate({ x: 180, y: 10, width: 100, height: 60 }, 0.5, 1);
    expect(merge(view(left, one), view(right, other))).toHaveLength(2);
    expect(merge(view(left, one), view(right, foreign))).toHaveLength(2);
  });

  it('counts no side of the picture as a cut', () => {
    const edge = candidate({ x: 0, y: 0, width: 40, height: 200 });
    expect(merge(view(left, edge), view(right))).toEqual([edge]);
  });

  it('gives a thing once and whole, wherever it lies and however the tiles do', () => {
    const at = fc.integer({ min: 0, max: 900 });
    const length = fc.integer({ min: 8, max: 300 });
    fc.assert(
      fc.property(at, at, length, length, fc.integer({ min: 150, max: 500 }), (x, y, width, height, side) => {
        const picture = { width: 1000, height: 900 };
        const thing = { x, y, width: Math.min(width, 1000 - x), height: Math.min(height, 900 - y) };
        fc.pre(thing.width >= 8 && thing.height >= 8);
        const views = layTiles(picture, { side }).map((tile): ViewCandidates => {
          const seen = intersection(thing, tile);
          // A detector makes nothing of slivers.
          const shown = seen && seen.width >= 4 && seen.height >= 4;
          return { view: tile, candidates: shown ? [candidate(seen)] : [] };
        });
        const merged = mergeViews(views, picture, OPTIONS);
        expect(merged).toHaveLength(1);
        expect(iouOf(merged[0]!.box, thing)).toBeGreaterThan(0.9);
      }),
      { numRuns: 500 },
    );
  });
});

function intersection(a: Box, b: Box): Box | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
