/** Covering, by property: what is covered tells nothing of its detail, and what is not stays as it was. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../image/box.ts';
import type { Pixels } from '../image/pixels.ts';
import { type CoverOptions, cover, coverInPlace, type Region } from './cover.ts';
import type { CoverShape, CoverStyle, Sticker } from './look.ts';
import { cellAt, cellsOf } from './mosaic.ts';
import { seedOf } from './noise.ts';
import type { Bounds } from './raster.ts';

/** Pseudo-random pixels, the same for the same seed. */
function noisy(width: number, height: number, seed = 1): Pixels {
  let state = seed;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

/** Half transparent in its left half, red in its right. */
const sticker: Sticker = {
  width: 2,
  height: 1,
  data: new Uint8Array([0, 255, 0, 128, 255, 0, 0, 255]),
};

const pixelAt = ({ width, data }: Pixels, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

function eachPixel({ width, height }: Pixels, visit: (x: number, y: number) => void): void {
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit(x, y);
}

/** Whether a pixel shares some area with a box. */
const touches = ({ x, y, width, height }: Box, px: number, py: number): boolean =>
  width > 0 && height > 0 && px + 1 > x && px < x + width && py + 1 > y && py < y + height;

/** The first pixel of which `wrong` says so, for a message; comparing one by one with `expect` takes minutes. */
function firstPixel(pixels: Pixels, wrong: (x: number, y: number) => boolean): string | null {
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) if (wrong(x, y)) return `${x}, ${y}`;
  }
  return null;
}

/** Whether a pixel has another colour in two pictures, or in a picture than it should. */
function differs(one: Pixels, x: number, y: number, wanted: Pixels | readonly number[]): boolean {
  const at = (y * one.width + x) * 3;
  const [data, from] = 'data' in wanted ? [wanted.data, at] : [wanted, 0];
  return [0, 1, 2].some((channel) => one.data[at + channel] !== data[from + channel]);
}

const same = (one: Pixels, other: Pixels): boolean => Buffer.compare(one.data, other.data) === 0;

/** How far a pixel lies from a box, at least. */
const distance = ({ x, y, width, height }: Box, px: number, py: number): number =>
  Math.hypot(Math.max(x - px - 1, px - x - width, 0), Math.max(y - py - 1, py - y - height, 0));

const styles: CoverStyle[] = ['box', 'pixelate', 'blur', 'sticker'];
const shapes: CoverShape[] = ['rectangle', 'ellipse'];

const anyBox: fc.Arbitrary<Box> = fc.record({
  x: fc.double({ min: -60, max: 100, noNaN: true }),
  y: fc.double({ min: -60, max: 100, noNaN: true }),
  width: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 150, noNaN: true })),
  height: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 150, noNaN: true })),
});

const anyRegion: fc.Arbitrary<Region> = fc.record({
  box: anyBox,
  style: fc.constantFrom(...styles),
  shape: fc.constantFrom(...shapes),
  softEdge: fc.constantFrom(0, 0.2, 1),
  expand: fc.constantFrom(0, 0.3),
  sticker: fc.constant(sticker),
});

/** The box as it is expanded. */
const expanded = ({ box, expand = 0 }: Region): Box => ({
  x: box.x - box.width * expand,
  y: box.y - box.height * expand,
  width: box.width * (1 + 2 * expand),
  height: box.height * (1 + 2 * expand),
});

/** Whether a pixel lies in a region's shape or its soft edge. */
function reaches(region: Region, px: number, py: number): boolean {
  const box = expanded(region);
  if (box.width === 0 || box.height === 0) return false;
  // Boxes are rounded outwards to whole pixels.
  const [left, top] = [Math.floor(box.x), Math.floor(box.y)];
  const width = Math.max(1, Math.ceil(box.x + box.width) - left);
  const height = Math.max(1, Math.ceil(box.y + box.height) - top);
  const fade = (region.softEdge ?? 0) * Math.min(width, height);
  if (region.shape === 'rectangle') return distance({ x: left, y: top, width, height }, px, py) <= fade;
  // From the middle in the direction of the pixel, the ellipse through the corners ends at `edge`.
  const [across, down] = [px + 0.5 - left - width / 2, py + 0.5 - top - height / 2];
  const away = Math.hypot(across, down);
  const edge = away / (Math.SQRT2 * Math.hypot(across / width, down / height));
  return away === 0 || away <= edge + fade + 1e-9;
}

