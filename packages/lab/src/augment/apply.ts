/** Does to a picture what was drawn for it. */
import type { Pixels } from 'figleaf';
import { applyColour } from './colour.ts';
import { finish } from './finish.ts';
import { wayBack } from './geometry.ts';
import { type AugmentStep, type ColourStep, isGeometry } from './step.ts';
import { warp } from './warp.ts';

/**
 * Does all steps to a picture. Where pixels come from is settled first, by one way back through all steps that move them, and the picture
 * is sampled once, bicubic; then what becomes of them, in the order of the steps.
 *
 * @param pixels Left as it is.
 * @returns A new picture of the same size; the picture itself where there are no steps.
 *
 * @example
 * ```ts
 * const turned = await applySteps(pixels, [{ type: 'rotate', degrees: 10 }, { type: 'brightness', factor: 1.5 }]);
 * ```
 */
export async function applySteps(pixels: Pixels, steps: readonly AugmentStep[]): Promise<Pixels> {
  if (steps.length === 0) return pixels;
  const moves = steps.filter(isGeometry);
  const { width, height } = pixels;
  let current: Pixels =
    moves.length > 0 ? warp(pixels, wayBack(moves, pixels)) : { width, height, data: pixels.data.slice() };
  let colours: ColourStep[] = [];
  for (const step of steps) {
    if (isGeometry(step)) continue;
    if (step.type === 'jpeg' || step.type === 'cutout') {
      applyColour(current.data, colours);
      colours = [];
      current = await finish(current, step);
    } else colours.push(step);
  }
  applyColour(current.data, colours);
  return current;
}
