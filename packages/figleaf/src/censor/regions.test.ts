/** Which detections are covered: by category, by label, faces, and by score. */
import { describe, expect, it } from 'vitest';
import type { Detection } from '../detect/detector.ts';
import { chooseRegions, type RegionOptions } from './regions.ts';

const box = { x: 1, y: 2, width: 3, height: 4 };
const found = (label: string, category: Detection['category'], score: number): Detection => ({
  label,
  category,
  score,
  box,
});

const detections = [
  found('PART_EXPOSED', 'unsafe', 0.9),
  found('PART_COVERED', 'suggestive', 0.8),
  found('FACE_FEMALE', 'safe', 0.7),
  found('FEET', 'safe', 0.6),
  found('face', 'safe', 0.3),
  found('SURFACE', 'safe', 0.9),
];

/** The scores of what is chosen, which tell the detections apart. */
const chosen = (options?: RegionOptions): number[] => {
  const all = detections.map((detection, index) => ({ ...detection, box: { ...box, x: index } }));
  return chooseRegions(all, options).map((region) => region.box.x);
};

describe('chooseRegions', () => {
  it.each([
    [undefined, [0]],
    [{ categories: ['unsafe', 'suggestive'] }, [0, 1]],
    [{ categories: [] }, []],
    [{ faces: true }, [0, 2, 4]],
    [{ faces: true, minScore: 0.7 }, [0, 2]],
    [{ labels: { FEET: true } }, [0, 3]],
    [{ labels: { PART_EXPOSED: false } }, []],
    [{ labels: { PART_EXPOSED: { cover: false } } }, []],
    [{ labels: { PART_EXPOSED: { minScore: 0.95 }, FEET: { minScore: 0.5 } }, minScore: 0.99 }, [3]],
    [{ faces: true, labels: { face: false } }, [0, 2]],
    [{ labels: { toString: true } as RegionOptions['labels'] }, [0]],
  ] as [RegionOptions | undefined, number[]][])('%j', (options, wanted) => {
    expect(chosen(options)).toEqual(wanted);
  });

  it('hands on the look of a label, and nothing else of its rule', () => {
    const look = { style: 'blur', shape: 'ellipse', expand: 0.2 } as const;
    const options = { labels: { FEET: { ...look, minScore: 0.1, cover: true } } };
    expect(chooseRegions(detections, options)[1]).toEqual({ ...look, box });
    expect(chooseRegions(detections, options)[0]).toEqual({ box });
  });

  it('refuses scores that are none', () => {
    const invalid = expect.objectContaining({ code: 'option-invalid' });
    expect(() => chooseRegions([], { minScore: 2 })).toThrow(invalid);
    expect(() => chooseRegions([], { labels: { a: { minScore: -1 } } })).toThrow(invalid);
    expect(() => chooseRegions([found('a', 'unsafe', Number.NaN)])).toThrow(invalid);
  });
});
