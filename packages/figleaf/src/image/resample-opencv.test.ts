/** Tests of the resampler that is OpenCV's, against OpenCV. */
import { describe, expect, it } from 'vitest';
import { formulaPixels } from '../../test/formula-pixels.ts';
import golden from '../../test/golden/opencv-resize.json' with { type: 'json' };
import { place } from './place.ts';
import { resample } from './resample.ts';
import { resizeLikeOpenCv } from './resample-opencv.ts';

describe('bilinear-opencv', () => {
  it.each(golden.cases)('is INTER_LINEAR to the last bit, $from within $within to $to', (one) => {
    const pixels = formulaPixels(one.from[0]!, one.from[1]!);
    const within = { width: one.within[0]!, height: one.within[1]! };
    const to = { width: one.to[0]!, height: one.to[1]! };
    expect([...resizeLikeOpenCv(pixels, to, { within })]).toEqual(one.data);
    const view = { x: 0, y: 0, ...within };
    const placement = { view, scaled: to, left: 0, top: 0, ...to, ground: 0 };
    expect([...place(pixels, placement, 'bilinear-opencv')]).toEqual(one.data);
  });

  it('is a method of the resampler', () => {
    const { data, to } = golden.cases[0]!;
    expect([...resample(formulaPixels(37, 29), to[0]!, to[1]!, 'bilinear-opencv')]).toEqual(data);
  });

  it('has grey ground where it is asked for', () => {
    const pixels = formulaPixels(5, 4);
    const large = resizeLikeOpenCv(
      pixels,
      { width: 10, height: 10 },
      { within: { width: 5, height: 8 }, ground: 9 },
    );
    expect([...large.subarray(-30)]).toEqual(new Array(30).fill(9));
  });
});
