/** Where the tests find the detector nudenet-320n, and what its file does not say of itself. */
import type { DetectorDescription, ResizeMethod } from 'figleaf';
import { pulledPath } from '../src/models/folder.node.ts';
import { hasPulled } from './pulled.ts';

/** The model's file. */
export const nudenetPath = pulledPath('nudenet-320n');

/** Whether it is there. */
export const hasNudenet = hasPulled('nudenet-320n');

/** As the Python package runs it, with one resampler or another. */
export function nudenetDescription(resize: ResizeMethod): DetectorDescription {
  return {
    classAgnostic: true,
    // The package swaps red and blue twice, and ends where OpenCV begins.
    preprocessing: { width: 320, height: 320, channels: 'BGR', resize, letterbox: { fit: 'corner' } },
  };
}
