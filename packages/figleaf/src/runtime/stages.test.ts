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
    const [rows, planes] = (['NHWC', 'NCHW'] as const).map((layout) => ({ ...preprocessing, layout }));
    expect(inputOf(data, { preprocessing: rows! })).toEqual({ data, dims: [1, 2, 3, 3] });
    expect(inputOf(data, { preprocessing: planes! })).toEqual({ data, dims: [1, 3, 2, 3] });
  });

  it('has the size of the placement where there is one', () => {
    const preprocessing = {
      width: 9,
      height: 9,
      channels: 'RGB',
      layout: 'NCHW',
      resize: 'bilinear-opencv',
    } as const;
    const view = { x: 0, y: 0, width: 6, height: 4 };
    const placement = {
      view,
      scaled: { width: 3, height: 2 },
      left: 0,
      top: 0,
      width: 3,
      height: 2,
      ground: 0,
    };
    const data = new Float32Array(18);
    expect(inputOf(data, { preprocessing, placement }).dims).toEqual([1, 3, 2, 3]);
  });
});
