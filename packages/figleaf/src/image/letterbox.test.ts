/** Tests of letterboxes, as their makers define them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterbox, preprocessing, side, whole } from '../../test/letterboxes.ts';
import { placementFor } from './letterbox.ts';

describe('placementFor', () => {
  it('pads right and below to a square first, as NudeNet does', () => {
    const placement = placementFor(whole(500, 375), preprocessing({ fit: 'corner' }));
    expect(placement).toEqual({
      view: whole(500, 500),
      scaled: { width: 320, height: 320 },
      left: 0,
      top: 0,
      width: 320,
      height: 320,
      ground: 0,
    });
  });

  it.each([
    // What Ultralytics' LetterBox gives: size without padding, left, top.
    [810, 1080, 480, 640, 80, 0],
    [1280, 720, 640, 360, 0, 140],
    [641, 427, 640, 426, 0, 107],
    [427, 640, 427, 640, 106, 0],
    [10_000, 1, 640, 1, 0, 319],
  ])('pads on both sides as Ultralytics does: %i x %i', (w, h, width, height, left, top) => {
    const placement = placementFor(whole(w, h), preprocessing({ fit: 'centre' }, 640, 640));
    expect(placement).toMatchObject({
      scaled: { width, height },
      left,
      top,
      width: 640,
      height: 640,
      ground: 114,
    });
  });

  it.each([
    [500, 375, 320, 256],
    [375, 500, 256, 320],
    [1, 10_000, 32, 320],
    [320, 320, 320, 320],
  ])('fits a net of free axes without padding: %i x %i', (w, h, width, height) => {
    const placement = placementFor(whole(w, h), preprocessing({ fit: 'free' }));
    expect(placement).toMatchObject({ scaled: { width, height }, left: 0, top: 0, width, height });
  });

  it.each([
    [1000, 500, 800, 400],
    [500, 500, 480, 480],
    [600, 500, 576, 480],
    [1, 10_000, 1, 800],
  ])('scales by the shorter side as RetinaNet does, up to the longer: %i x %i', (w, h, width, height) => {
    const fit = { fit: 'sides', shorter: 480, longer: 800 } as const;
    expect(placementFor(whole(w, h), preprocessing(fit))).toMatchObject({ width, height });
  });

  it('keeps what is shown within the input', () => {
    fc.assert(
      fc.property(side, side, letterbox, (w, h, how) => {
        const { scaled, left, top, width, height } = placementFor(whole(w, h), preprocessing(how));
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(left + scaled.width).toBeLessThanOrEqual(width);
        expect(top + scaled.height).toBeLessThanOrEqual(height);
      }),
      { numRuns: 500 },
    );
  });
});
