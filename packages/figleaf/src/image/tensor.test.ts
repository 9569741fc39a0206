/** Tests of the input tensor: order, layout and normalisation. */
import type { Preprocessing } from '@figleaf/onnx/metadata';
import { describe, expect, it } from 'vitest';
import { formulaPixels } from '../../test/formula-pixels.ts';
import { throughJpeg } from './jpeg-loss.ts';
import { toTensor } from './tensor.ts';

const pixels = { width: 2, height: 1, data: new Uint8Array([255, 0, 51, 102, 204, 0]) };
const base: Preprocessing = {
  width: 2,
  height: 1,
  layout: 'NHWC',
  channels: 'RGB',
  resize: 'bilinear-aligned',
};
const rounded = (values: Float32Array): number[] => [...values].map((value) => Math.round(value * 1e5) / 1e5);

describe('toTensor', () => {
  it('gives full scale 1, row by row', () => {
    expect(rounded(toTensor(pixels, base))).toEqual([1, 0, 0.2, 0.4, 0.8, 0]);
  });

  it('lays channels out one after another', () => {
    expect(rounded(toTensor(pixels, { ...base, layout: 'NCHW' }))).toEqual([1, 0.4, 0, 0.8, 0.2, 0]);
  });

  it('takes mean and deviation in the order of the model', () => {
    const bgr = { ...base, channels: 'BGR', mean: [0.2, 0.4, 0.5], std: [1, 0.5, 0.25] } as const;
    expect(rounded(toTensor(pixels, bgr))).toEqual([0, -0.8, 2, -0.2, 0.8, -0.4]);
  });

  it('resizes to the model', () => {
    const large = { width: 40, height: 30, data: new Uint8Array(40 * 30 * 3).fill(51) };
    const tensor = toTensor(large, { ...base, width: 8, height: 4, resize: 'bilinear-antialiased' });
    expect(rounded(tensor)).toEqual(new Array(8 * 4 * 3).fill(0.2));
  });

  it('takes the middle of a larger picture, an odd pixel less on the left and above', () => {
    const row = Uint8Array.from({ length: 5 * 4 * 3 }, (_, index) => Math.floor(index / 3));
    const tensor = toTensor({ width: 5, height: 4, data: row }, { ...base, middleOf: [5, 4] });
    expect([...tensor].map((value) => Math.round(value * 255))).toEqual([6, 6, 6, 7, 7, 7]);
  });

  it('cuts to the middle first, and then goes through a JPEG', () => {
    const pixels = formulaPixels(90, 70);
    const wanted = {
      ...base,
      width: 20,
      height: 16,
      middleOf: [40, 30],
      resize: 'bilinear-antialiased',
    } as const;
    const data = Uint8Array.from(toTensor(pixels, wanted), (value) => Math.round(value * 255));
    const expected = Array.from(
      throughJpeg({ width: 20, height: 16, data }, 75).data,
      (level) => level / 255,
    );
    expect(rounded(toTensor(pixels, { ...wanted, jpegQuality: 75 }))).toEqual(
      rounded(Float32Array.from(expected)),
    );
  });
});
