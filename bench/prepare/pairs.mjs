/** Child process of `bench prepare`: the built package `figleaf` finds all near pairs among made-up PDQ hashes. */
import { findNearPairs } from 'figleaf';
import { serve } from '../classify/serve.mjs';

/** Numbers from a linear congruential generator, the same for the same seed. */
function generator(seed) {
  let state = seed >>> 0;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Random hashes; the last of them are near copies of the first, of which each differs in at most `most` bits. */
function makeHashes(count, copies, most) {
  const below = generator(1);
  const hashes = new Uint8Array(count * 32);
  for (let at = 0; at < hashes.length; at++) hashes[at] = below(256);
  for (let copy = 0; copy < copies; copy++) {
    const to = (count - 1 - copy) * 32;
    hashes.copyWithin(to, copy * 32, copy * 32 + 32);
    for (let flips = below(most + 1); flips > 0; flips--) {
      const bit = below(256);
      hashes[to + (bit >> 3)] ^= 1 << (bit & 7);
    }
  }
  return hashes;
}

serve({
  /** Seconds, pairs, and the most memory that this whole process had. */
  async find({ count, copies, most }) {
    const hashes = makeHashes(count, copies, most);
    const found = new Set();
    let pairs = 0;
    const start = performance.now();
    await findNearPairs(hashes, (first, second) => {
      pairs++;
      if (second === count - 1 - first) found.add(first);
    });
    const seconds = (performance.now() - start) / 1000;
    return { seconds, pairs, copies: found.size, gigabytes: process.resourceUsage().maxRSS / 1e6 };
  },
});
