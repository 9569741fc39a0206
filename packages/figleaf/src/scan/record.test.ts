/** Records: the shape that others rely on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Classification } from '../classify/classifier.ts';
import type { DetectionResult } from '../detect/detector.ts';
import { FigleafError } from '../errors.ts';
import { toErrorRecord, toRecord } from './record.ts';
import { recordSchema } from './schema.ts';

const still: Classification = {
  scores: { safe: 0.9, unsafe: 0.1, suggestive: null },
  classes: { safe: 0.9, unsafe: 0.1 },
  models: ['m'],
  image: { width: 3, height: 2, format: 'png', frameCount: 1, truncated: false },
  frames: 1,
};

describe('records', () => {
  it('hold what the contract says, and nothing undefined', () => {
    const record = toRecord('a.png', still);
    expect(record).toEqual({
      input: 'a.png',
      kind: 'image',
      width: 3,
      height: 2,
      verdict: null,
      reason: null,
      scores: { safe: 0.9, unsafe: 0.1, suggestive: null },
      classes: { safe: 0.9, unsafe: 0.1 },
      models: ['m'],
    });
    expect(recordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('say of animations how many frames were judged, and of torn files that they are', () => {
    const image = { ...still.image, frameCount: 40, truncated: true };
    expect(toRecord('a.gif', { ...still, image, frames: 8 })).toMatchObject({ frames: 8, truncated: true });
  });

  it('stay within [0, 1] where float sums do not', () => {
    const record = toRecord('a', { ...still, scores: { safe: 1.0000002, unsafe: -1e-9, suggestive: 0 } });
    expect(record.scores).toEqual({ safe: 1, unsafe: 0, suggestive: 0 });
  });

  const found = (detections: DetectionResult['detections']): DetectionResult => ({
    detections,
    models: ['d'],
    image: still.image,
    frames: 1,
  });

  it('hold what a detector found, rounded, and who it was', () => {
    const box = { x: 0.123456, y: 1, width: 1.6666, height: 0.5 };
    const part = { label: 'FOOT', category: 'safe', score: 0.87654321, box, frame: 2 } as const;
    const record = toRecord('a.gif', still, found([part]));
    expect(record).toMatchObject({
      detections: [{ ...part, score: 0.876543, box: { x: 0.12, y: 1, width: 1.67, height: 0.5 } }],
      models: ['m', 'd'],
    });
    expect(recordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(toRecord('a.png', still, found([])).detections).toEqual([]);
  });

  it('have no box that leaves the picture, however it is rounded', () => {
    const within = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(within, within, (a, b) => {
        const [x, right] = [Math.min(a, b), Math.max(a, b)];
        const box = { x, y: x, width: right - x, height: right - x };
        const detections = found([{ label: 'FOOT', category: null, score: 1, box }]);
        const kept = toRecord('a', still, detections).detections![0]!.box;
        expect(kept.width).toBeGreaterThanOrEqual(0);
        expect(kept.x + kept.width).toBeLessThanOrEqual(300.000001);
        expect(Math.abs(kept.x - x)).toBeLessThanOrEqual(0.0051);
        expect(Math.abs(kept.x + kept.width - right)).toBeLessThanOrEqual(0.0051);
      }),
    );
  });

  it('carry errors with their code', () => {
    const record = toErrorRecord('v.mp4', new FigleafError('video-unsupported', 'not yet'));
    expect(record).toMatchObject({
      kind: 'video',
      scores: null,
      error: { code: 'video-unsupported', message: 'not yet' },
    });
    expect(recordSchema.parse(record)).toEqual(record);
  });
});
