/** Tests of what looks the same, and of what follows from it, held against comparing each with each. */
import fc from 'fast-check';
import { hammingDistance } from 'figleaf';
import { describe, expect, it } from 'vitest';
import type { Part } from '../data-set/data-set.ts';
import { type Decision, type Dropped, decide } from './decide.ts';
import { compareAll } from './likeness.ts';
import { HASH_BYTES, type Look, Looks, ROTATIONS } from './looks.ts';
import type { Wanted } from './targets.ts';

/** A picture that is made up. */
interface Drawn {
  readonly target: string;
  readonly part: Part | null;
  readonly group: string | null;
  /** Those of one number have the same pixels, and so the same hashes. */
  readonly pixels: number;
  readonly side: number;
}

/** What all pictures of the same pixels have. */
interface Image {
  readonly quality: number;
  /** `[8, 32]` each. */
  readonly pdq: Uint8Array;
  readonly oneSize: Uint8Array;
}

const OPTIONS = { signal: undefined, onProgress: () => undefined };

function toWanted({ target, part, group }: Drawn, place: number): Wanted {
  return { source: 0, name: `${place}.jpg`, className: target, target, part, group };
}

function toLooks(drawn: readonly Drawn[], images: readonly Image[]): Looks {
  const looks = new Looks(drawn.length, ROTATIONS);
  for (const [place, { pixels, side }] of drawn.entries()) {
    const digest = new Uint8Array(HASH_BYTES);
    new DataView(digest.buffer).setUint32(0, pixels);
    const file = { size: 1, modified: 1, sha256: digest, md5: null, pixels: digest };
    const kept = { sha256: digest, bytes: 1, width: side, height: side };
    const look: Look = { ...file, ...images[pixels]!, width: side, height: side, kept };
    looks.set(place, look);
  }
  return looks;
}

/** Compares each with each, and keeps what is not like what it has kept. */
function decidePlainly(drawn: readonly Drawn[], images: readonly Image[], flips: boolean): Decision {
  const distanceOf = (a: number, b: number): number => {
    const [one, other] = [images[drawn[a]!.pixels]!, images[drawn[b]!.pixels]!];
    if (Math.min(one.quality, other.quality) < 50) return Infinity;
    const hash = (all: Uint8Array, position: number): Uint8Array =>
      all.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);
    let least = Infinity;
    for (const kind of ['pdq', 'oneSize'] as const) {
      for (let position = 0; position < (flips ? ROTATIONS : 1); position++) {
        least = Math.min(
          least,
          hammingDistance(hash(one[kind], 0), hash(other[kind], position)),
          hammingDistance(hash(other[kind], 0), hash(one[kind], position)),
        );
      }
    }
    return least <= 31 ? least : Infinity;
  };
  const isSame = (a: number, b: number): boolean => drawn[a]!.pixels === drawn[b]!.pixels;
  const places = [...drawn.keys()];
  const isAlike = (a: number, b: number): boolean => isSame(a, b) || distanceOf(a, b) < Infinity;
  const isConflict = places.map((a) =>
    places.some(
      (b) =>
        (a !== b && isAlike(a, b) && drawn[a]!.target !== drawn[b]!.target) ||
        // Pixels of two classes are no class's, so what looks like them is in conflict too.
        (isAlike(a, b) && places.some((c) => isSame(b, c) && drawn[b]!.target !== drawn[c]!.target)),
    ),
  );
  const family = places.slice();
  const isTogether = (a: number, b: number): boolean =>
    isAlike(a, b) || (drawn[a]!.group !== null && drawn[a]!.group === drawn[b]!.group);
  for (const _ of places)
    for (const a of places)
      for (const b of places) if (isTogether(a, b)) family[a] = family[b] = Math.min(family[a]!, family[b]!);
  const rankOf = ({ part }: Drawn): number => ['test', 'validation', 'train'].indexOf(part ?? 'train');
  const better = (a: number, b: number): number =>
    rankOf(drawn[a]!) - rankOf(drawn[b]!) || drawn[b]!.side - drawn[a]!.side || a - b;
  const kept: number[] = [];
  const dropped: Dropped[] = [];
  const done = new Set<number>();
  for (const first of places.filter((place) => !isConflict[place]).sort(better)) {
    if (done.has(first)) continue;
    const group = places.filter((place) => isSame(first, place));
    for (const place of group) done.add(place);
    const nearest = kept.toSorted((a, b) => distanceOf(first, a) - distanceOf(first, b) || better(a, b))[0];
    const { part } = drawn[first]!;
    const elsewhere = kept.find((place) => family[place] === family[first] && drawn[place]!.part !== null);
    if (nearest !== undefined && distanceOf(first, nearest) < Infinity) {
      const distance = distanceOf(first, nearest);
      for (const place of group) dropped.push({ place, kind: 'near', distance, of: nearest });
    } else if (part !== null && elsewhere !== undefined && drawn[elsewhere]!.part !== part) {
      for (const place of group) dropped.push({ place, kind: 'part', distance: null, of: elsewhere });
    } else {
      kept.push(first);
      for (const place of group)
        if (place !== first) dropped.push({ place, kind: 'exact', distance: 0, of: first });
    }
  }
  const conflicts = new Map<number, number[]>();
  for (const place of places)
    if (isConflict[place]) conflicts.set(family[place]!, [...(conflicts.get(family[place]!) ?? []), place]);
  return {
    kept: kept.sort((a, b) => a - b),
    dropped: dropped.sort((a, b) => a.place - b.place),
    conflicts: [...conflicts.values()],
    families: new Map(kept.map((place) => [place, family[place]!])),
  };
}

