/** What is suggested for a wrong name. */
import { expect, it } from 'vitest';
import { suggestion } from './suggestion.ts';

const NAMES = Array.from({ length: 18 }, (_, index) => `PART_${index + 10}`);

it('names the nearest, and as many as there is room for', () => {
  expect(suggestion('PART_1O', NAMES)).toMatch(/^did you mean 'PART_10'\? .*PART_21 and 6 more$/);
  const all = suggestion('PART_1O', NAMES, NAMES.length);
  expect(all).toBe(`did you mean 'PART_10'? there are: ${NAMES.join(', ')}`);
  expect(suggestion('PART_1O', [])).toBe('there are none');
});

it.each([
  ['part_99', "did you mean 'PART_9'? there are: FACE, PART_9"],
  ['fac', "did you mean 'FACE'? there are: FACE, PART_9"],
  ['p', "did you mean 'PART_9'? there are: FACE, PART_9"],
  ['NOPE', 'there are: FACE, PART_9'],
])('names none that is far from %j', (wrong, expected) => {
  expect(suggestion(wrong, ['FACE', 'PART_9'])).toBe(expected);
});
