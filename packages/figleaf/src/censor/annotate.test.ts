/** Boxes and labels drawn into pictures: where they are, that they stand out, and that nothing else changes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../detect/detector.ts';
import type { Pixels } from '../image/pixels.ts';
import { annotate } from './annotate.ts';
import { dotOf, LETTER_HEIGHT, LETTER_WIDTH } from './font.ts';

const flat = (width: number, height: number, level: number): Pixels => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(level),
});

const found = (x: number, y: number, width: number, height: number, label = 'PART'): Detection => ({
  ...{ label, category: 'unsafe', score: 0.874 },
  box: { x, y, width, height },
});

const pixelAt = ({ width, data }: Pixels, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('annotate', () => {
  it('leaves its input as it is, and the inside of boxes', () => {
    const pixels = flat(200, 150, 128);
    const drawn = annotate(pixels, [found(50, 60, 60, 50)]);
    expect(pixels).toEqual(flat(200, 150, 128));
    expect(pixelAt(drawn, 80, 85)).toEqual([128, 128, 128]);
    expect(pixelAt(drawn, 10, 140)).toEqual([128, 128, 128]);
    expect(annotate(pixels, [])).toEqual(pixels);
  });

  it.each([0, 128, 255])('has light beside dark at the edge of a box, on grey of %d', (level) => {
    const drawn = annotate(flat(200, 150, level), [found(50, 60, 60, 50)]);
    // From outside to inside through the lower edge.
    const column = Array.from({ length: 10 }, (_, step) => Math.max(...pixelAt(drawn, 80, 114 - step)));
    expect(column).toContain(255);
    expect(column).toContain(16);
  });

  it('writes label and score', () => {
    const drawn = annotate(flat(200, 150, 128), [found(50, 60, 60, 50)]);
    const text = 'PART 87%';
    // The plate lies above the box; its letters begin three pixels in.
    const [left, top] = [49 + 3, 59 - LETTER_HEIGHT - 4 + 2];
    for (const [index, letter] of [...text].entries()) {
      for (let row = 0; row < LETTER_HEIGHT; row++) {
        for (let column = 0; column < LETTER_WIDTH; column++) {
          const pixel = pixelAt(drawn, left + index * (LETTER_WIDTH + 1) + column, top + row);
          expect(pixel).toEqual(dotOf(letter, column, row) ? [255, 255, 255] : [16, 16, 16]);
        }
      }
    }
  });

  it('keeps plates apart, and in the picture', () => {
    const whites = (pixels: Pixels): number =>
      pixels.data.reduce((sum, value, index) => sum + (value === 255 && index % 3 === 2 ? 1 : 0), 0);
    const alone = whites(annotate(flat(300, 200, 128), [found(100, 80, 60, 50)]));
    for (const [x, y] of [
      [-20, -20],
      [270, 180],
      [280, -10],
      [-30, 190],
    ] as const) {
      expect(whites(annotate(flat(300, 200, 128), [found(x, y, 60, 50)]))).toBe(alone);
    }
    const three = [0, 2, 4].map((step) => found(100 + step, 80 + step, 60, 50));
    expect(whites(annotate(flat(300, 200, 128), three))).toBe(alone * 3);
  });

  it('lays plates over no other box where there is room elsewhere', () => {
    // Above the lower box lies the upper one, so that its plate is below it.
    const boxes = [found(100, 40, 80, 50), found(100, 95, 80, 50)];
    const drawn = annotate(flat(300, 200, 128), boxes);
    const bare = (y: number): boolean => [110, 130, 150].every((x) => pixelAt(drawn, x, y)[0] === 128);
    expect([50, 65, 80, 85].every(bare)).toBe(true);
    expect(bare(150)).toBe(false);
  });

  it('takes any box in any picture, and any label', () => {
    const side = fc.integer({ min: 1, max: 60 });
    const number = fc.double({ min: -100, max: 200 });
    fc.assert(
      fc.property(side, side, number, number, number, number, fc.string(), (w, h, x, y, bw, bh, label) => {
        const drawn = annotate(flat(w, h, 9), [found(x, y, bw, bh, label)]);
        expect(drawn.data.length).toBe(w * h * 3);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('the font', () => {
  it('has seven rows of five dots for every letter, and no two alike', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:%/()+?';
    const shapes = [...letters].map((letter) =>
      Array.from({ length: LETTER_HEIGHT * LETTER_WIDTH }, (_, dot) =>
        Number(dotOf(letter, dot % LETTER_WIDTH, Math.floor(dot / LETTER_WIDTH))),
      ).join(''),
    );
    expect(new Set(shapes).size).toBe(letters.length);
    expect(dotOf('a', 0, 1)).toBe(true);
    expect(dotOf('ß', 0, 1)).toBe(dotOf('?', 0, 1));
    expect(dotOf('ï', 0, 1)).toBe(dotOf('I', 0, 1));
  });
});
