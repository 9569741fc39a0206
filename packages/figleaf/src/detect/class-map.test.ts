/** Tests of reading class activation maps. */
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../runtime/pool.ts';
import { readAnswer, readClassMap, readFamilies } from './class-map.ts';

const model = {
  id: 'mine',
  labels: ['plain', 'bare', 'scant'],
  taxonomy: { plain: 'safe', bare: 'unsafe', scant: 'suggestive' },
} as const;

const SAFE = [0.98, 0.01, 0.01] as const;
const BARE = [0.01, 0.98, 0.01] as const;
const SCANT = [0.01, 0.01, 0.98] as const;
const CELLS: Readonly<Record<string, readonly number[]>> = { '.': SAFE, u: BARE, s: SCANT };

/** A map from its rows, a letter a cell. */
function mapOf(...rows: string[]): Tensor[] {
  const cells = rows.flatMap((row) => [...row].map((letter) => CELLS[letter]!));
  const data = [0, 1, 2].flatMap((label) => cells.map((cell) => cell[label]!));
  return [{ data: Float32Array.from(data), dims: [1, 3, rows.length, rows[0]!.length] }];
}

describe('a class activation map', () => {
  it('gives hot regions as boxes of the input, each of its family', () => {
    const map = mapOf(
      'uuu.......',
      'uuu.......',
      'uuu.......',
      '..........',
      '..........',
      '......ssss',
      '......ssss',
      '......ssss',
    );
    const found = readClassMap(model, map, 0.25, { width: 320, height: 256 });
    expect(found.map(({ label, box }) => [label, box])).toEqual([
      [0, { x: 0, y: 0, width: 96, height: 96 }],
      [1, { x: 192, y: 160, width: 128, height: 96 }],
    ]);
    for (const { score } of found) {
      expect(score).toBeGreaterThan(0.5);
      expect(score).toBeLessThan(0.98);
    }
    expect(readClassMap(model, map, 0.99, { width: 320, height: 256 })).toEqual([]);
  });

  it('joins what touches at corners, and stretches to inputs that are no multiple of cells', () => {
    const map = mapOf('uuu...', 'uuu...', 'uuu...', '...uuu', '...uuu', '...uuu');
    expect(readClassMap(model, map, 0.25, { width: 90, height: 60 })).toEqual([
      { label: 0, score: expect.any(Number), box: { x: 0, y: 0, width: 90, height: 60 } },
    ]);
  });

  it('takes a cell together with those around it', () => {
    expect(readClassMap(model, mapOf('.....', '..u..', '.....'), 0.25, { width: 5, height: 3 })).toEqual([]);
    const { heat, unsafe } = readFamilies(model, mapOf('...', '.u.', '...'));
    expect(heat).toMatchObject({ width: 3, height: 3 });
    // In the middle the mean of nine logits: eight of them safe.
    const odds = Math.exp((7 * Math.log(0.98 / 0.01)) / 9);
    expect(heat.data[4]).toBeCloseTo(1 - odds / (odds + 1 + Math.exp(-Math.log(98) / 9)), 1);
    expect(unsafe[4]).toBeLessThan(heat.data[4]!);
    // At a corner the mean of four.
    expect(heat.data[0]).toBeGreaterThan(heat.data[4]!);
  });

  it('answers for the whole by the mean of its logits', () => {
    const { plain, bare, scant } = readAnswer(model, mapOf('.u'));
    expect(plain).toBeCloseTo(bare!, 6);
    expect(plain! / scant!).toBeCloseTo(Math.sqrt(0.98 * 0.01) / 0.01, 4);
    const certain: Tensor = { data: Float32Array.of(1, 0, 0), dims: [1, 3, 1, 1] };
    expect(readAnswer(model, [certain]).plain).toBe(1);
  });

  it.each([
    ['model-labels-mismatch', [1, 4, 1, 1], [1, 0, 0, 0], /4 classes.*plain, bare, scant/],
    ['model-unsupported', [1, 3, 1], [1, 0, 0], /shape \[1, 3, 1\]/],
    ['model-unsupported', [1, 3, 1, 1], [4, -2, 0], /gives 4 for a cell/],
    ['model-unsupported', [1, 3, 1, 1], [1, Number.NaN, 0], /gives NaN for a cell/],
  ])('fails with %s on %j of %j', (code, dims, data, message) => {
    const read = () =>
      readClassMap(model, [{ data: Float32Array.from(data), dims }], 0.5, { width: 32, height: 32 });
    expect(read).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
