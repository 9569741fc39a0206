/** Pixels to a model's input tensor: resize, normalise, order and lay out. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import type { Size } from './dimensions.ts';
import { throughJpeg } from './jpeg-loss.ts';
import type { Pixels } from './pixels.ts';
import { type Placement, place } from './place.ts';
import { resample } from './resample.ts';

/**
 * The tensor of one picture: `(value / 255 - mean) / std`, in the model's size, channel order and layout. Where the model wants
 * that, it is resized to more, cut to its middle, and goes through a JPEG.
 *
 * @returns `[height, width, 3]` for `NHWC`, `[3, height, width]` for `NCHW`.
 */
export function toTensor(pixels: Pixels, preprocessing: Preprocessing): Float32Array {
  const { jpegQuality } = preprocessing;
  const size = resizedSize(preprocessing);
  const resized = resample(pixels, size.width, size.height, preprocessing.resize);
  const values = middle(resized, size, preprocessing);
  const seen = jpegQuality === undefined ? values : worn(values, preprocessing, jpegQuality);
  return normalised(seen, preprocessing, preprocessing);
}

/** The size that a model wants a picture resized to, before its middle is taken. */
export function resizedSize({ width, height, middleOf }: Preprocessing): Size {
  return middleOf ? { width: middleOf[0], height: middleOf[1] } : { width, height };
}

/** Rows and columns of the middle; of an odd number that is left out, the larger half is on the right and below. */
function middle(values: Float32Array, from: Size, { width, height }: Size): Float32Array {
  if (from.width === width && from.height === height) return values;
  const left = (from.width - width) >> 1;
  const top = (from.height - height) >> 1;
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * from.width + left) * 3;
    out.set(values.subarray(start, start + width * 3), y * width * 3);
  }
  return out;
}

function worn(values: Float32Array, { width, height }: Size, quality: number): Float32Array {
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = Math.round(values[i]!);
  return new Float32Array(throughJpeg({ width, height, data }, quality).data);
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
