/** What pictures are and what one model takes them for, as numbers. */
import type { Example } from './pictures.ts';

/** One model's answers. */
export interface Answers {
  readonly pictures: number;
  readonly classes: number;
  /** `[N, classes]`, 0 to 1. */
  readonly scores: Float64Array;
  /** `[N, classes]`: 1 where the picture is of the class. */
  readonly is: Uint8Array;
  /** `[N, classes]`: 1 where it is taken for it: the class of the highest score, or each from 0.5 on where there may be several. */
  readonly said: Uint8Array;
  /** `[N]`: 1 where what is said is what is. */
  readonly isRight: Uint8Array;
}

/** From which score on a class is said where there may be several. */
const HALF = 0.5;

/** `[N, classes]`: 1 where a picture is of a class. */
export function truthOf(examples: readonly Example[], classes: readonly string[]): Uint8Array {
  const places = new Map(classes.map((name, place) => [name, place]));
  const is = new Uint8Array(examples.length * classes.length);
  for (const [index, { targets }] of examples.entries()) {
    for (const target of targets) is[index * classes.length + places.get(target)!] = 1;
  }
  return is;
}

/** What a model takes pictures for. */
export function answersOf(
  scores: Float64Array,
  is: Uint8Array,
  classes: number,
  multiLabel: boolean,
): Answers {
  const pictures = scores.length / classes;
  const said = new Uint8Array(scores.length);
  const isRight = new Uint8Array(pictures);
  for (let index = 0; index < pictures; index++) {
    const from = index * classes;
    if (multiLabel) {
      for (let at = from; at < from + classes; at++) said[at] = scores[at]! >= HALF ? 1 : 0;
    } else said[highest(scores, from, from + classes)] = 1;
    let right = 1;
    for (let at = from; at < from + classes; at++) if (said[at] !== is[at]) right = 0;
    isRight[index] = right;
  }
  return { pictures, classes, scores, is, said, isRight };
}

/** Of equals the first. */
function highest(scores: Float64Array, from: number, to: number): number {
  let best = from;
  for (let at = from + 1; at < to; at++) if (scores[at]! > scores[best]!) best = at;
  return best;
}

/** Every so-manieth element: the column of a class. */
export function columnOf<T extends Float64Array | Uint8Array>(matrix: T, classes: number, column: number): T {
  const count = matrix.length / classes;
  const values = matrix.slice(0, count) as T;
  for (let index = 0; index < count; index++) values[index] = matrix[index * classes + column]!;
  return values;
}

/** `[N]`: the place of each picture's one class. */
export function placesOf(matrix: Uint8Array, classes: number): Int32Array {
  const places = new Int32Array(matrix.length / classes);
  for (const [at, value] of matrix.entries()) if (value) places[Math.floor(at / classes)] = at % classes;
  return places;
}
