/** Tests of cutting pictures. */
import { describe, expect, it } from 'vitest';
import { cropMiddle } from './crop.ts';

/** Each pixel's red is its column, its green its row. */
function coordinates(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([x, y, 0], (y * width + x) * 3);
  return { width, height, data };
}

describe('cropMiddle', () => {
  it('keeps the middle', () => {
    expect(cropMiddle(coordinates(8, 4), 0.5)).toEqual({
      width: 4,
      height: 2,
      data: Uint8Array.from([2, 1, 0, 3, 1, 0, 4, 1, 0, 5, 1, 0, 2, 2, 0, 3, 2, 0, 4, 2, 0, 5, 2, 0]),
    });
  });

  it('is the picture itself where all is kept, and leaves at least one pixel', () => {
    const picture = coordinates(3, 3);
    expect(cropMiddle(picture, 1)).toBe(picture);
    expect(cropMiddle(picture, 0.01)).toEqual({ width: 1, height: 1, data: Uint8Array.from([1, 1, 0]) });
  });
});
