/** Tests of drawing heat over pictures. */
import { describe, expect, it } from 'vitest';
import type { Pixels } from '../image/pixels.ts';
import { drawHeat } from './heat.ts';

const WIDTH = 200;
const HEIGHT = 120;
const grey: Pixels = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3).fill(128) };
const heat = (width: number, ...data: number[]) => ({
  width,
  height: data.length / width,
  data: Float32Array.from(data),
});
const at = ({ data }: Pixels, x: number, y: number): number[] => [
  ...data.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3),
];
const lumaOf = ([red, green, blue]: number[]): number => 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;

describe('a picture with heat', () => {
  it('has the picture in grey where it is cold, and a legend beneath', () => {
    const data = Uint8Array.from(grey.data, (_, index) => [200, 40, 90][index % 3]!);
    const drawn = drawHeat({ ...grey, data }, heat(2, 0, 0));
    expect(drawn).toMatchObject({ width: WIDTH, height: HEIGHT + 26 });
    const [red, green, blue] = at(drawn, 50, 50);
    expect([green, blue]).toEqual([red, red]);
    expect(data[0]).toBe(200);
  });

  it('is lighter the hotter it is, above and in the legend', () => {
    const shades = [0.4, 0.55, 0.7, 0.85, 1].map((value) =>
      lumaOf(at(drawHeat(grey, heat(1, value)), 100, 60)),
    );
    expect(shades).toEqual(shades.toSorted((a, b) => a - b));
    const legend = drawHeat(grey, heat(1, 0));
    const bar = [90, 120, 150, 190].map((x) => lumaOf(at(legend, x, HEIGHT + 6)));
    expect(bar).toEqual(bar.toSorted((a, b) => a - b));
  });

  it('has a line between what is over and what is under one half', () => {
    const drawn = drawHeat(grey, heat(2, 0.1, 0.9));
    const row = Array.from({ length: WIDTH }, (_, x) => at(drawn, x, 60));
    const lines = row.flatMap((pixel, x) => (pixel.every((level) => level === 255) ? [x] : []));
    expect(lines).toEqual([WIDTH / 2]);
  });

  it('runs smoothly through the middles of the cells', () => {
    const drawn = drawHeat(grey, heat(4, 0, 0.3, 0.4, 0.2));
    for (let x = 1; x < WIDTH; x++) {
      const steps = at(drawn, x, 60).map((level, channel) =>
        Math.abs(level - at(drawn, x - 1, 60)[channel]!),
      );
      expect(Math.max(...steps)).toBeLessThanOrEqual(4);
    }
  });

  it.each([
    [1, 1],
    [1, 300],
    [47, 30],
  ])('may be drawn on %i x %i, which is too narrow for a legend', (width, height) => {
    const small = { width, height, data: new Uint8Array(width * height * 3) };
    expect(drawHeat(small, heat(2, 0, 1, 1, 0)).data).toHaveLength(width * height * 3);
  });

  it.each([
    [48, 1, 26],
    [700, 10, 26],
    [1200, 10, 52],
    [95, 1200, 0],
    [96, 1200, 52],
  ])('of %i x %i has a legend of %i rows', (width, height, rows) => {
    const { data } = drawHeat({ width, height, data: new Uint8Array(width * height * 3) }, heat(1, 0));
    expect(data).toHaveLength(width * (height + rows) * 3);
  });

  it('refuses heat that is none', () => {
    const odd = { width: 2, height: 2, data: new Float32Array(3) };
    expect(() => drawHeat(grey, odd)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
  });
});
