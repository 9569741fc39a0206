/** Tests of matrix profiles against sharp, which converts by Little CMS. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { toSrgb } from './icc.ts';

/** Colours all over the cube, once in each order. */
const colours = new Uint8Array(
  [0, 40, 90, 128, 170, 215, 255].flatMap((r, _, all) => all.flatMap((g) => all.flatMap((b) => [r, g, b]))),
);
const raw = { width: colours.length / 3, height: 1, channels: 3 } as const;

describe('toSrgb', () => {
  it('converts Display P3 as Little CMS does', async () => {
    const file = await sharp(colours, { raw }).withIccProfile('p3').png().toBuffer();
    const { icc } = await sharp(file).metadata();
    const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
    const expected = await sharp(file).toColourspace('srgb').raw().toBuffer();
    const data = new Uint8Array(stored);
    expect(toSrgb(data, icc!)).toBe(true);
    const differences = data.map((value, index) => Math.abs(value - expected[index]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(2);
    expect(Math.max(...stored.map((value, index) => Math.abs(value - expected[index]!)))).toBeGreaterThan(10);
  });

  it('leaves pixels alone where the profile is another kind or broken', () => {
    const data = new Uint8Array([1, 2, 3]);
    expect(toSrgb(data, new Uint8Array(4))).toBe(false);
    expect(toSrgb(data, new Uint8Array(200).fill(255))).toBe(false);
    expect([...data]).toEqual([1, 2, 3]);
  });
});
