/** Levels are the nearest whole ones, and none beyond black and white. */
import { describe, expect, it } from 'vitest';
import { toLevels } from './levels.ts';

describe('toLevels', () => {
  it('rounds to the nearest, halves up', () => {
    expect([...toLevels(Float32Array.of(0, 0.49, 0.5, 1.5, 254.4, 254.6))]).toEqual([0, 0, 1, 2, 254, 255]);
  });

  it('ends at black and white', () => {
    expect([...toLevels(Float32Array.of(-3, -0.2, 255.4, 255.6, 300))]).toEqual([0, 0, 255, 255, 255]);
  });

  it('scales what is white otherwise', () => {
    expect([...toLevels(Float32Array.of(0, 0.5, 1, 2), 1)]).toEqual([0, 128, 255, 255]);
  });
});
