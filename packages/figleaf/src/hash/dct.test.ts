/** Tests of the cosine transform on pictures whose frequencies are known. */
import { expect, it } from 'vitest';
import { dct, FREQUENCIES } from './dct.ts';

const wave = (frequency: number, at: number): number => Math.cos((Math.PI / 64) * frequency * (at + 0.5));

function picture(valueAt: (x: number, y: number) => number): Float32Array {
  return Float32Array.from({ length: 64 * 64 }, (_, index) => valueAt(index % 64, Math.floor(index / 64)));
}

it.each([
  [1, 1],
  [1, 16],
  [5, 2],
  [16, 16],
])('finds the frequency %i down and %i across, and nothing else', (down, across) => {
  const coefficients = dct(picture((x, y) => wave(down, y) * wave(across, x)));
  const expected = new Float32Array(FREQUENCIES ** 2);
  expected[(down - 1) * FREQUENCIES + across - 1] = 32;
  coefficients.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 3);
  });
});

it('does not see brightness, nor frequencies above 16', () => {
  for (const value of dct(picture((x, y) => 100 + wave(17, x) + wave(40, y))))
    expect(value).toBeCloseTo(0, 2);
});
