/** Tests of pairs and of sets that grow together. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pairs } from './pairs.ts';
import { UnionFind } from './union-find.ts';

const THINGS = 12;
const pairs = fc.array(fc.tuple(fc.nat(THINGS - 1), fc.nat(THINGS - 1), fc.nat(31)), { maxLength: 200 });

it('tells each thing all of its neighbours', () => {
  fc.assert(
    fc.property(pairs, (drawn) => {
      const all = new Pairs();
      for (const pair of drawn) all.add(...pair);
      expect([...all]).toEqual(drawn);
      const neighbours = all.neighbours(THINGS);
      for (let thing = 0; thing < THINGS; thing++) {
        const expected = drawn.flatMap(([one, other, distance]) => [
          ...(one === thing ? [{ other, distance }] : []),
          ...(other === thing ? [{ other: one, distance }] : []),
        ]);
        const key = ({ other, distance }: { other: number; distance: number }) => other * 100 + distance;
        const found = [...neighbours(thing)];
        expect(found.map(key).sort()).toEqual(expected.map(key).sort());
      }
    }),
  );
});

it('names a set by the least thing in it', () => {
  fc.assert(
    fc.property(pairs, (drawn) => {
      const sets = new UnionFind(THINGS);
      const least = Array.from({ length: THINGS }, (_, thing) => thing);
      for (const [one, other] of drawn) {
        sets.join(one, other);
        const [a, b] = [least[one]!, least[other]!];
        for (const [thing, known] of least.entries())
          if (known === a || known === b) least[thing] = Math.min(a, b);
      }
      expect(least.map((_, thing) => sets.find(thing))).toEqual(least);
    }),
  );
});
