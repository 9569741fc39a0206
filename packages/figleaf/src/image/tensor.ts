/** Pixels to a model's input tensor: resize, normalise, order and lay out. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { Pixels } from './pixels.ts';
import { resample } from './resample.ts';

/**
 * The tensor of one picture: `(value / 255 - mean) / std`, in the model's size, channel order and layout.
 *
 * @returns `[height, width, 3]` for `NHWC`, `[3, height, width]` for `NCHW`.
 */
export function toTensor(pixels: Pixels, preprocessing: Preprocessing): Float32Array {
  const { width, height, layout, channels, mean = [0, 0, 0], std = [1, 1, 1] } = preprocessing;
  const values = resample(pixels, width, height, preprocessing.resize);
  // Channels that already lie as the model wants them are normalised in place.
  const out = layout === 'NHWC' && channels === 'RGB' ? values : new Float32Array(values.length);
  const [step, apart] = layout === 'NHWC' ? [3, 1] : [1, width * height];
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]!);
    const offset = -mean[channel]! / std[channel]!;
    let to = channel * apart;
    for (let from = channels === 'RGB' ? channel : 2 - channel; from < values.length; from += 3, to += step) {
      out[to] = values[from]! * scale + offset;
    }
  }
  return out;
}
