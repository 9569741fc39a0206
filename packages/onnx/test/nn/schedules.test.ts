/** Schedules, and names that patterns choose. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constantRate,
  cosineDecay,
  exponentialDecay,
  isChosen,
  type PlateauOptions,
  type PlateauState,
  plateauStart,
  reduceOnPlateau,
  stepDecay,
  warmUp,
} from '../../src/nn/index.ts';

describe('schedules', () => {
  it('constantRate stays', () => {
    expect([0, 1, 1e6].map(constantRate(0.3))).toEqual([0.3, 0.3, 0.3]);
  });

  it('stepDecay falls in steps: that of the Xception paper', () => {
    const rate = stepDecay({ rate: 0.045, factor: 0.94, every: 2 });
    expect([0, 1, 2, 3, 4].map((epoch) => rate(epoch) / 0.045)).toEqual([
      1,
      1,
      expect.closeTo(0.94, 12),
      expect.closeTo(0.94, 12),
      expect.closeTo(0.8836, 12),
    ]);
  });

  it('exponentialDecay falls all the time', () => {
    const rate = exponentialDecay({ rate: 1, factor: 0.25, every: 10 });
    expect([0, 5, 10, 20].map(rate)).toEqual([1, 0.5, 0.25, 0.0625]);
  });

  it('cosineDecay goes from the rate to the end and stays there', () => {
    const rate = cosineDecay({ rate: 1, steps: 100, end: 0.1 });
    const expected = [1, 0.55 + 0.45 * Math.SQRT1_2, 0.55, 0.1, 0.1];
    for (const [index, step] of [0, 25, 50, 100, 1000].entries())
      expect(rate(step)).toBeCloseTo(expected[index]!, 12);
  });

  it('cosineDecay never rises', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(600), (steps, step) => {
        const rate = cosineDecay({ rate: 1, steps });
        expect(rate(step + 1)).toBeLessThanOrEqual(rate(step));
      }),
    );
  });

  it('warmUp rises in a line, then begins what follows', () => {
    const rate = warmUp(4, stepDecay({ rate: 1, factor: 0.5, every: 2 }));
    expect([0, 1, 2, 3, 4, 5, 6].map(rate)).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1, 0.5]);
    expect(warmUp(0, constantRate(2))(0)).toBe(2);
  });

  it('refuse to last no step', () => {
    expect(() => stepDecay({ rate: 1, factor: 0.5, every: 0 })).toThrow(/more than 0/);
    expect(() => cosineDecay({ rate: 1, steps: -1 })).toThrow(/more than 0/);
  });
});

describe('reduceOnPlateau', () => {
  function rates(losses: readonly number[], options: PlateauOptions): number[] {
    let state = plateauStart(1);
    return losses.map((loss) => {
      // As from a checkpoint: all it remembers is plain data.
      state = reduceOnPlateau(JSON.parse(JSON.stringify(state)) as PlateauState, loss, options);
      return state.rate;
    });
  }

  it('lowers the rate where the loss has not fallen for as long as is borne', () => {
    expect(rates([5, 4, 4, 4, 3, 3, 3, 3], { patience: 2, factor: 0.5 })).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25,
    ]);
  });

  it('calls a loss better only if it is by enough', () => {
    expect(rates([5, 4.95, 4.91], { patience: 2, minDelta: 0.1, factor: 0.5 })).toEqual([1, 1, 0.5]);
    expect(rates([5, 4.85, 4.7], { patience: 2, minDelta: 0.1, factor: 0.5 })).toEqual([1, 1, 1]);
  });

  it('waits after a fall, as Keras does', () => {
    // Lowered at the third; the next two are the cooldown, of which the last counts again.
    expect(rates([5, 5, 5, 5, 5, 5, 5], { patience: 2, cooldown: 2, factor: 0.5 })).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.25, 0.25,
    ]);
  });

  it('ends at the lowest rate, and takes no loss that is no number for a better one', () => {
    expect(rates([5, 5, 5, 5], { patience: 1, factor: 0.1, minRate: 0.05 })).toEqual([1, 0.1, 0.05, 0.05]);
    expect(rates([5, Number.NaN, 5], { patience: 2, factor: 0.5 }).at(-1)).toBe(0.5);
  });
});

describe('names', () => {
  it.each([
    ['block1_conv1/kernel', ['block1_*'], true],
    ['block10_conv1/kernel', ['block1_*'], false],
    ['block1_conv1/kernel', ['*conv*kernel'], true],
    ['kernel', ['*kernel'], true],
    ['kernel', ['kernel*kernel'], false],
    ['a.kernel', ['a?kernel'], false],
    ['predictions/kernel', ['*', '!predictions/*'], false],
    ['predictions/kernel', ['!predictions/*', '*'], true],
    ['predictions/kernel', [], false],
    ['predictions/kernel', ['!other'], false],
  ])('%s, %j: %s', (name, patterns, expected) => {
    expect(isChosen(name, patterns)).toBe(expected);
  });

  it('a pattern fits what a regular expression with .* fits', () => {
    const text = fc.stringMatching(/^[ab/]{0,6}$/);
    const pattern = fc.stringMatching(/^[ab/*]{0,5}$/);
    fc.assert(
      fc.property(text, pattern, (name, glob) => {
        expect(isChosen(name, [glob])).toBe(new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name));
      }),
      { numRuns: 500 },
    );
  });
});
