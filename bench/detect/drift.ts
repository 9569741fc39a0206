/** How far detections move from one way of showing a detector the same pictures to another. */
import type { Box, Detection } from 'figleaf';
import { iouOf } from '../../packages/figleaf/src/detect/geometry.ts';

/** What was found in one picture. */
export type Found = readonly Pick<Detection, 'label' | 'score' | 'box'>[];

/** The figures of a comparison, before against after. */
export interface Drift {
  readonly drift_before: number;
  readonly drift_after: number;
  /** Detections without a counterpart: of the same label, overlapping by half or more. */
  readonly drift_gained: number;
  readonly drift_lost: number;
  /** Absolute change of the score of those with one. */
  readonly drift_score_mean: number;
  readonly drift_score_worst: number;
  /** How far the side of a box that moved most has moved, in pixels of the original. */
  readonly drift_box_mean: number;
  readonly drift_box_worst: number;
}

/** Compares what was found, picture by picture. */
export function driftOf(before: readonly Found[], after: readonly Found[]): Drift {
  const pairs = before.flatMap((found, index) => pairsOf(found, after[index] ?? []));
  const scores = pairs.map(([a, b]) => Math.abs(a.score - b.score));
  const sides = pairs.map(([a, b]) => distance(a.box, b.box));
  const [first, second] = [before.flat().length, after.flat().length];
  return {
    drift_before: first,
    drift_after: second,
    drift_gained: second - pairs.length,
    drift_lost: first - pairs.length,
    drift_score_mean: mean(scores),
    drift_score_worst: Math.max(...scores),
    drift_box_mean: mean(sides),
    drift_box_worst: Math.max(...sides),
  };
}

type Pair = readonly [Found[number], Found[number]];

/** Counterparts, those that overlap most first. */
function pairsOf(before: Found, after: Found): Pair[] {
  const near = before
    .flatMap((a) => after.filter(({ label }) => label === a.label).map((b): Pair => [a, b]))
    .map((pair) => ({ pair, overlap: iouOf(pair[0].box, pair[1].box) }))
    .filter(({ overlap }) => overlap >= 0.5)
    .sort((a, b) => b.overlap - a.overlap);
  const taken = new Set<Found[number]>();
  return near.flatMap(({ pair }) => {
    if (pair.some((one) => taken.has(one))) return [];
    for (const one of pair) taken.add(one);
    return [pair];
  });
}

const sidesOf = ({ x, y, width, height }: Box): number[] => [x, y, x + width, y + height];

function distance(a: Box, b: Box): number {
  const other = sidesOf(b);
  return Math.max(...sidesOf(a).map((side, index) => Math.abs(side - other[index]!)));
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
