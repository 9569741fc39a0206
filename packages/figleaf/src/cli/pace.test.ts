/** Rates and time left: of a run that goes on with another, and of folders with much that is no picture. */
import { describe, expect, it } from 'vitest';
import { Pace, type Step } from './pace.ts';

/** So many of a kind, each after so many milliseconds. */
function walk(...parts: readonly (readonly [step: Step, count: number, each: number])[]): Pace {
  let now = 5000;
  const pace = new Pace(now);
  for (const [step, count, each] of parts) {
    for (let i = 0; i < count; i++) {
      now += each;
      pace.add(step, now);
    }
  }
  return pace;
}

describe('the pace', () => {
  it('is that of what was judged', () => {
    const pace = walk(['judged', 50, 100]);
    expect(pace.rate).toBeCloseTo(10);
    expect(pace.left(150)).toBeCloseTo(10);
  });

  it('takes no notice of what an earlier run judged', () => {
    const resumed = walk(['known', 500_000, 0.02], ['judged', 20, 100]);
    expect(resumed.done).toBe(500_020);
    expect(resumed.rate).toBeCloseTo(10);
    expect(resumed.left(1_000_020)).toBeCloseTo(50_000);
  });

  it('does not call judged what is passed over, and expects as much of it as so far', () => {
    const mixed = walk(['passed over', 90, 1], ['judged', 10, 91]);
    expect(mixed.rate).toBeCloseTo(10);
    expect(mixed.left(1100)).toBeCloseTo(10);
  });

  it('says nothing before anything is judged', () => {
    const pace = walk(['known', 10, 1], ['passed over', 10, 1]);
    expect([pace.done, pace.rate, pace.left(100)]).toEqual([20, 0, null]);
  });
});
