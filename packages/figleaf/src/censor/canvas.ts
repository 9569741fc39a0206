/** Drawing on pixels: rectangles, and text in our own letters. */
import type { Pixels } from '../image/pixels.ts';
import { dotOf, LETTER_HEIGHT, LETTER_WIDTH } from './font.ts';
import type { Colour } from './look.ts';

/** Pixels that are drawn on. */
export interface Canvas extends Pixels {
  readonly data: Uint8Array;
}

/** A rectangle; what of it lies beside the canvas is left out. */
export function fill(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  const [left, right] = [Math.max(0, x), Math.min(canvas.width, x + width)];
  for (let row = Math.max(0, y); row < Math.min(canvas.height, y + height); row++) {
    for (let column = left; column < right; column++)
      canvas.data.set(colour, (row * canvas.width + column) * 3);
  }
}

const WHITE: Colour = [255, 255, 255];

/** Text, its dots `unit` pixels large. */
export function write(
  canvas: Canvas,
  text: string,
  x: number,
  y: number,
  unit: number,
  colour: Colour = WHITE,
): void {
  for (const [index, letter] of [...text].entries()) {
    const left = x + index * (LETTER_WIDTH + 1) * unit;
    for (let row = 0; row < LETTER_HEIGHT; row++) {
      for (let column = 0; column < LETTER_WIDTH; column++) {
        if (!dotOf(letter, column, row)) continue;
        fill(canvas, left + column * unit, y + row * unit, unit, unit, colour);
      }
    }
  }
}
