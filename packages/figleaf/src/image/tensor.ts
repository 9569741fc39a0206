/** Pixels to a model's input tensor: resize, normalise, order and lay out, in one pass over the picture. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { Pixels } from './pixels.ts';
import { type Projection, project, tapsFor } from './resample.ts';

/**
 * The tensor of one picture: `(value / 255 - mean) / std`, in the model's size, channel order and layout.
 *
 * @returns `[height, width, 3]` for `NHWC`, `[3, height, width]` for `NCHW`.
 */
export function toTensor(pixels: Pixels, preprocessing: Preprocessing): Float32Array {
  const { width, height, resize } = preprocessing;
  const across = tapsFor(pixels.width, width, resize);
  const down = tapsFor(pixels.height, height, resize);
  return project(pixels, across, down, projectionOf(preprocessing));
}

function projectionOf({ width, height, layout, channels, mean, std }: Preprocessing): Projection {
  const [m0, m1, m2] = mean ?? [0, 0, 0];
  const [s0, s1, s2] = std ?? [1, 1, 1];
  return {
    scale: [1 / (255 * s0), 1 / (255 * s1), 1 / (255 * s2)],
    offset: [-m0 / s0, -m1 / s1, -m2 / s2],
    strides:
      layout === 'NHWC'
        ? { row: width * 3, column: 3, channel: 1 }
        : { row: width, column: 1, channel: width * height },
    channels: channels === 'RGB' ? [0, 1, 2] : [2, 1, 0],
  };
}
