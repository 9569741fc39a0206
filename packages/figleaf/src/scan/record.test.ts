/** Records: the shape that others rely on. */
import { describe, expect, it } from 'vitest';
import type { Classification } from '../classify/classifier.ts';
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
