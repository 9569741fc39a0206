/** Covers regions of a picture so that what was there cannot be got back. */
import { FigleafError } from '../errors.ts';
import type { Box } from '../image/box.ts';
import type { Pixels } from '../image/pixels.ts';
import { type Area, areaAround, areaOf, type Span } from './area.ts';
import { blurred, type Fill, flat, needsMosaic, pixelated, withSticker } from './fill.ts';
import { type CoverLook, type CoverStyle, type ResolvedLook, resolveLook } from './look.ts';
import { mosaicOf } from './mosaic.ts';
import { randomNumbers, type Seed, seedOf } from './noise.ts';
import { around, type Bounds, type Raster } from './raster.ts';

/** A region to cover, with what is special about its look. */
export interface Region extends CoverLook {
  /** Where it is, in pixels of the picture. It may reach beyond the picture. One without width or height, or wholly beside the picture, covers nothing. */
  readonly box: Box;
}

/** How to cover. What a region says of its own look goes first. */
export interface CoverOptions extends CoverLook {
  /**
   * Covers all of the picture but the regions: what stays bare lies wholly inside them, soft edges included. The look is that
   * of the options; of a region only its `shape`, `expand` and `softEdge` count. Without any region all is covered.
   * Default false.
   */
  readonly invert?: boolean | undefined;
  /**
   * Fixes the noise, any number: the same picture and regions then give the same result. Whoever knows the seed can take the
   * noise off again, so it is for tests. Default: noise that nobody can know.
   */
  readonly seed?: number | undefined;
}

/**
 * Covers regions of a picture.
 *
 * Every pixel that a box touches is covered in full. What is covered shows nothing of the picture beneath but, in the styles other
 * than `box`, the mean colours of at most 5 x 5 cells, with noise. No pixel goes into more than one mean: where regions overlap,
 * the plainest style has the pixels (`box`, then `pixelate`, `blur`, `sticker`), among equals the first region. Outside the boxes and their soft
 * edges the picture stays as it is. `docs/censoring.md` says what that guarantees and what not.
 *
 * @param pixels Left as it is.
 * @param regions What to cover, in pixels.
 * @returns A new picture of the same size.
 * @throws {FigleafError} `option-invalid` for a look or a box that cannot be.
 * @example
 * ```ts
 * const { frames: [pixels] } = await decodeImage('party.jpg');
 * const face = { box: { x: 120, y: 40, width: 80, height: 96 }, shape: 'ellipse' } as const;
 * const covered = cover(pixels, [face], { style: 'blur', softEdge: 0.2 });
 * ```
 */
export function cover(pixels: Pixels, regions: readonly Region[], options: CoverOptions = {}): Pixels {
  const { width, height } = pixels;
  const data = new Uint8Array(pixels.data);
  coverInPlace({ width, height, channels: 3, data }, regions, options, seedOf(checkSeed(options.seed)));
  return { width, height, data };
}

/** The seed where it is a number; else throws `option-invalid`. */
export function checkSeed(seed: number | undefined): number | undefined {
  if (seed === undefined || Number.isFinite(seed)) return seed;
  throw new FigleafError('option-invalid', `seed is ${seed}; give a finite number, or none`);
}

/** As {@link cover}, but in the picture itself, which may have alpha: what is covered in full becomes opaque. */
export function coverInPlace(
  raster: Raster,
  regions: readonly Region[],
  options: CoverOptions,
  seed: Seed,
): void {
  const layers = layersOf(raster, regions, options);
  const owners = new Owners(layers);
  const random = randomNumbers(seed);
  // All colours are settled before anything is painted, so that no cover goes into the average of another.
  const fills = layers.map((layer, index) => fillOf(raster, layer, owners, index, random));
  // The plainest lies on top.
  for (let index = layers.length - 1; index >= 0; index--) {
    paint(raster, layers[index]!.area, owners, index, fills[index]!);
  }
}

interface Layer {
  readonly look: ResolvedLook;
  readonly area: Area;
}

/** How little a style tells of what it covers: the least goes first. */
const ORDER: Readonly<Record<CoverStyle, number>> = { box: 0, pixelate: 1, blur: 2, sticker: 3 };

