/** Tests of what is known of a detector before it runs: what Ultralytics wrote, families of labels, options. */
import { describe, expect, it } from 'vitest';
import { resolveSettings } from './settings.ts';
import { categoryOf } from './taxonomy.ts';
import { yoloLabels, yoloSize } from './yolo-file.ts';

describe('labels in the file of a YOLO', () => {
  it.each([
    ["{0: 'cat', 1: 'dog'}", ['cat', 'dog']],
    [`{0: 'a, b', 1: "dog's", 2: 'it\\'s'}`, ['a, b', "dog's", "it's"]],
    ["{1: 'dog', 0: 'cat'}", ['cat', 'dog']],
    ['{}', null],
    ["{1: 'dog'}", null],
    ["{4000000000: 'dog'}", null],
  ])('%s', (names, labels) => {
    expect(yoloLabels({ names })).toEqual(labels);
  });

  it('may be missing', () => {
    expect(yoloLabels({})).toBeNull();
    expect(yoloSize({})).toBeNull();
  });

  it.each([
    ['[320, 640]', { width: 640, height: 320 }],
    ['640', { width: 640, height: 640 }],
  ])('come with a size: %s', (imgsz, size) => {
    expect(yoloSize({ imgsz })).toEqual(size);
  });
});

describe('the family of a label', () => {
  it("is the model's own word, else well known, else null", () => {
    expect(categoryOf('cat', { cat: 'suggestive' })).toBe('suggestive');
    expect(categoryOf('FEMALE_BREAST_EXPOSED')).toBe('unsafe');
    expect(categoryOf('FEMALE_BREAST_EXPOSED', { FEMALE_BREAST_EXPOSED: 'safe' })).toBe('safe');
    expect(categoryOf('COVERED_BREAST_F')).toBe('suggestive');
    expect(categoryOf('FACE_MALE')).toBe('safe');
    expect(categoryOf('constructor')).toBeNull();
  });
});

describe('the options of a detection', () => {
  const preprocessing = {
    width: 320,
    height: 160,
    layout: 'NCHW',
    channels: 'RGB',
    resize: 'bilinear-opencv',
  } as const;
  const metadata = {
    id: 'mine',
    task: 'detect',
    labels: ['cat'],
    preprocessing,
    classAgnostic: true,
  } as const;
  const model = { metadata, fixedSize: null };

  it('have defaults', () => {
    expect(resolveSettings({}, model)).toEqual({
      minScore: 0.25,
      iou: 0.45,
      classAgnostic: true,
      tiles: false,
      frames: 8,
      preprocessing,
    });
  });

  it('win over those of a profile', () => {
    const profiled = { ...model, tiles: 'auto' } as const;
    expect(resolveSettings({}, profiled).tiles).toBe('auto');
    expect(resolveSettings({ tiles: undefined }, profiled).tiles).toBe('auto');
    expect(resolveSettings({ tiles: { side: 300 } }, profiled).tiles).toEqual({ side: 300 });
    expect(resolveSettings({ tiles: false }, profiled).tiles).toBe(false);
  });

  it('scale the input in its shape', () => {
    expect(resolveSettings({ size: 640 }, model).preprocessing).toMatchObject({ width: 640, height: 320 });
    const letterbox = { fit: 'sides', shorter: 480, longer: 800 } as const;
    const sides = {
      metadata: { ...metadata, preprocessing: { ...preprocessing, letterbox } },
      fixedSize: null,
    };
    expect(resolveSettings({ size: 1600 }, sides).preprocessing.letterbox).toEqual({
      fit: 'sides',
      shorter: 960,
      longer: 1600,
    });
  });

  it.each([
    { minScore: 0 },
    { minScore: 1.5 },
    { iou: -1 },
    { iou: Number.NaN },
    { frames: 0 },
    { size: 100 },
    { size: 8192 },
    { tiles: { side: 16 } },
    { tiles: { side: 64, overlap: 0.9 } },
  ])('are refused out of range: %j', (given) => {
    expect(() => resolveSettings(given, model)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
  });

  it('do not ask a net of fixed axes for another size', () => {
    const fixed = { metadata, fixedSize: { width: 320, height: 160 } };
    expect(resolveSettings({ size: 320 }, fixed).preprocessing.width).toBe(320);
    expect(() => resolveSettings({ size: 640 }, fixed)).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    );
  });
});
