/** Tests of asking in stages. */
import { describe, expect, it } from 'vitest';
import type { Tensor } from './protocol.ts';
import { inputOf, isEnough } from './stages.ts';

const answer = (...values: number[]): Tensor[] => [
  { data: Float32Array.from(values), dims: [1, values.length] },
];

describe('isEnough', () => {
  const bounds = [
    { weights: [0, 1, 1], below: 0.5 },
    { weights: [0, 0, 1], below: 0.25 },
  ];

  it('holds where the mean of the answers keeps every bound', () => {
    expect(isEnough(bounds, [[answer(0.8, 0.1, 0.1)]])).toBe(true);
    expect(isEnough(bounds, [[answer(0.5, 0.375, 0.125)]])).toBe(false);
    expect(isEnough(bounds, [[answer(0.7, 0, 0.3)]])).toBe(false);
    expect(isEnough(bounds, [[answer(0.7, 0, 0.3), answer(1, 0, 0)]])).toBe(true);
  });

  it('holds only where every frame does', () => {
    expect(isEnough(bounds, [[answer(1, 0, 0)], [answer(0, 1, 0)]])).toBe(false);
    expect(isEnough(bounds, [[answer(1, 0, 0)], [answer(1, 0, 0)]])).toBe(true);
  });

  it('never holds without bounds, nor on what is no number', () => {
    expect(isEnough(undefined, [[answer(1, 0, 0)]])).toBe(false);
    expect(isEnough(bounds, [[answer(1, Number.NaN, 0)]])).toBe(false);
    expect(isEnough(bounds, [[answer(1)]])).toBe(false);
    expect(isEnough(bounds, [[[]]])).toBe(false);
  });
});

describe('inputOf', () => {
  it('is a batch of one in the layout of the model', () => {
    const preprocessing = { width: 3, height: 2, channels: 'RGB', resize: 'bilinear-antialiased' } as const;
    const data = new Float32Array(18);
    expect(inputOf(data, { ...preprocessing, layout: 'NHWC' })).toEqual({ data, dims: [1, 2, 3, 3] });
    expect(inputOf(data, { ...preprocessing, layout: 'NCHW' })).toEqual({ data, dims: [1, 3, 2, 3] });
  });
});