function layersOf(raster: Raster, regions: readonly Region[], options: CoverOptions): Layer[] {
  const looks = regions.map((region) => resolveLook(region, options));
  const outlines = regions.map(({ box }, index) => ({ ...looks[index]!, box }));
  if (options.invert) return [{ look: resolveLook(options), area: areaAround(outlines, raster) }];
  return outlines
    .map((outline, index) => ({ look: looks[index]!, area: areaOf(outline, raster) }))
    .sort((one, other) => ORDER[one.look.style] - ORDER[other.look.style]);
}

/** Which layer covers which pixel: one at most, so that none is shown twice. */
class Owners {
  readonly #bounds;
  readonly #stride: number;
  /** The number of the layer, from 1 on; 0 where nothing is covered. */
  readonly #owner: Uint16Array;

  constructor(layers: readonly Layer[]) {
    checkCount(layers.length);
    this.#bounds = around(layers.map(({ area }) => area.reach));
    const { left, top, right, bottom } = this.#bounds;
    this.#stride = right - left;
    this.#owner = new Uint16Array(this.#stride * (bottom - top));
    for (const [index, { area }] of layers.entries()) this.#give(area, index + 1);
  }

  #give({ bounds, covered }: Area, owner: number): void {
    for (let y = bounds.top; y < bounds.bottom; y++) {
      const owners = this.in(y, this.#bounds);
      for (const { from, to } of covered(y)) {
        for (let at = from - this.#bounds.left; at < to - this.#bounds.left; at++) {
          if (owners[at] === 0) owners[at] = owner;
        }
      }
    }
  }

  /** The numbers of a row, from `left` up to `right`, within what the layers reach. */
  in(y: number, { left, right }: Pick<Bounds, 'left' | 'right'>): Uint16Array {
    const row = (y - this.#bounds.top) * this.#stride - this.#bounds.left;
    return this.#owner.subarray(row + left, row + right);
  }
}

const MOST_REGIONS = 65_534;

function checkCount(count: number): void {
  if (count <= MOST_REGIONS) return;
  throw new FigleafError('option-invalid', `${count} regions are too many; give at most ${MOST_REGIONS}`);
}

function fillOf(
  raster: Raster,
  { look, area }: Layer,
  owners: Owners,
  index: number,
  random: () => number,
): Fill {
  if (!needsMosaic(look)) return flat(look.colour);
  const mosaic = mosaicOf(raster, area.bounds, (y) => owners.in(y, area.bounds), index + 1, random);
  if (look.style === 'pixelate') return pixelated(mosaic);
  if (look.style === 'blur' || !look.sticker) return blurred(mosaic);
  return withSticker(look.sticker, area.frame, blurred(mosaic));
}

/** Paints what a layer owns, and mixes it into the bare pixels at its soft edge. */
function paint(raster: Raster, area: Area, owners: Owners, index: number, fill: Fill): void {
  const { left, top, right, bottom } = area.reach;
  const part = { from: left, to: right };
  const weights = new Float64Array(raster.width);
  const colours = new Float64Array(raster.width * 3);
  for (let y = top; y < bottom; y++) {
    area.fade(y, weights);
    const rowOwners = owners.in(y, area.reach);
    for (let x = left; x < right; x++) {
      const owner = rowOwners[x - left]!;
      if (owner !== 0) weights[x] = owner === index + 1 ? 1 : 0;
    }
    fill(y, part, colours);
    mix(raster, y, part, colours, weights);
  }
}

/** Lays colours on a part of a row; with a weight of 1 nothing is left of a pixel. */
function mix(
  { width, channels, data }: Raster,
  y: number,
  { from, to }: Span,
  colours: Float64Array,
  weights: Float64Array,
): void {
  for (let x = from; x < to; x++) {
    const weight = weights[x]!;
    if (weight === 0) continue;
    const at = (y * width + x) * channels;
    if (weight === 1) {
      for (let channel = 0; channel < 3; channel++)
        data[at + channel] = Math.round(colours[x * 3 + channel]!);
      if (channels === 4) data[at + 3] = 255;
      continue;
    }
    const before = channels === 4 ? data[at + 3]! / 255 : 1;
    const after = before * (1 - weight) + weight;
    for (let channel = 0; channel < 3; channel++) {
      const kept = data[at + channel]! * before * (1 - weight);
      data[at + channel] = Math.round((kept + colours[x * 3 + channel]! * weight) / after);
    }
    if (channels === 4) data[at + 3] = Math.round(after * 255);
  }
}
