/** One list for all frames of an animation: it holds all that was found in any of them, and does not grow with their number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../detect/detector.ts';
import type { Box } from '../image/box.ts';
import { overAllFrames } from './all-frames.ts';

const found = (box: Box, label = 'PART', score = 0.5): Detection => ({
  label,
  category: 'unsafe',
  score,
  box,
});

const holds = (outer: Box, inner: Box): boolean =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width - 1e-9 &&
  outer.y + outer.height >= inner.y + inner.height - 1e-9;

describe('overAllFrames', () => {
  it('holds every box by its label and at least its score', () => {
    const number = fc.double({ min: 0, max: 100, noNaN: true });
    const detection = fc
      .tuple(
        number,
        number,
        number,
        number,
        fc.constantFrom('A', 'B'),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([x, y, width, height, label, score]) => found({ x, y, width, height }, label, score));
    fc.assert(
      fc.property(fc.array(fc.array(detection, { maxLength: 4 }), { maxLength: 8 }), (frames) => {
        const joined = overAllFrames(frames);
        for (const { label, score, box } of frames.flat()) {
          const around = joined.filter((each) => each.label === label && holds(each.box, box));
          expect(Math.max(...around.map((each) => each.score))).toBeGreaterThanOrEqual(score);
        }
      }),
    );
  });

  it('has one box for a thing that moves a little, and two for two things', () => {
    const trembling = Array.from({ length: 50 }, (_, frame) => [
      found({ x: 10 + (frame % 3), y: 20, width: 40, height: 30 }, 'PART', frame / 100),
      found({ x: 100, y: 20, width: 40, height: 30 }),
    ]);
    expect(overAllFrames(trembling)).toEqual([
      found({ x: 10, y: 20, width: 42, height: 30 }, 'PART', 0.49),
      found({ x: 100, y: 20, width: 40, height: 30 }),
    ]);
  });

  it('follows a thing that wanders off', () => {
    const frames = Array.from({ length: 10 }, (_, frame) => [
      found({ x: frame * 30, y: 0, width: 40, height: 40 }),
    ]);
    expect(overAllFrames(frames).length).toBeGreaterThan(4);
  });
});
