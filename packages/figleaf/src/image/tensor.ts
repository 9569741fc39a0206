/** Pixels to a model's input tensor: resize, normalise, order and lay out. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { Size } from './dimensions.ts';
import type { Pixels } from './pixels.ts';
import { type Placement, place } from './place.ts';
import { resample } from './resample.ts';

/**
 * The tensor of one picture: `(value / 255 - mean) / std`, in the model's size, channel order and layout.
 *
 * @returns `[height, width, 3]` for `NHWC`, `[3, height, width]` for `NCHW`.
 */
export function toTensor(pixels: Pixels, preprocessing: Preprocessing): Float32Array {
  const { width, height, resize } = preprocessing;
  return normalised(resample(pixels, width, height, resize), preprocessing, preprocessing);
}

/** The tensor of a part of a picture, laid into the input as `placement` says; its size stands instead of the model's. */
export function toPlacedTensor(
  pixels: Pixels,
  placement: Placement,
  preprocessing: Preprocessing,
): Float32Array {
  return normalised(place(pixels, placement, preprocessing.resize), placement, preprocessing);
}

function normalised(
  values: Float32Array,
  { width, height }: Size,
  { layout, channels, mean = [0, 0, 0], std = [1, 1, 1] }: Preprocessing,
): Float32Array {
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
