/** Random numbers for the noise in covers: the same again from a seed, else from the platform's own source. */

/** Four words from which a stream of random numbers follows. */
export type Seed = readonly [number, number, number, number];

/** The words for a number that somebody fixed, or words that nobody can know. */
export function seedOf(fixed: number | undefined): Seed {
  const words = new Uint32Array(4);
  if (fixed === undefined) crypto.getRandomValues(words);
  else new Float64Array(words.buffer, 0, 1)[0] = fixed;
  // All zeros would stay so for ever.
  return [words[0]!, words[1]!, words[2]!, words[3]! || 1];
}

/** A stream of numbers from 0 up to but without 1: xorshift128, the same for the same seed. */
export function randomNumbers(seed: Seed): () => number {
  let [a, b, c, d] = seed;
  const next = (): number => {
    const mixed = a ^ (a << 11);
    [a, b, c] = [b, c, d];
    d = (d ^ (d >>> 19) ^ mixed ^ (mixed >>> 8)) >>> 0;
    return d / 2 ** 32;
  };
  // Small seeds take a while to fill all bits.
  for (let round = 0; round < 32; round++) next();
  return next;
}
