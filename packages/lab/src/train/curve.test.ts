/** Curves keep their shape in few points, and go on from a checkpoint as if nothing had been. */
import { describe, expect, it } from 'vitest';
import { addToCurve, type Curve, MOST_POINTS, NO_CURVE } from './curve.ts';

const stepOf = (step: number) => ({ step, loss: step, accuracy: step / 4000, learningRate: 1 / step });

function curveOf(steps: number, from: Curve = NO_CURVE, done = 0): Curve {
  let curve = from;
  for (let step = done + 1; step <= steps; step++) curve = addToCurve(curve, stepOf(step));
  return curve;
}

describe('a curve', () => {
  it('has a point for each step as long as there is room', () => {
    const { every, points } = curveOf(MOST_POINTS - 1);
    expect(every).toBe(1);
    expect(points).toHaveLength(MOST_POINTS - 1);
    expect(points[6]).toEqual(stepOf(7));
  });

  it.each([500, 501, 999, 1000, 1001, 4000, 3999])(
    'stays small after %i steps, and holds all of them',
    (steps) => {
      const { every, points, rest } = curveOf(steps);
      expect(points.length).toBeLessThan(MOST_POINTS);
      expect(points.length).toBeGreaterThanOrEqual(MOST_POINTS / 2 - 1);
      expect(points.length * every + rest.length).toBe(steps);
      expect(points.map(({ step }) => step)).toEqual(points.map((_, index) => (index + 1) * every));
      for (const { step, loss, learningRate } of points) {
        expect(loss).toBeCloseTo(step - (every - 1) / 2, 9);
        expect(learningRate).toBe(1 / step);
      }
    },
  );

  it('goes on from what JSON kept of it', () => {
    const kept = JSON.parse(JSON.stringify(curveOf(1337))) as Curve;
    expect(curveOf(2500, kept, 1337)).toEqual(curveOf(2500));
  });
});
