/** Where the tests find the detector nudenet-320n, and what its file does not say of itself. */
import { existsSync } from 'node:fs';
import type { DetectorDescription, ResizeMethod } from 'figleaf';
import { pulledPath } from '../src/models/folder.node.ts';

/** The model's file. */
export const nudenetPath = pulledPath('nudenet-320n');

/** Whether it is there. With `FIGLEAF_REQUIRE_MODELS=1` its absence is an error, not a skip. */
export const hasNudenet = existsSync(nudenetPath);

if (!hasNudenet) {
  const message = `there is no ${nudenetPath}; pull nudenet-320n, or set FIGLEAF_MODELS to its folder`;
  if (process.env.FIGLEAF_REQUIRE_MODELS === '1') throw new Error(message);
  console.warn(`skipping tests of the detector: ${message}`);
}

/** As the Python package runs it, with one resampler or another. */
export function nudenetDescription(resize: ResizeMethod): DetectorDescription {
  return {
    classAgnostic: true,
    // The package swaps red and blue twice, and ends where OpenCV begins.
    preprocessing: { width: 320, height: 320, channels: 'BGR', resize, letterbox: { fit: 'corner' } },
  };
}
