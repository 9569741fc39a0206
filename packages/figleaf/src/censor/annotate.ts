/** Draws what was found into a picture: a box with its label and score, legible on any background. */

import type { Detection } from '../detect/detector.ts';
import type { Box } from '../image/box.ts';
import type { Pixels } from '../image/pixels.ts';
import { type Canvas, fill, write } from './canvas.ts';
import { LETTER_HEIGHT, LETTER_WIDTH } from './font.ts';
import type { Colour } from './look.ts';

/** Colours that keep apart from each other for the colour-blind too, all light enough for a dark rim and a dark plate. */
const COLOURS: Readonly<Record<string, Colour>> = {
  unsafe: [255, 96, 64],
  suggestive: [255, 200, 0],
  safe: [64, 190, 255],
};
const OTHER: Colour = [230, 230, 230];
const DARK: Colour = [16, 16, 16];

/** A picture of so many pixels on its longer side has lines of one unit. */
const SIDE_OF_UNIT = 600;

/**
 * Draws boxes with labels and scores, the surest on top. It covers nothing: what is in the boxes stays visible.
 *
 * Each box has a line in the colour of its category (orange for `unsafe`, yellow for `suggestive`, blue for `safe`, grey for others)
 * between two dark ones, and a dark plate with its label in capitals and its score as a percentage. Plates make way for each other and stay in the
 * picture as far as there is room. Lines and letters grow with the picture.
 *
 * @param pixels Left as it is.
 * @returns A new picture of the same size.
 * @example
 * ```ts
 * const { frames: [pixels] } = await decodeImage('party.jpg');
 * const drawn = annotate(pixels, [
 *   { label: 'FACE_FEMALE', category: 'safe', score: 0.87, box: { x: 120, y: 40, width: 80, height: 96 } },
 * ]);
 * ```
 */
export function annotate(pixels: Pixels, detections: readonly Detection[]): Pixels {
  const { width, height } = pixels;
  const canvas: Canvas = { width, height, data: new Uint8Array(pixels.data) };
  const unit = Math.max(1, Math.round(Math.max(width, height) / SIDE_OF_UNIT));
  const surest = detections
    .filter(({ box }) => hasPlace(box))
    .toSorted((one, other) => other.score - one.score);
  // The surest is drawn last, but chooses the place of its plate first.
  const plates: Plate[] = [];
  const boxes = surest.map(({ box }) => box);
  for (const detection of surest) plates.push(placePlate(detection, plates, boxes, canvas, unit));
  for (const { box, category } of surest.toReversed()) drawBox(canvas, box, colourOf(category), unit);
  for (const plate of plates.toReversed()) drawPlate(canvas, plate, unit);
  return canvas;
}

/** A dark rectangle with a text. */
interface Plate extends Box {
  readonly text: string;
  readonly colour: Colour;
}

const hasPlace = ({ x, y, width, height }: Box): boolean => [x, y, width, height].every(Number.isFinite);

const colourOf = (category: Detection['category']): Colour =>
  category !== null && Object.hasOwn(COLOURS, category) ? COLOURS[category]! : OTHER;

const textOf = ({ label, score }: Detection): string => `${label} ${Math.round(score * 100)}%`;

/** Above the box, else below it, else in it; of these the first where no other plate and box is, else no other plate, else above all the same. */
function placePlate(
  detection: Detection,
  taken: readonly Plate[],
  boxes: readonly Box[],
  canvas: Pixels,
  unit: number,
): Plate {
  const { box, category } = detection;
  const text = textOf(detection);
  const width = text.length * (LETTER_WIDTH + 1) * unit + 3 * unit;
  const height = (LETTER_HEIGHT + 4) * unit;
  const left = Math.round(box.x) - unit;
  const x = Math.max(0, Math.min(left, canvas.width - width));
  const [top, bottom] = [Math.round(box.y), Math.round(box.y + box.height)];
  const places = [top - unit - height, bottom + unit, top + 2 * unit, bottom - 2 * unit - height];
  const plates = places.map((y) => ({
    ...{ x, width, height, text, colour: colourOf(category) },
    y: Math.max(0, Math.min(y, canvas.height - height)),
  }));
  const free = plates.filter((plate) => !taken.some((other) => meet(plate, other)));
  const inside = free.filter((plate) => places.includes(plate.y));
  const bare = inside.find((plate) => !boxes.some((other) => other !== box && meet(plate, other)));
  return bare ?? inside[0] ?? free[0] ?? plates[0]!;
}

const meet = (one: Box, other: Box): boolean =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

function drawPlate(canvas: Canvas, { x, y, width, height, text, colour }: Plate, unit: number): void {
  fill(canvas, x, y, width, height, DARK);
  // A stripe in the colour of the box says which it belongs to.
  fill(canvas, x, y, unit, height, colour);
  write(canvas, text, x + 3 * unit, y + 2 * unit, unit);
}

/** A line of the colour between two dark ones, the middle one on the edge of the box. */
function drawBox(canvas: Canvas, { x, y, width, height }: Box, colour: Colour, unit: number): void {
  const [left, top] = [Math.round(x), Math.round(y)];
  const [right, bottom] = [Math.round(x + width), Math.round(y + height)];
  frame(canvas, left - 2 * unit, top - 2 * unit, right + 2 * unit, bottom + 2 * unit, 4 * unit, DARK);
  frame(canvas, left - unit, top - unit, right + unit, bottom + unit, 2 * unit, colour);
}

/** Four lines inside a rectangle's edge. */
function frame(
  canvas: Canvas,
  left: number,
  top: number,
  right: number,
  bottom: number,
  thickness: number,
  colour: Colour,
): void {
  const [width, height] = [right - left, bottom - top];
  fill(canvas, left, top, width, thickness, colour);
  fill(canvas, left, bottom - thickness, width, thickness, colour);
  fill(canvas, left, top, thickness, height, colour);
  fill(canvas, right - thickness, top, thickness, height, colour);
}
