/** Every malformed file and 2,000 random mutations: a result or a typed error within 10 s, no crash, little memory. */
import { describe, expect, it } from 'vitest';
import { hasData } from '../../../test/data.ts';
import { decodeMany, goodFiles, malformedFiles } from './hardening.ts';

describe('decoding broken files', () => {
  it.skipIf(!hasData)('every malformed file', { timeout: 600_000 }, async () => {
    const files = await malformedFiles();
    const { outcomes, strange, peakBytes, slowestMs } = await decodeMany(files);
    console.log('malformed files', outcomes, `${Math.round(slowestMs)} ms at most`, `${peakBytes / 1e6} MB`);
    expect(strange).toEqual([]);
    expect(peakBytes).toBeLessThan(1.5e9);
    expect(files.length).toBeGreaterThan(500);
    expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(files.length);
  });

  it('2,000 random mutations', { timeout: 1_200_000 }, async () => {
    const { outcomes, strange, peakBytes, slowestMs } = await decodeMany(await goodFiles(), {
      mutations: 2000,
    });
    console.log('mutations', outcomes, `${Math.round(slowestMs)} ms at most`, `${peakBytes / 1e6} MB`);
    expect(strange).toEqual([]);
    expect(peakBytes).toBeLessThan(1.5e9);
    expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(2000);
  });
});
