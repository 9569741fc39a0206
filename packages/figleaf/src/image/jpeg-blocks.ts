/** What the blocks of a JPEG lose: the cosine transform, rounding to multiples of quantisers, and the way back. */

// All in whole numbers of 32 bits, rounded where libjpeg's default (`islow`) rounds: neither an engine's floats nor its `Math.cos`
// show in the result, and what lies just between two levels, which is frequent, falls to the same side as there.

/** Bits below the point of the cosines, which are times the root of 2 as well: 11363 is that of a sixteenth of half a turn. */
const BITS = 13;
/** Bits that are kept below the point between the two axes. */
const SPARE = 2;
/** How far each pass is shifted back: frequencies are 8 times too large in between, and samples as they were. */
const FIRST = BITS - SPARE;
const SECOND = BITS + SPARE;
const SECOND_BACK = BITS + SPARE + 3;

/** The level that is 0 to the transform. */
const MIDDLE = 128;

/**
 * Rounds each block of a channel, in place, as a JPEG does that has these quantisers.
 *
 * @param samples `[height, width]`, 0 to 255; whole blocks of 8 x 8.
 * @param width A multiple of 8.
 * @param steps `[8, 8]`, row by row.
 */
export function quantiseBlocks(samples: Uint8Array, width: number, steps: readonly number[]): void {
  const block = new Int32Array(64);
  const places = Int32Array.from(block, (_, i) => (i >> 3) * width + (i & 7));
  for (let top = 0; top < samples.length; top += 8 * width) {
    for (let start = top; start < top + width; start += 8) {
      for (let i = 0; i < 64; i++) block[i] = samples[start + places[i]!]! - MIDDLE;
      for (let row = 0; row < 64; row += 8) transform(block, row, 1, FIRST);
      for (let column = 0; column < 8; column++) transform(block, column, 8, SECOND);
      for (let i = 0; i < 64; i++) block[i] = quantised(block[i]!, steps[i]!);
      for (let column = 0; column < 8; column++) transformBack(block, column, 8, FIRST);
      for (let row = 0; row < 64; row += 8) transformBack(block, row, 1, SECOND_BACK);
      for (let i = 0; i < 64; i++) {
        samples[start + places[i]!] = Math.min(255, Math.max(0, block[i]! + MIDDLE));
      }
    }
  }
}

/** The multiple of `step` next to an eighth of `value`; of two that are as near, the one farther from 0. */
function quantised(value: number, step: number): number {
  const level = Math.floor((Math.abs(value) + 4 * step) / (8 * step));
  return value < 0 ? -level * step : level * step;
}

/**
 * Eight samples, `step` apart, to eight frequencies: DCT-II, by what is even and odd around the middle. The factors are those that
 * libjpeg's rounded ones add up to (the algorithm of Loeffler, Ligtenberg and Moschytz, 1989), so that some are one off.
 */
function transform(block: Int32Array, at: number, step: number, shift: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const s0 = block[at]! + block[i7]!;
  const d0 = block[at]! - block[i7]!;
  const s1 = block[i1]! + block[i6]!;
  const d1 = block[i1]! - block[i6]!;
  const s2 = block[i2]! + block[i5]!;
  const d2 = block[i2]! - block[i5]!;
  const s3 = block[i3]! + block[i4]!;
  const d3 = block[i3]! - block[i4]!;
  const round = 1 << (shift - 1);
  block[at] = (((s0 + s1 + s2 + s3) << BITS) + round) >> shift;
  block[i1] = (11363 * d0 + 9633 * d1 + 6437 * d2 + 2260 * d3 + round) >> shift;
  block[i2] = (10703 * (s0 - s3) + 4433 * (s1 - s2) + round) >> shift;
  block[i3] = (9633 * d0 - 2259 * d1 - 11362 * d2 - 6436 * d3 + round) >> shift;
  block[i4] = (((s0 - s1 - s2 + s3) << BITS) + round) >> shift;
  block[i5] = (6437 * d0 - 11362 * d1 + 2261 * d2 + 9633 * d3 + round) >> shift;
  block[i6] = (4433 * (s0 - s3) - 10704 * (s1 - s2) + round) >> shift;
  block[i7] = (2260 * d0 - 6436 * d1 + 9633 * d2 - 11363 * d3 + round) >> shift;
}

/** Eight frequencies, `step` apart, to eight samples: the transpose of {@link transform}. */
function transformBack(block: Int32Array, at: number, step: number, shift: number): void {
  const i1 = at + step;
  const i2 = i1 + step;
  const i3 = i2 + step;
  const i4 = i3 + step;
  const i5 = i4 + step;
  const i6 = i5 + step;
  const i7 = i6 + step;
  const f0 = block[at]!;
  const f1 = block[i1]!;
  const f2 = block[i2]!;
  const f3 = block[i3]!;
  const f4 = block[i4]!;
  const f5 = block[i5]!;
  const f6 = block[i6]!;
  const f7 = block[i7]!;
  const round = 1 << (shift - 1);
  const plus = ((f0 + f4) << BITS) + round;
  const minus = ((f0 - f4) << BITS) + round;
  const low = 10703 * f2 + 4433 * f6;
  const high = 4433 * f2 - 10704 * f6;
  const o0 = 11363 * f1 + 9633 * f3 + 6437 * f5 + 2260 * f7;
  const o1 = 9633 * f1 - 2259 * f3 - 11362 * f5 - 6436 * f7;
  const o2 = 6437 * f1 - 11362 * f3 + 2261 * f5 + 9633 * f7;
  const o3 = 2260 * f1 - 6436 * f3 + 9633 * f5 - 11363 * f7;
  block[at] = (plus + low + o0) >> shift;
  block[i1] = (minus + high + o1) >> shift;
  block[i2] = (minus - high + o2) >> shift;
  block[i3] = (plus - low + o3) >> shift;
  block[i4] = (plus - low - o3) >> shift;
  block[i5] = (minus - high - o2) >> shift;
  block[i6] = (minus + high - o1) >> shift;
  block[i7] = (plus + low - o0) >> shift;
}
