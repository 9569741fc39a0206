/** Tests of reading the heads of detectors. */
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../runtime/pool.ts';
import { readCandidates } from './candidates.ts';

const model = { id: 'mine', labels: ['cat', 'dog'] };
const retina = { ...model, head: 'retinanet' } as const;
const input = { width: 64, height: 64 };
const tensor = (dims: number[], ...data: number[]): Tensor => ({ dims, data: Float32Array.from(data) });

describe('the head of a YOLO', () => {
  // Three anchors; rows are cx, cy, w, h, cat, dog.
  const rows = [
    [10, 20, 30],
    [10, 20, 30],
    [4, 6, 8],
    [2, 4, 6],
    [0.5, 0.25, 0.5],
    [0.125, 0.75, Number.NaN],
  ];
  const output = tensor([1, 6, 3], ...rows.flat());

  it('gives the best label of each anchor that scores enough, by corner and size', () => {
    expect(readCandidates(model, [output], 0.5, input)).toEqual([
      { label: 0, score: 0.5, box: { x: 8, y: 9, width: 4, height: 2 } },
      { label: 1, score: 0.75, box: { x: 17, y: 18, width: 6, height: 4 } },
      { label: 0, score: 0.5, box: { x: 26, y: 27, width: 8, height: 6 } },
    ]);
    expect(readCandidates(model, [output], 0.6, input)).toHaveLength(1);
  });

  it('leaves out boxes that are no numbers or have no area', () => {
    const odd = tensor([1, 6, 2], 1, Number.NaN, 1, 1, 0, 2, 2, 2, 0.9, 0.9, 0, 0);
    expect(readCandidates(model, [odd], 0.5, input)).toEqual([]);
  });

  it.each([
    ['model-labels-mismatch', [1, 7, 1], /3 classes .* 2 labels .*cat, dog/],
    ['model-unsupported', [1, 6], /shape \[1, 6\]/],
    ['model-unsupported', [1, 4, 1], /shape \[1, 4, 1\]/],
  ])('fails with %s on an output of shape %j', (code, dims, message) => {
    const data = new Array(dims.reduce((a, b) => a * b)).fill(0);
    const read = () => readCandidates(model, [tensor(dims, ...data)], 0.5, input);
    expect(read).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses logits', () => {
    const read = () => readCandidates(model, [tensor([1, 6, 1], 5, 5, 2, 2, 3.5, 0)], 0.5, input);
    expect(read).toThrow(expect.objectContaining({ code: 'model-unsupported' }));
  });
});

describe('the head of a RetinaNet', () => {
  const boxes = tensor([1, 3, 4], 1, 2, 5, 9, 0, 0, 4, 4, -1, -1, -1, -1);
  const scores = tensor([1, 3], 0.9, 0.3, -1);

  it('gives boxes by corner and size, without those that are not there', () => {
    const outputs = [boxes, scores, tensor([1, 3], 1, 0, -1)];
    expect(readCandidates(retina, outputs, 0.5, input)).toEqual([
      { label: 1, score: expect.closeTo(0.9), box: { x: 1, y: 2, width: 4, height: 7 } },
    ]);
  });

  it('refuses a label that has no name, and outputs of another kind', () => {
    const unnamed = () => readCandidates(retina, [boxes, scores, tensor([1, 3], 2, 0, -1)], 0.5, input);
    expect(unnamed).toThrow(expect.objectContaining({ code: 'model-labels-mismatch' }));
    const swapped = () => readCandidates(retina, [scores, boxes, scores], 0.5, input);
    expect(swapped).toThrow(expect.objectContaining({ code: 'model-unsupported' }));
  });
});
