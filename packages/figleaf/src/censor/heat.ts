/** Draws a heat map over a picture: where a classifier sees what it says. */
import type { Heat } from '../detect/class-map.ts';
import { FigleafError } from '../errors.ts';
import type { Pixels } from '../image/pixels.ts';
import { type Canvas, fill, write } from './canvas.ts';
import { LETTER_WIDTH } from './font.ts';
import type { Colour } from './look.ts';

/** From cold to hot, ever lighter, so that it can be read without seeing colours. */
const SCALE: readonly Colour[] = [
  [20, 24, 90],
  [104, 28, 130],
  [200, 52, 96],
  [248, 140, 30],
  [255, 244, 150],
];
const DARK: Colour = [16, 16, 16];
const WHITE: Colour = [255, 255, 255];

/** The grey picture beneath goes from this black to this white, so that dark ones stay to be seen. */
const [BLACKEST, WHITEST] = [32, 176];
/** How much of the picture the hottest place hides. */
const MOST_OPAQUE = 0.8;
/** From this heat on no more of the picture is hidden. */
const OPAQUE = 0.7;
/** Where the line is drawn between rather safe and rather not. */
const LINE = 0.5;
/** A picture of so many pixels on its longer side has lines of one unit. */
const SIDE_OF_UNIT = 600;
/** Height of the legend beneath the picture in units. */
const LEGEND = 26;
/** Width in units of the narrowest legend, with room for 0% and 100% and between them. */
const LEAST_LEGEND = 48;

/**
 * Draws heat over a picture. The picture is dimmed and grey beneath; where it is cold it stays to be seen, where it is hot it goes
 * from violet over red and orange to light yellow, ever lighter, so that it can be told without seeing colours. A white line goes around what is
 * over 0.5. Below is a legend from 0 to 100 %.
 *
 * @param pixels Left as it is.
 * @param heat Its cells are stretched over the whole picture; between their middles the heat runs smoothly.
 * @returns A new picture, as wide, and higher by the legend: by 26 pixels, of large pictures by 26 for each 600 of the longer side. Where
 * the picture is too narrow for the figures of the legend, under 48 pixels for each of those 26, there is none.
 * @throws {FigleafError} `option-invalid` for heat without cells or with as many numbers as it should not have.
 * @example
 * ```ts
 * const { frames: [pixels] } = await decodeImage('holiday.jpg');
 * const { heat } = await explainer.explain(pixels);
 * const drawn = drawHeat(pixels, heat);
 * ```
 */
export function drawHeat(pixels: Pixels, heat: Heat): Pixels {
  checkHeat(heat);
  const { width, height } = pixels;
  const unit = Math.max(1, Math.round(Math.max(width, height) / SIDE_OF_UNIT));
  const hasLegend = width >= LEAST_LEGEND * unit;
  const whole = hasLegend ? height + LEGEND * unit : height;
  const canvas: Canvas = { width, height: whole, data: new Uint8Array(width * whole * 3) };
  const writeRow = heatRows(heat, width, height);
  const [row, above] = [new Float32Array(width), new Float32Array(width)];
  for (let y = 0; y < height; y++) {
    writeRow(y, row);
    writeRow(Math.max(0, y - unit), above);
    for (let x = 0; x < width; x++) {
      const isHot = row[x]! > LINE;
      const isLine = isHot !== row[Math.max(0, x - unit)]! > LINE || isHot !== above[x]! > LINE;
      const at = (y * width + x) * 3;
      if (isLine) canvas.data.fill(255, at, at + 3);
      else shade(canvas, at, greyAt(pixels, at), row[x]!);
    }
  }
  if (hasLegend) drawLegend(canvas, height, unit);
  return canvas;
}

function checkHeat({ width, height, data }: Heat): void {
  if (width >= 1 && height >= 1 && data.length === width * height) return;
  throw new FigleafError(
    'option-invalid',
    `heat of ${width} x ${height} cells has ${data.length} numbers; give one for each cell, and at least one`,
  );
}

