/** Which of the edited bridges are the same picture, against the Python package pdqhash. */
import { decodeImage, findNearPairs, fromHex, hammingDistance, type PdqHash, pdqRotations } from 'figleaf';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import golden from './golden/pdq-pairs.json' with { type: 'json' };

const files = Object.keys(golden.pictures) as (keyof typeof golden.pictures)[];

/** Decoders may differ by a level here and there, and with them a bit or two of each hash. */
const ROUNDING = 4;

function expectPairs(found: readonly Pair[], expected: readonly (readonly (string | number)[])[]): void {
  const named = found.map(([one, two, distance]) => [files[one]!, files[two]!, distance] as const);
  const nameOf = ([one, two]: readonly unknown[]): string => `${one} and ${two}`;
  expect(named.map(nameOf).sort()).toEqual(expected.map(nameOf).sort());
  const distances = new Map(expected.map((pair) => [nameOf(pair), Number(pair[2])]));
  for (const pair of named)
    expect(Math.abs(pair[2] - distances.get(nameOf(pair))!), nameOf(pair)).toBeLessThanOrEqual(ROUNDING);
}

type Pair = readonly [number, number, number];

describe.skipIf(!hasData)('the edited bridges', () => {
  let hashes: (readonly PdqHash[])[];

  beforeAll(async () => {
    hashes = await Promise.all(
      files.map(async (file) =>
        pdqRotations((await decodeImage(dataPath('pdq', ...file.split('/')))).frames[0]!),
      ),
    );
  });

  it('have the eight hashes of the reference, in its order', () => {
    for (const [index, file] of files.entries()) {
      const { hashes: expected, quality } = golden.pictures[file];
      expect(hashes[index]!.map((each) => each.quality)).toEqual(Array(8).fill(quality));
      for (const [position, hash] of expected.entries()) {
        const distance = hammingDistance(hashes[index]![position]!.hash, fromHex(hash));
        expect(distance, `${file} ${position}`).toBeLessThanOrEqual(ROUNDING / 2);
      }
    }
  });

  it('pair up as they do there', async () => {
    const found: Pair[] = [];
    const packed = Uint8Array.from(hashes.flatMap(([asItIs]) => [...asItIs!.hash]));
    await findNearPairs(packed, (...pair) => found.push(pair));
    expect(found.length).toBe(78);
    expectPairs(found, golden.pairs);
  });

  it('pair up as they do there when they may be turned', async () => {
    // The pictures as they are, then the others in their seven positions: a pair of both kinds is one of two pictures.
    const packed = Uint8Array.from(
      Array.from({ length: 8 }, (_, position) => hashes.map((all) => all[position]!)).flatMap((each) =>
        each.flatMap(({ hash }) => [...hash]),
      ),
    );
    const nearest = new Map<string, Pair>();
    await findNearPairs(packed, (first, second, distance) => {
      const [one, two] = [first, second % files.length];
      if (one >= two) return;
      const key = `${one} ${two}`;
      if (distance < (nearest.get(key)?.[2] ?? Number.POSITIVE_INFINITY))
        nearest.set(key, [one, two, distance]);
    });
    expect(nearest.size).toBe(190);
    expectPairs([...nearest.values()], golden.turnedPairs);
  });
});
