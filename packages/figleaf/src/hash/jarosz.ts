/** Jarosz's filter, by which PDQ shrinks a picture: a box blur done twice, of which single pixels are then picked. */
import type { Taps } from '../image/taps.ts';

// Of the sizes that came last: pictures of one source have few, and making them takes a third of the time of a hash.
const made = new Map<string, Taps>();
const MOST_MADE = 64;

/**
 * What each of `to` pixels of an axis of `from` pixels is made of. Blurring and picking are linear, so they are one weighted
 * sum: blurred pixels that nobody picks are never computed, and each pixel of the source is read about once.
 */
export function jaroszTaps(from: number, to: number): Taps {
  const key = `${from} ${to}`;
  const taps = made.get(key) ?? makeTaps(from, to);
  if (made.size >= MOST_MADE) made.clear();
  made.set(key, taps);
  return taps;
}

function makeTaps(from: number, to: number): Taps {
  const window = Math.ceil(from / (2 * to));
  const most = Math.min(from, 2 * window - 1);
  const taps = {
    size: to,
    most,
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float32Array(to * most),
  };
  for (let index = 0; index < to; index++) {
    const picked = Math.floor(((index + 0.5) * from) / to);
    const blur = twiceBlurred(picked, window, from);
    taps.first[index] = blur.first;
    taps.count[index] = blur.weights.length;
    taps.weights.set(blur.weights, index * most);
  }
  return taps;
}

/** One pixel after both blurs: the mean of the means around it. */
function twiceBlurred(at: number, window: number, from: number): { first: number; weights: Float64Array } {
  const outer = boxAt(at, window, from);
  const { first } = boxAt(outer.first, window, from);
  const { end } = boxAt(outer.end - 1, window, from);
  // First by how much the weight changes from pixel to pixel: a box costs two steps then, however wide it is.
  const weights = new Float64Array(end - first + 1);
  for (let blurred = outer.first; blurred < outer.end; blurred++) {
    const inner = boxAt(blurred, window, from);
    const share = 1 / ((outer.end - outer.first) * (inner.end - inner.first));
    weights[inner.first - first]! += share;
    weights[inner.end - first]! -= share;
  }
  for (let i = 1; i < weights.length; i++) weights[i]! += weights[i - 1]!;
  return { first, weights: weights.subarray(0, -1) };
}

/** The pixels of the box around one, cut off at the edges. A box of an even width reaches further towards the end. */
function boxAt(at: number, window: number, from: number): { first: number; end: number } {
  const first = at - Math.floor((window - 1) / 2);
  return { first: Math.max(0, first), end: Math.min(from, first + window) };
}
