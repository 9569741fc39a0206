/** Does to a picture what was drawn for it. */
import type { Pixels } from 'figleaf';
import { finish } from './finish.ts';
import { wayBack } from './geometry.ts';
import { retouch } from './retouch.ts';
import { type AugmentStep, type ColourStep, isGeometry } from './step.ts';

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
  let stages = wayBack(steps.filter(isGeometry), pixels);
  let colours: ColourStep[] = [];
  let current = pixels;
  for (const step of steps) {
    if (isGeometry(step)) continue;
    if (step.type === 'jpeg' || step.type === 'cutout') {
      current = await finish(retouch(current, stages, colours), step);
      [stages, colours] = [[], []];
    } else colours.push(step);
  }
  return stages.length > 0 || colours.length > 0 ? retouch(current, stages, colours) : current;
}
