/** The order of pictures: all of them, and the same again. */
import { RandomStream } from '@figleaf/onnx/nn';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shuffle } from './order.ts';

it('has every item once, and follows from seed and epoch', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(1000), fc.nat(100), (seed, epoch, count) => {
      const items = Array.from({ length: count }, (_, index) => index);
      const drawn = shuffle(items, new RandomStream(seed, 'order', epoch));
      expect(drawn.toSorted((a, b) => a - b)).toEqual(items);
      expect(shuffle(items, new RandomStream(seed, 'order', epoch))).toEqual(drawn);
    }),
  );
});

it('favours no place', () => {
  const counts = new Map<string, number>();
  for (let epoch = 0; epoch < 6000; epoch++) {
    const drawn = shuffle(['a', 'b', 'c'], new RandomStream(1, 'order', epoch)).join('');
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // 1000 each are expected; five standard deviations are 144.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(144);
});
