/** `Pixels`, the one form in which pictures flow through Figleaf, and what decoding says beside them. */

/**
 * A picture in memory: upright, 8-bit sRGB, alpha laid on white.
 *
 * @example
 * ```ts
 * const grey: Pixels = { width: 2, height: 1, data: new Uint8Array([128, 128, 128, 128, 128, 128]) };
 * ```
 */
export interface Pixels {
  /** Width in pixels, at least 1. */
  readonly width: number;
  /** Height in pixels, at least 1. */
  readonly height: number;
  /** `[height, width, 3]`, red, green, blue, row by row from the top left, 0 to 255. */
  readonly data: Uint8Array;
}

/** The picture formats that Figleaf knows by their first bytes. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic' | 'tiff' | 'bmp' | 'svg';

/** What was learnt about a picture while decoding it. */
export interface ImageInfo {
  /** Width of the upright original in pixels, before any scaled decode. */
  readonly width: number;
  /** Height of the upright original in pixels. */
  readonly height: number;
  /** `'pixels'` when raw pixels (or a canvas) were given. */
  readonly format: ImageFormat | 'pixels';
  /** How many frames the file holds: 1 for a still. */
  readonly frameCount: number;
  /** True where the file breaks off, but at least half of its rows were decoded. */
  readonly truncated: boolean;
}

/** A decoded picture: what is known of it, and its frames, at least one. */
export interface DecodedImage extends ImageInfo {
  /** The first frame, or up to `frames` of them spread evenly over an animation. */
  readonly frames: readonly Pixels[];
}

/** Bounds on what a stranger's file may cost. */
export interface ImageLimits {
  /** Largest file in bytes. Default 256 MiB. */
  readonly maxBytes: number;
  /** Most pixels of one frame. Default 50 million, near 1.2 GB at worst for progressive files. */
  readonly maxPixels: number;
  /** Most frames of an animation that are decoded. Default 32. */
  readonly maxFrames: number;
  /** Longest decode in seconds. Default 8. */
  readonly maxSeconds: number;
}

/** The limits that hold where none are given. */
export const DEFAULT_LIMITS: ImageLimits = {
  maxBytes: 256 * 1024 * 1024,
  maxPixels: 50_000_000,
  maxFrames: 32,
  maxSeconds: 8,
};

/** How to decode. */
export interface DecodeOptions {
  /** Bounds on the file; see {@link ImageLimits} for the defaults. */
  readonly limits?: Partial<ImageLimits>;
  /** How many frames of an animation, spread evenly and always with the first. Default 1. */
  readonly frames?: number;
  /** Decode SVG, which is refused by default. Default false. */
  readonly allowSvg?: boolean;
  /**
   * Let the decoder of a JPEG shrink while decoding, as long as no side gets shorter than this many pixels.
   * Faster (about twice at 12 megapixels) but scores move. Default: off, the full picture.
   */
  readonly scaleDownTo?: number;
}