/** Every pixel that the boxes touch gets other values, and so does the rest of the ellipse around them. */
function changedBeneath(pixels: Pixels, regions: readonly Region[], how: (value: number) => number): Pixels {
  const data = new Uint8Array(pixels.data);
  eachPixel(pixels, (x, y) => {
    if (!regions.some((region) => touches(expanded(region), x, y))) return;
    for (let channel = 0; channel < 3; channel++) {
      const at = (y * pixels.width + x) * 3 + channel;
      data[at] = how(data[at]!);
    }
  });
  return { ...pixels, data };
}

describe('cover', () => {
  const pixels = noisy(90, 70);

  it('leaves its input as it is, and without regions gives a copy', () => {
    const before = new Uint8Array(pixels.data);
    const covered = cover(pixels, []);
    expect(covered).toEqual(pixels);
    expect(covered.data).not.toBe(pixels.data);
    cover(pixels, [{ box: { x: 0, y: 0, width: 50, height: 50 } }]);
    expect(pixels.data).toEqual(before);
  });

  it('fills with the colour, every pixel that the box touches and no other', () => {
    const box = { x: 10.5, y: 20.2, width: 30, height: 10.1 };
    const covered = cover(pixels, [{ box, colour: '#f80' }]);
    const wrong = firstPixel(pixels, (x, y) =>
      differs(covered, x, y, touches(box, x, y) ? [255, 136, 0] : pixels),
    );
    expect(wrong).toBeNull();
  });

  it('is the same whatever lies beneath boxes, in each shape and with soft edges', () => {
    fc.assert(
      fc.property(fc.array(anyRegion, { maxLength: 4 }), (regions) => {
        const boxes = regions.map((region) => ({ ...region, style: 'box' as const }));
        const other = changedBeneath(pixels, boxes, (value) => 255 - value);
        expect(same(cover(other, boxes), cover(pixels, boxes))).toBe(true);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('leaves every pixel as it was that lies outside the shapes and their soft edges', () => {
    fc.assert(
      fc.property(fc.array(anyRegion, { maxLength: 4 }), (regions) => {
        const covered = cover(pixels, regions);
        const reached = (x: number, y: number): boolean => regions.some((region) => reaches(region, x, y));
        expect(firstPixel(pixels, (x, y) => !reached(x, y) && differs(covered, x, y, pixels))).toBeNull();
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it.each(['pixelate', 'blur', 'sticker'] as const)('%s depends on the means of its cells alone', (style) => {
    const side = fc.integer({ min: 1, max: 80 });
    const place = fc.integer({ min: -30, max: 80 });
    fc.assert(
      fc.property(place, place, side, side, fc.constantFrom(...shapes), (x, y, width, height, shape) => {
        // Turned round in each row of each cell, and in an ellipse left alone where it ends.
        const region: Region = { box: { x, y, width, height }, style, shape, sticker, softEdge: 0.3 };
        const other = reversedInBox(pixels, region.box, shape);
        const seed = 5;
        expect(same(cover(other, [region], { seed }), cover(pixels, [region], { seed }))).toBe(true);
      }),
      { seed: 3, numRuns: 80 },
    );
  });

  it('adds noise that the seed fixes, and that is new each time without one', () => {
    const region: Region = { box: { x: 5, y: 5, width: 60, height: 60 }, style: 'pixelate' };
    const grey: Pixels = { width: 80, height: 80, data: new Uint8Array(80 * 80 * 3).fill(128) };
    const one = cover(grey, [region], { seed: 1 });
    expect(cover(grey, [region], { seed: 1 })).toEqual(one);
    expect(cover(grey, [region], { seed: 2 })).not.toEqual(one);
    expect(cover(grey, [region])).not.toEqual(cover(grey, [region]));
    const inside = [...new Set(one.data)].filter((value) => value !== 128);
    expect(inside.length).toBeGreaterThan(10);
    expect(Math.max(...inside.map((value) => Math.abs(value - 128)))).toBeLessThanOrEqual(12);
  });

  it('shows at most 5 x 5 colours of a region, and none of a small one', () => {
    const covered = cover(pixels, [{ box: { x: 0, y: 0, width: 90, height: 70 }, style: 'pixelate' }]);
    const colours = new Set<string>();
    eachPixel(covered, (x, y) => void colours.add(String(pixelAt(covered, x, y))));
    expect(colours.size).toBeLessThanOrEqual(25);
    const small: Region = { box: { x: 3, y: 3, width: 5, height: 5 }, style: 'blur' };
    const other = changedBeneath(pixels, [small], () => 0);
    expect(cover(other, [small], { seed: 1 })).toEqual(cover(pixels, [small], { seed: 1 }));
  });

  it('mixes soft edges of the bare pixel and the colour', () => {
    const box = { x: 30, y: 20, width: 20, height: 20 };
    const covered = cover(pixels, [{ box, softEdge: 0.5, colour: '#ffffff' }]);
    expect(covered.data.every((value, index) => value >= pixels.data[index]!)).toBe(true);
    // From the box outwards there is less and less of it.
    const white = cover({ ...pixels, data: new Uint8Array(pixels.data.length) }, [
      { box, softEdge: 0.5, colour: '#ffffff' },
    ]);
    const row = Array.from({ length: 14 }, (_, step) => pixelAt(white, 49 + step, 30)[0]!);
    expect(row[0]).toBe(255);
    expect(row.toSorted((a, b) => b - a)).toEqual(row);
    expect(row[1]).toBeGreaterThan(240);
    expect(row.at(-1)).toBe(0);
  });

  it('covers the whole box inside an ellipse', () => {
    fc.assert(
      fc.property(anyBox, (box) => {
        const covered = cover(pixels, [{ box, shape: 'ellipse', colour: '#010203' }]);
        const wrong = firstPixel(pixels, (x, y) => touches(box, x, y) && differs(covered, x, y, [1, 2, 3]));
        expect(wrong).toBeNull();
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it.each([
    [1, 1],
    [1, 10_000],
    [10_000, 1],
    [3, 2],
  ])('covers pictures of %d x %d', (width, height) => {
    const picture = noisy(width, height);
    for (const style of styles) {
      for (const shape of shapes) {
        const box = { x: 0, y: 0, width, height };
        const covered = cover(picture, [{ box, style, shape, sticker, softEdge: 1 }], { seed: 1 });
        expect(covered.data.length).toBe(picture.data.length);
        const parts = { x: -5, y: -5, width: 5.5, height: 5.5 };
        expect(cover(picture, [{ box: parts, style: 'box', shape }]).data.subarray(0, 3)).toEqual(
          new Uint8Array(3),
        );
      }
    }
    // A single pixel has no mean to hide in.
    if (width * height === 1) {
      const box = { x: 0, y: 0, width, height };
      expect(cover(picture, [{ box, style: 'blur' }], { seed: 1 })).toEqual(
        cover(noisy(1, 1, 99), [{ box, style: 'blur' }], { seed: 1 }),
      );
    }
  });

  it('covers nothing for boxes without width or height, or outside the picture', () => {
    const boxes = [
      { x: 10, y: 10, width: 0, height: 20 },
      { x: 10, y: 10, width: 20, height: 0 },
      { x: 90, y: 0, width: 20, height: 20 },
      { x: -1e9, y: 0, width: 1e9, height: 20 },
    ];
    for (const box of boxes) {
      for (const style of styles) {
        expect(cover(pixels, [{ box, style, sticker, softEdge: 1 }])).toEqual(pixels);
      }
    }
  });

  it('lays the sticker in the middle, and shows nothing through what is transparent of it', () => {
    const region: Region = { box: { x: 20, y: 10, width: 40, height: 40 }, style: 'sticker', sticker };
    const covered = cover(pixels, [region], { seed: 1 });
    expect(pixelAt(covered, 55, 30)).toEqual([255, 0, 0]);
    const beneath = cover(pixels, [{ ...region, style: 'blur' }], { seed: 1 });
    expect(pixelAt(covered, 40, 12)).toEqual(pixelAt(beneath, 40, 12));
  });
});

/** The pixels of each row turned round inside each cell of a box: the means stay, the detail does not. */
function reversedInBox(pixels: Pixels, box: Box, shape: CoverShape): Pixels {
  const reach = shape === 'ellipse' ? (Math.SQRT2 - 1) / 2 : 0;
  const bounds = {
    left: Math.max(0, Math.floor(box.x - box.width * reach)),
    top: Math.max(0, Math.floor(box.y - box.height * reach)),
    right: Math.min(pixels.width, Math.ceil(box.x + box.width * (1 + reach))),
    bottom: Math.min(pixels.height, Math.ceil(box.y + box.height * (1 + reach))),
  };
  // Only what lies in the box itself, so that an ellipse covers all that is turned.
  return reversedInCells(pixels, bounds, (x, y) => touches(box, x, y));
}

/** The same for those pixels in the bounds of which `wanted` says so. */
function reversedInCells(pixels: Pixels, bounds: Bounds, wanted: (x: number, y: number) => boolean): Pixels {
  const { left, top, right, bottom } = bounds;
  const data = new Uint8Array(pixels.data);
  if (right <= left || bottom <= top) return pixels;
  const { columns } = cellsOf(bounds);
  for (let y = top; y < bottom; y++) {
    const cells = Array.from({ length: columns }, (): number[] => []);
    for (let x = left; x < right; x++) if (wanted(x, y)) cells[cellAt(x, left, right, columns)]!.push(x);
    for (const cell of cells) {
      for (const [index, x] of cell.entries()) {
        data.set(pixelAt(pixels, cell.at(-1 - index)!, y), (y * pixels.width + x) * 3);
      }
    }
  }
  return { ...pixels, data };
}

describe('cover where regions overlap', () => {
  const pixels = noisy(90, 70);
  const box: Region = { box: { x: 10, y: 10, width: 30, height: 30 } };
  const blur: Region = { box: { x: 25, y: 20, width: 50, height: 40 }, style: 'blur', softEdge: 0.3 };

  it('keeps a blur from telling of what a box covers', () => {
    const other = changedBeneath(pixels, [box], () => 200);
    for (const regions of [
      [box, blur],
      [blur, box],
    ]) {
      const covered = cover(pixels, regions, { seed: 1 });
      expect(cover(other, regions, { seed: 1 })).toEqual(covered);
      expect(pixelAt(covered, 30, 30)).toEqual([0, 0, 0]);
    }
  });

  it('shows the means of a pixel once, however many regions cover it', () => {
    const regions: Region[] = Array.from({ length: 5 }, (_, step) => ({
      box: { x: 10 + step, y: 10 + step, width: 40, height: 40 },
      style: 'pixelate',
    }));
    // All that the first one covers may change while its means stay.
    const other = reversedInBox(pixels, regions[0]!.box, 'rectangle');
    expect(cover(other, regions, { seed: 1 })).toEqual(cover(pixels, regions, { seed: 1 }));
  });

  it.each(shapes)('fades a soft edge into what another %s covers', (shape) => {
    // Two flat covers side by side: from the one colour to the other there is no step but the noise's.
    const grey: Pixels = { width: 90, height: 70, data: new Uint8Array(90 * 70 * 3).fill(128) };
    const first: Region = {
      box: { x: 10, y: 10, width: 30, height: 40 },
      shape,
      softEdge: 0.5,
      colour: '#000',
    };
    const second: Region = {
      box: { x: 45, y: 10, width: 30, height: 40 },
      shape,
      softEdge: 0.5,
      colour: '#fff',
    };
    const covered = cover(grey, [first, second]);
    const row = Array.from({ length: 40 }, (_, step) => pixelAt(covered, 25 + step, 30)[0]!);
    const steps = row.slice(1).map((level, index) => Math.abs(level - row[index]!));
    expect(row[0]).toBe(0);
    expect(row.at(-1)).toBe(255);
    expect(Math.max(...steps)).toBeLessThan(60);
  });

  it('lays stickers over their neighbours, whole', () => {
    const regions: Region[] = [10, 30, 50].map((x) => ({
      box: { x, y: 10, width: 30, height: 40 },
      style: 'sticker',
      sticker: { width: 1, height: 1, data: new Uint8Array([0, 255, 0, 255]) },
    }));
    const covered = cover(pixels, regions, { seed: 1 });
    // Each is a square in the middle of its region.
    for (const x of [10, 39, 40, 59, 60, 79]) expect(pixelAt(covered, x, 30)).toEqual([0, 255, 0]);
  });

  it('shows no slivers: one pixel beside another region goes into no mean', () => {
    const first: Region = { box: { x: 10, y: 10, width: 40, height: 40 }, style: 'pixelate' };
    const second: Region = { box: { x: 30, y: 10, width: 21, height: 20 }, style: 'pixelate' };
    const data = new Uint8Array(pixels.data);
    for (let y = 10; y < 30; y++) data.set([255, 0, 255], (y * 90 + 50) * 3);
    const covered = cover({ ...pixels, data }, [first, second], { seed: 1 });
    expect(same(covered, cover(pixels, [first, second], { seed: 1 }))).toBe(true);
  });
});

describe('cover with invert', () => {
  const pixels = noisy(90, 70);
  const options: CoverOptions = { invert: true, colour: '#0a0b0c' };

  it('covers all where there is no region', () => {
    expect(new Set(cover(pixels, [], options).data)).toEqual(new Set([10, 11, 12]));
    const empty: Region = { box: { x: 10, y: 10, width: 0, height: 10 } };
    expect(new Set(cover(pixels, [empty], options).data)).toEqual(new Set([10, 11, 12]));
  });

  it('leaves bare only what lies wholly inside the boxes, soft edges included', () => {
    fc.assert(
      fc.property(fc.array(anyRegion, { maxLength: 3 }), (regions) => {
        const covered = cover(pixels, regions, options);
        const within = (x: number, y: number): boolean =>
          regions.some((region) => {
            const box = expanded(region);
            return x >= box.x && y >= box.y && x + 1 <= box.x + box.width && y + 1 <= box.y + box.height;
          });
        expect(
          firstPixel(pixels, (x, y) => !within(x, y) && differs(covered, x, y, [10, 11, 12])),
        ).toBeNull();
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it.each(['pixelate', 'blur'] as const)('%s depends on the means of what is covered alone', (style) => {
    const side = fc.integer({ min: 1, max: 80 });
    const place = fc.integer({ min: -30, max: 80 });
    fc.assert(
      fc.property(place, place, side, side, (x, y, width, height) => {
        const box = { x, y, width, height };
        const all = { left: 0, top: 0, right: pixels.width, bottom: pixels.height };
        const other = reversedInCells(pixels, all, (px, py) => !touches(box, px, py));
        const look: CoverOptions = { invert: true, style, seed: 5 };
        expect(same(cover(other, [{ box }], look), cover(pixels, [{ box }], look))).toBe(true);
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('keeps the inside as it is', () => {
    const box = { x: 20, y: 10, width: 50, height: 50 };
    const covered = cover(pixels, [{ box, softEdge: 0.1 }], options);
    const deep = (x: number, y: number): boolean => x >= 25 && x < 65 && y >= 15 && y < 55;
    expect(firstPixel(pixels, (x, y) => deep(x, y) && differs(covered, x, y, pixels))).toBeNull();
    // At the border of the picture nothing fades.
    const whole = { box: { x: 0, y: 0, width: 90, height: 70 }, softEdge: 0.5 };
    expect(cover(pixels, [whole], options)).toEqual(pixels);
  });
});

describe('cover with alpha', () => {
  it('makes covered pixels opaque, and takes no colour from transparent ones', () => {
    const raster = (hidden: number) => ({
      width: 20,
      height: 20,
      channels: 4 as const,
      data: Uint8Array.from({ length: 1600 }, (_, index) => {
        const column = (index >> 2) % 20;
        if (index % 4 === 3) return column < 10 ? 0 : 255;
        return column < 10 ? hidden : 50;
      }),
    });
    const [one, other] = [raster(0), raster(255)];
    const regions: Region[] = [{ box: { x: 0, y: 0, width: 16, height: 16 }, style: 'blur' }];
    for (const each of [one, other]) coverInPlace(each, regions, {}, seedOf(1));
    const inside = (index: number): boolean => (index >> 2) % 20 < 16 && index < 16 * 80;
    expect(one.data.filter((_, index) => inside(index))).toEqual(
      other.data.filter((_, index) => inside(index)),
    );
    expect(one.data.every((value, index) => !inside(index) || index % 4 < 3 || value === 255)).toBe(true);
    expect(one.data[17 * 4 + 3]).toBe(255);
    expect(one.data[19 * 80 + 3]).toBe(0);
  });
});

describe('what cover refuses', () => {
  const pixels = noisy(4, 4);
  const box = { x: 0, y: 0, width: 2, height: 2 };

  it.each([
    [{ box: { ...box, x: Number.NaN } }, {}],
    [{ box: { ...box, width: -1 } }, {}],
    [{ box: { ...box, height: Infinity } }, {}],
    [{ box, style: 'smear' as CoverStyle }, {}],
    [{ box, shape: 'star' as CoverShape }, {}],
    [{ box, colour: 'black' }, {}],
    [{ box, expand: -0.1 }, {}],
    [{ box, softEdge: 1.1 }, {}],
    [{ box, style: 'sticker' as const }, {}],
    [{ box, style: 'sticker' as const, sticker: { width: 2, height: 2, data: new Uint8Array(3) } }, {}],
    [{ box }, { seed: Number.NaN }],
  ] as [Region, CoverOptions][])('%j %j', (region, options) => {
    expect(() => cover(pixels, [region], options)).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    );
  });
});
