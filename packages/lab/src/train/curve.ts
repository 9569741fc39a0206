/** How loss and accuracy went within the epochs, in few enough points for a page: the more steps, the more of them in each point. */

/** The mean over some steps. */
export interface CurvePoint {
  /** The last of these steps, counted from 1. */
  readonly step: number;
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** Of the last of these steps. */
  readonly learningRate: number;
}

/** Points of as many steps each, and the steps that are no point yet. */
export interface Curve {
  /** Steps in a point. */
  readonly every: number;
  readonly points: readonly CurvePoint[];
  /** Each as a point of its own. */
  readonly rest: readonly CurvePoint[];
}

export const NO_CURVE: Curve = { every: 1, points: [], rest: [] };

/** Points at most; an even number, so that all of them can be joined in pairs. */
export const MOST_POINTS = 500;

/** The curve with one step more. */
export function addToCurve(curve: Curve, step: CurvePoint): Curve {
  const { every, points } = curve;
  const rest = [...curve.rest, step];
  if (rest.length < every) return { every, points, rest };
  const all = [...points, meanOf(rest)];
  if (all.length < MOST_POINTS) return { every, points: all, rest: [] };
  return { every: every * 2, points: pairsOf(all).map(meanOf), rest: [] };
}

function pairsOf(points: readonly CurvePoint[]): CurvePoint[][] {
  return Array.from({ length: points.length / 2 }, (_, pair) => points.slice(2 * pair, 2 * pair + 2));
}

/** Of steps, or of points that are of as many steps. */
export function meanOf(points: readonly CurvePoint[]): CurvePoint {
  const mean = (of: (point: CurvePoint) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return { ...points.at(-1)!, loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) };
}
