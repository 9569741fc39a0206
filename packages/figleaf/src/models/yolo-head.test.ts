/** Tests of reading the best score from the head of a YOLO. */
import { describe, expect, it } from 'vitest';
import { bestScore } from './yolo-head.ts';

const model = { id: 'parts', labels: ['face', 'arm', 'leg'] };

/** An output of two anchors: four rows of boxes, then one row for each label. */
const head = (...scores: number[]) => ({
  data: Float32Array.from([...new Array<number>(8).fill(100), ...scores]),
  dims: [1, 7, 2],
});

describe('bestScore', () => {
  const output = head(0.9, 0.1, 0.25, 0.5, 0.75, 0);

  it('is the highest of all anchors and wanted labels, whatever boxes and other labels have', () => {
    expect(bestScore(model, output, (label) => label === 'arm')).toBe(0.5);
    expect(bestScore(model, output, (label) => label !== 'face')).toBe(0.75);
    expect(bestScore(model, output, () => false)).toBe(0);
  });

  it('refuses outputs that are none, and what is no probability', () => {
    const any = () => true;
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => bestScore(model, { ...output, dims: [7, 2] }, any)).toThrow(refused('model-unsupported'));
    expect(() => bestScore({ ...model, labels: ['face'] }, output, any)).toThrow(
      refused('model-labels-mismatch'),
    );
    for (const wrong of [3, Number.NaN]) {
      expect(() => bestScore(model, head(0, 0, wrong, 0.5, 0, 0), any)).toThrow(refused('model-unsupported'));
    }
  });
});
