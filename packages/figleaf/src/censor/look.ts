/** How a cover looks: the options, what holds where they are left out, and what is refused. */
import { FigleafError } from '../errors.ts';

/**
 * What a covered region is filled with.
 *
 * - `box`: one colour. Nothing of the picture beneath is left.
 * - `pixelate`: at most 5 x 5 flat cells, each the mean colour of its area with noise.
 * - `blur`: the same cells, blended into each other.
 * - `sticker`: a picture of yours, on a blur.
 */
export type CoverStyle = 'box' | 'pixelate' | 'blur' | 'sticker';

/** The outline of a cover. An `ellipse` goes around the whole box, through its corners: none of the box stays bare. */
export type CoverShape = 'rectangle' | 'ellipse';

/** A picture to lay over regions. `decodeSticker` makes one of a file. */
export interface Sticker {
  /** Width in pixels, at least 1. */
  readonly width: number;
  /** Height in pixels, at least 1. */
  readonly height: number;
  /** `[height, width, 4]`, red, green, blue, alpha, 0 to 255, not premultiplied. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** How a cover looks. */
export interface CoverLook {
  /** What the region is filled with. Default `box`. */
  readonly style?: CoverStyle | undefined;
  /** The outline. Default `rectangle`. */
  readonly shape?: CoverShape | undefined;
  /** The colour of `box`, as `#rrggbb` or `#rgb`, in the picture's own colour space. Default `#000000`. */
  readonly colour?: string | undefined;
  /** The picture of `sticker`: as large as fits around the shape, in its middle, proportions kept. */
  readonly sticker?: Sticker | undefined;
  /** How far each side of the box moves outwards, as a share of its width or height, 0 to 10. Default 0. */
  readonly expand?: number | undefined;
  /**
   * Over which distance the cover fades into the picture, as a share of the box's shorter side, 0 to 1. The fading lies
   * wholly outside the box, which is covered in full. Default 0.
   */
  readonly softEdge?: number | undefined;
}

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A look without gaps, checked. */
export interface ResolvedLook {
  readonly style: CoverStyle;
  readonly shape: CoverShape;
  readonly colour: Colour;
  readonly sticker: Sticker | null;
  readonly expand: number;
  readonly softEdge: number;
}

/**
 * The look that holds: the first of the given ones that says something decides, option by option.
 *
 * @throws {FigleafError} `option-invalid`.
 */
export function resolveLook(...looks: readonly CoverLook[]): ResolvedLook {
  const pick = <Name extends keyof CoverLook>(name: Name): CoverLook[Name] =>
    looks.find((look) => look[name] !== undefined)?.[name];
  const look: ResolvedLook = {
    style: oneOf('style', pick('style') ?? 'box', ['box', 'pixelate', 'blur', 'sticker']),
    shape: oneOf('shape', pick('shape') ?? 'rectangle', ['rectangle', 'ellipse']),
    colour: parseColour(pick('colour') ?? '#000000'),
    sticker: pick('sticker') ?? null,
    expand: between('expand', pick('expand') ?? 0, 0, 10),
    softEdge: between('softEdge', pick('softEdge') ?? 0, 0, 1),
  };
  checkSticker(look);
  return look;
}

/** `value` where it is one of those allowed; else throws `option-invalid`. */
function oneOf<Value extends string>(name: string, value: Value, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value;
  throw new FigleafError('option-invalid', `${name} is '${value}'; give one of: ${allowed.join(', ')}`);
}

/** `value` where it lies between two others; else throws `option-invalid`. */
export function between(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new FigleafError('option-invalid', `${name} is ${value}; give a number from ${least} to ${most}`);
}

/** A colour such as `#ff8800` or `#f80`; else throws `option-invalid`. */
function parseColour(text: string): Colour {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (!digits) {
    throw new FigleafError('option-invalid', `colour is '${text}'; give it as #rrggbb, such as #ff8800`);
  }
  const size = digits.length / 3;
  const [red, green, blue] = [0, 1, 2].map((channel) => {
    const part = digits.slice(channel * size, (channel + 1) * size);
    return Number.parseInt(size === 1 ? part + part : part, 16);
  });
  return [red!, green!, blue!];
}

function checkSticker({ style, sticker }: ResolvedLook): void {
  if (style !== 'sticker') return;
  if (!sticker) {
    throw new FigleafError('option-invalid', "the style 'sticker' needs a picture; give it as sticker");
  }
  const { width, height, data } = sticker;
  if (width >= 1 && height >= 1 && data.length === width * height * 4) return;
  throw new FigleafError(
    'option-invalid',
    `a sticker of ${width} x ${height} needs width * height * 4 bytes of data, not ${data.length}`,
  );
}
