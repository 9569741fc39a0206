/** The arithmetic of asking in stages: what is fed to a model, and when its answer is enough. */
import type { Bound, Look, Tensor } from './protocol.ts';

/** The tensor of one picture as a batch of one. */
export function inputOf(data: Float32Array, { preprocessing, placement }: Look): Tensor {
  const { width, height } = placement ?? preprocessing;
  return { data, dims: preprocessing.layout === 'NHWC' ? [1, height, width, 3] : [1, 3, height, width] };
}

/**
 * Whether the answers so far spare the next stage.
 *
 * @param frames `[frame][question]`: every output of each model.
 */
export function isEnough(
  bounds: readonly Bound[] | undefined,
  frames: readonly (readonly (readonly Tensor[])[])[],
): boolean {
  return bounds !== undefined && frames.every((answers) => bounds.every((bound) => keeps(bound, answers)));
}

function keeps({ weights, below }: Bound, answers: readonly (readonly Tensor[])[]): boolean {
  let sum = 0;
  for (const [output] of answers) {
    weights.forEach((weight, index) => {
      // What is no number keeps no bound.
      sum += weight * (output?.data[index] ?? Number.NaN);
    });
  }
  return sum / answers.length < below;
}
