/** Functions made of sums and products, against the standard library's. */
import { expect, it } from 'vitest';
import { cosineOf, exponentialOf, logarithmOf, powerOf, sineOf } from '../../src/augment/maths.ts';

it('has sines and cosines of all angles', () => {
  for (let degrees = -720; degrees <= 720; degrees += 3.7) {
    expect(Math.abs(cosineOf(degrees) - Math.cos((degrees / 180) * Math.PI))).toBeLessThan(1e-14);
    expect(Math.abs(sineOf(degrees) - Math.sin((degrees / 180) * Math.PI))).toBeLessThan(1e-14);
  }
  expect(cosineOf(0)).toBe(1);
});

it('has powers, logarithms and exponentials', () => {
  for (const value of [1e-12, 2 ** -24, 0.1, 0.5, 0.75, 0.999, 1, 1.5, 7, 1e6]) {
    expect(Math.abs(logarithmOf(value) - Math.log(value))).toBeLessThan(1e-13);
    expect(powerOf(value, 2.5) / value ** 2.5).toBeCloseTo(1, 11);
  }
  for (const x of [-600, -20, -1, -0.3, 0, 0.3, 1, 20]) {
    expect(exponentialOf(x) / Math.exp(x)).toBeCloseTo(1, 11);
  }
  expect(exponentialOf(-1000)).toBe(0);
});