const bit = fc.nat(HASH_BYTES * 8 - 1);
/** Near one of three hashes, and often one of them. */
const hash = fc
  .tuple(fc.nat(2), fc.oneof(fc.constant([]), fc.array(bit, { maxLength: 40 })))
  .map(([base, flips]) => {
    const bytes = new Uint8Array(HASH_BYTES).fill([0, 0xff, 0x0f][base]!);
    for (const at of flips) bytes[at >> 3]! ^= 1 << (at & 7);
    return bytes;
  });
const hashes = fc
  .array(hash, { minLength: ROTATIONS, maxLength: ROTATIONS })
  .map((all) => Uint8Array.from(all.flatMap((one) => [...one])));
const image: fc.Arbitrary<Image> = fc.record({
  quality: fc.constantFrom(49, 50, 100, 100, 100),
  pdq: hashes,
  oneSize: hashes,
});
const picture: fc.Arbitrary<Drawn> = fc.record({
  target: fc.constantFrom('a', 'a', 'a', 'a', 'b'),
  part: fc.constantFrom(null, null, 'train' as const, 'validation' as const, 'test' as const),
  group: fc.constantFrom(null, null, null, 'x', 'y'),
  pixels: fc.nat(9),
  side: fc.integer({ min: 1, max: 3 }),
});

describe('decisions by what looks the same', () => {
  it.each([false, true])(
    'are those of comparing each with each, turned: %s',
    async (flips) => {
      const pictures = fc.array(picture, { minLength: 1, maxLength: 12 });
      const images = fc.array(image, { minLength: 10, maxLength: 10 });
      await fc.assert(
        fc.asyncProperty(pictures, images, async (drawn, all) => {
          const looks = toLooks(drawn, all);
          const likeness = await compareAll([...drawn.keys()], looks, { flips, ...OPTIONS });
          const { families, ...decision } = decide(drawn.map(toWanted), looks, likeness);
          const { families: expected, ...plain } = decidePlainly(drawn, all, flips);
          expect(decision).toEqual(plain);
          expect([...families].sort()).toEqual([...expected].sort());
        }),
        { numRuns: 40 },
      );
    },
    120_000,
  );

  it('take no more pairs where hashes are there thousands of times', async () => {
    const count = 3000;
    const [one, near] = [0, 0x80].map((first) => {
      const hash = new Uint8Array(ROTATIONS * HASH_BYTES);
      for (let at = 0; at < hash.length; at += HASH_BYTES) hash[at] = first;
      return hash;
    }) as [Uint8Array, Uint8Array];
    const drawn = Array.from({ length: count }, (_, pixels): Drawn => {
      return { target: 'a', part: null, group: null, pixels, side: pixels === 7 ? 2 : 1 };
    });
    const images = drawn.map((_, index): Image => {
      const pdq = index % 2 === 0 ? one : near;
      return { quality: 100, pdq, oneSize: pdq };
    });
    const looks = toLooks(drawn, images);
    for (const flips of [false, true]) {
      const likeness = await compareAll([...drawn.keys()], looks, { flips, ...OPTIONS });
      expect(likeness.groups).toHaveLength(count);
      expect(likeness.hashes.count).toBe(4);
      expect([...likeness.hashes.near].map(([, , distance]) => distance)).toEqual([1, 1]);
      const { kept, dropped, families } = decide(drawn.map(toWanted), looks, likeness);
      expect(kept).toEqual([7]);
      expect([...families]).toEqual([[7, 0]]);
      expect(dropped).toHaveLength(count - 1);
      for (const { place, ...because } of dropped)
        expect(because).toEqual({ kind: 'near', distance: place % 2 === 0 ? 1 : 0, of: 7 });
    }
  });
});
