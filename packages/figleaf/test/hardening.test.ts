/** A sample of what `hardening.full.test.ts` does: hostile and broken files end in a result or a typed error. */
import { describe, expect, it } from 'vitest';
import { hasData } from '../../../test/data.ts';
import { decodeMany, goodFiles, malformedFiles } from './hardening.ts';

describe('decoding broken files', () => {
  it.skipIf(!hasData)('a tenth of the malformed files', { timeout: 60_000 }, async () => {
    const files = (await malformedFiles()).filter((_, index) => index % 10 === 3);
    const { outcomes, strange, peakBytes } = await decodeMany(files);
    expect(strange).toEqual([]);
    expect(peakBytes).toBeLessThan(1.5e9);
    expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(files.length);
    expect(outcomes.decoded).toBeGreaterThan(10);
  });

  it('50 random mutations', { timeout: 60_000 }, async () => {
    const { outcomes, strange, peakBytes } = await decodeMany(await goodFiles(), { mutations: 50, seed: 7 });
    expect(strange).toEqual([]);
    expect(peakBytes).toBeLessThan(1.5e9);
    expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(50);
  });
});
