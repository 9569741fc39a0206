/** Brightness, colour and contrast, to the bit as Pillow's `ImageEnhance` has them: each rounds down to whole levels. */
import type { ColourStep } from './step.ts';

/**
 * Does the steps one after the other, in place. What is the same for all channels is looked up in one table at the end, or on the way of the
 * next step that needs the whole pixel.
 *
 * @param data Red, green, blue, one pixel after the other.
 */
export function applyColour(data: Uint8Array, steps: readonly ColourStep[]): void {
  let levels: Uint8Array | null = null;
  for (const { type, factor } of steps) {
    if (type === 'colour') {
      saturate(data, levels ?? IDENTITY, factor);
      levels = null;
    } else {
      const from = type === 'brightness' ? 0 : meanGrey(data, levels ?? IDENTITY);
      levels = (levels ?? IDENTITY).map((level) => blend(from, level, factor));
    }
  }
  if (!levels) return;
  for (let at = 0; at < data.length; at++) data[at] = levels[data[at]!]!;
}

const IDENTITY = Uint8Array.from({ length: 256 }, (_, level) => level);

/** From one level towards another and beyond, in 32-bit floats. */
function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
}

/** Each channel from the grey of its pixel towards itself and beyond. */
function saturate(data: Uint8Array, levels: Uint8Array, factor: number): void {
  const moves = Float32Array.from({ length: 511 }, (_, index) => Math.fround(factor) * (index - 255));
  for (let at = 0; at < data.length; at += 3) {
    const [red, green, blue] = [levels[data[at]!]!, levels[data[at + 1]!]!, levels[data[at + 2]!]!];
    const grey = greyOf(red, green, blue);
    data[at] = clipped(grey + moves[red - grey + 255]!);
    data[at + 1] = clipped(grey + moves[green - grey + 255]!);
    data[at + 2] = clipped(grey + moves[blue - grey + 255]!);
  }
}

const clipped = (value: number): number => {
  const single = Math.fround(value);
  return single <= 0 ? 0 : single >= 255 ? 255 : single | 0;
};

/** Luma of ITU-R 601-2 in whole levels, as Pillow turns pictures grey. */
const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** Mean of the greys, rounded to a whole level. */
function meanGrey(data: Uint8Array, levels: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 3) {
    sum += greyOf(levels[data[at]!]!, levels[data[at + 1]!]!, levels[data[at + 2]!]!);
  }
  return Math.floor(sum / (data.length / 3) + 0.5);
}
