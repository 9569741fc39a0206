/** Tests of which pictures are taken. */
import { expect, it } from 'vitest';
import { choose } from './choose.ts';
import type { Listed } from './listing.ts';

it('takes more of a class than a call can have arguments', () => {
  const listed = Array.from({ length: 150_001 }, (_, index): Listed => {
    return { source: 0, name: `${index}.jpg`, className: 'a', part: null, group: null };
  });
  expect(choose(listed, 150_000, 1).length).toBe(150_000);
});
