/** Tests of which epoch counts as the best. */
import { expect, it } from 'vitest';
import { isBetter } from './metrics.ts';

const best = { validationAccuracy: 0.9, validationLoss: 0.3 };

it.each([
  [{ accuracy: 0.91, loss: 0.5 }, true],
  [{ accuracy: 0.9, loss: 0.29 }, true],
  [{ accuracy: 0.9, loss: 0.3 }, false],
  [{ accuracy: 0.89, loss: 0.1 }, false],
])('%j is better than 90 %% at a loss of 0.3: %s', (measured, expected) => {
  expect(isBetter(measured, best)).toBe(expected);
});
