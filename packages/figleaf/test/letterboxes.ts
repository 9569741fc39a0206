/** Letterboxes, and pictures of any size to put into them, for property tests. */

import fc from 'fast-check';
import type { Box, Letterbox, Preprocessing } from 'figleaf';

/** A detector's preprocessing with that letterbox. */
export const preprocessing = (letterbox?: Letterbox, width = 320, height = 320): Preprocessing => ({
  width,
  height,
  layout: 'NCHW',
  channels: 'RGB',
  resize: 'bilinear-opencv',
  ...(letterbox && { letterbox }),
});

/** All of a picture. */
export const whole = (width: number, height: number): Box => ({ x: 0, y: 0, width, height });

/** Every way to fit a picture into an input. */
export const letterbox = fc.constantFrom<(Letterbox | undefined)[]>(
  undefined,
  { fit: 'corner' },
  { fit: 'centre' },
  { fit: 'free' },
  { fit: 'sides', shorter: 480, longer: 800 },
);

/** A side of a picture in pixels, small ones as often as all others. */
export const side = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 10_000 }));
