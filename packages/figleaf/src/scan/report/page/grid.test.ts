/** Where cards lie, and which of them are drawn. */
import { describe, expect, it } from 'vitest';
import { cornerOf, heightOf, inSight, layOut } from './grid.ts';

describe('the grid', () => {
  it.each([
    [320, 2],
    [390, 2],
    [1280, 5],
    [100, 1],
  ])('of %d pixels has %d columns that fit', (width, columns) => {
    const grid = layOut(width);
    expect(grid.columns).toBe(columns);
    expect(cornerOf(grid, columns - 1).x + grid.width).toBeCloseTo(width);
  });

  it('draws what is in sight and little more', () => {
    const grid = layOut(1280);
    const top = 700 * grid.rowHeight;
    const { from, to } = inSight(grid, top, top + 900, 10_000);
    expect(cornerOf(grid, from).y).toBeLessThan(top);
    expect(cornerOf(grid, to).y).toBeGreaterThan(top + 900);
    expect(to - from).toBeLessThan(60);
    expect(inSight(grid, -5000, -4000, 10_000)).toEqual({ from: 0, to: 0 });
    expect(inSight(grid, 0, 900, 3)).toEqual({ from: 0, to: 3 });
    expect(heightOf(grid, 0)).toBe(0);
    expect(heightOf(grid, 6)).toBe(grid.rowHeight + grid.height);
  });
});
