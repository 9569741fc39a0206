/** Non-maximum suppression: of boxes that overlap the one that scores highest. */
import type { Candidate } from './candidates.ts';

/** Which boxes suppress which. */
export interface NmsOptions {
  /** Boxes suppress those that they overlap by more, as intersection over union, 0 to 1. */
  readonly iou: number;
  /** Whether boxes suppress those of other labels too. */
  readonly classAgnostic: boolean;
}

/**
 * The candidates that no better one suppresses, the best first; of equal scores the one that came first.
 *
 * @example
 * ```ts
 * const kept = nms(candidates, { iou: 0.45, classAgnostic: false });
 * ```
 */
export function nms<C extends Candidate>(candidates: readonly C[], { iou, classAgnostic }: NmsOptions): C[] {
  const sorted = byScore(candidates);
  const corners = cornersOf(sorted);
  const kept: C[] = [];
  // Boxes that can suppress each other, apart.
  const groups = new Map<number, number[]>();
  sorted.forEach((candidate, index) => {
    const key = classAgnostic ? 0 : candidate.label;
    const rivals = groups.get(key) ?? [];
    groups.set(key, rivals);
    if (rivals.some((rival) => overlaps(corners, rival, index, iou))) return;
    rivals.push(index);
    kept.push(candidate);
  });
  return kept;
}

/** The best first; `sort` is stable, so that equals keep their order. */
export function byScore<C extends Candidate>(candidates: readonly C[]): C[] {
  return [...candidates].sort((a, b) => b.score - a.score);
}

/** `[n, 5]`: left, top, right, bottom, area. In one array, since thousands of boxes are compared with one another. */
function cornersOf(candidates: readonly Candidate[]): Float64Array {
  const corners = new Float64Array(candidates.length * 5);
  candidates.forEach(({ box: { x, y, width, height } }, index) => {
    corners.set([x, y, x + width, y + height, width * height], index * 5);
  });
  return corners;
}

function overlaps(corners: Float64Array, a: number, b: number, iou: number): boolean {
  const [p, q] = [a * 5, b * 5];
  const width = Math.min(corners[p + 2]!, corners[q + 2]!) - Math.max(corners[p]!, corners[q]!);
  if (width <= 0) return false;
  const height = Math.min(corners[p + 3]!, corners[q + 3]!) - Math.max(corners[p + 1]!, corners[q + 1]!);
  if (height <= 0) return false;
  const overlap = width * height;
  return overlap > iou * (corners[p + 4]! + corners[q + 4]! - overlap);
}