/** Luma as in BT.601. */
function greyAt({ data }: Pixels, at: number): number {
  return 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
}

/** Writes the colour of a pixel that was so grey, 0 to 255, and is so hot. */
function shade({ data }: Canvas, at: number, grey: number, heat: number): void {
  const opacity = MOST_OPAQUE * Math.min(1, heat / OPAQUE);
  const beneath = (BLACKEST + ((WHITEST - BLACKEST) * grey) / 255) * (1 - opacity);
  const place = heat * (SCALE.length - 1);
  const index = Math.min(SCALE.length - 2, Math.floor(place));
  const cold = SCALE[index]!;
  const hot = SCALE[index + 1]!;
  for (let channel = 0; channel < 3; channel++) {
    const level = cold[channel]! + (hot[channel]! - cold[channel]!) * (place - index);
    data[at + channel] = beneath + level * opacity;
  }
}

/** Writes the heat of each pixel of a row: Catmull and Rom's cubic through the middles of the cells, kept within 0 and 1. */
function heatRows(heat: Heat, width: number, height: number): (y: number, into: Float32Array) => void {
  const [across, down] = [cubic(heat.width, width), cubic(heat.height, height)];
  const wide = Array.from({ length: heat.height }, (_, row) => {
    const cells = heat.data.subarray(row * heat.width, (row + 1) * heat.width);
    return Float32Array.from(across, (taps) =>
      taps.reduce((sum, { cell, weight }) => sum + cells[cell]! * weight, 0),
    );
  });
  const sums = new Float64Array(width);
  return (y, into) => {
    sums.fill(0);
    for (const { cell, weight } of down[y]!) {
      const row = wide[cell]!;
      for (let x = 0; x < width; x++) sums[x]! += row[x]! * weight;
    }
    for (let x = 0; x < width; x++) into[x] = Math.min(1, Math.max(0, sums[x]!));
  };
}

/** A cell, and how much it counts. */
interface Tap {
  readonly cell: number;
  readonly weight: number;
}

/** For each pixel along an axis the four cells around it; beyond the ends they go on as they end. */
function cubic(cells: number, pixels: number): Tap[][] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const place = ((pixel + 0.5) * cells) / pixels - 0.5;
    const first = Math.floor(place);
    const t = place - first;
    const weights = [
      ((2 - t) * t - 1) * t,
      (3 * t - 5) * t * t + 2,
      ((4 - 3 * t) * t + 1) * t,
      (t - 1) * t * t,
    ];
    return weights.map((weight, index) => ({
      cell: Math.min(cells - 1, Math.max(0, first - 1 + index)),
      weight: weight / 2,
    }));
  });
}

/** A bar of the scale as it looks on a picture of middle grey, and figures beneath it. */
function drawLegend(canvas: Canvas, top: number, unit: number): void {
  const { width } = canvas;
  const [left, right] = [4 * unit, width - 4 * unit];
  fill(canvas, 0, top, width, LEGEND * unit, DARK);
  for (let y = top + 4 * unit; y < top + 12 * unit; y++) {
    for (let x = left; x < right; x++) shade(canvas, (y * width + x) * 3, 128, (x - left) / (right - left));
  }
  const middle = Math.round((left + right) / 2);
  fill(canvas, middle, top + 3 * unit, unit, 10 * unit, WHITE);
  const y = top + 15 * unit;
  write(canvas, '0%', left, y, unit);
  write(canvas, '100%', right - widthOf('100%', unit), y, unit);
  const places = middle - widthOf('50%', unit) / 2;
  const hasRoom = places - left > widthOf('0%', unit) + widthOf('100%', unit) / 2;
  if (hasRoom) write(canvas, '50%', Math.round(places), y, unit);
}

const widthOf = (text: string, unit: number): number => (text.length * (LETTER_WIDTH + 1) - 1) * unit;
