/** The contract of the twins `censor.node.ts` and `censor.web.ts`: picture files in, covered picture files out. */

import type { Detection } from '../detect/detector.ts';
import type { ImageFormat, ImageLimits } from '../image/pixels.ts';
import { type CoverOptions, checkSeed } from './cover.ts';
import { resolveLook, type Sticker } from './look.ts';
import type { RegionOptions } from './regions.ts';

/** What covered pictures are written as. */
export type CensoredFormat = Exclude<ImageFormat, 'heic' | 'bmp' | 'svg'>;

/** How to cover a picture file: what, how, and what of its metadata stays. */
export interface CensorOptions extends RegionOptions, CoverOptions {
  /**
   * Keeps what EXIF says of date, camera, exposure, author and rights. Thumbnails, makers' notes, serial numbers and the place are left
   * out all the same, and the orientation is 1. Default false.
   */
  readonly keepExif?: boolean | undefined;
  /** Keeps the place that EXIF tells, with or without the rest. Default false. */
  readonly keepGps?: boolean | undefined;
  /** Bounds on the file. Of an animation all frames together count as pixels; `maxFrames` does not matter, since none may be left out. */
  readonly limits?: Partial<ImageLimits> | undefined;
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How to cover a file. */
export interface CensorFileOptions extends CensorOptions {
  /** Replaces what is at the new path. Never the original itself. Default false. */
  readonly force?: boolean | undefined;
}

/**
 * What could not be kept of a picture.
 *
 * - `format`: it is written in another format, since its own cannot be written here.
 * - `depth`: more than 8 bits a channel became 8.
 * - `colour-space`: CMYK or Lab became sRGB.
 * - `alpha`: what was transparent is white (browser only).
 * - `animation`: only the first frame is there.
 * - `pages`: only the first page or picture of the file is there.
 * - `exif`: it was asked for, but cannot be kept in this format.
 * - `truncated`: the file broke off; what was missing is missing still.
 */
export type CensorLoss =
  | 'format'
  | 'depth'
  | 'colour-space'
  | 'alpha'
  | 'animation'
  | 'pages'
  | 'exif'
  | 'truncated';

/** A covered picture as a file. */
export interface CensoredImage {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its format. */
  readonly format: CensoredFormat;
  /** Width of the upright picture in pixels. */
  readonly width: number;
  /** Height of the upright picture in pixels. */
  readonly height: number;
  /** How many frames were covered: 1 for a still. */
  readonly frameCount: number;
  /** How many detections were covered, those of all frames together; with `invert`, left bare. */
  readonly regions: number;
  /** What could not be kept; empty where all was. */
  readonly losses: readonly CensorLoss[];
}

/** What was found: one list for all frames, or one for each frame. */
export type FrameDetections = readonly Detection[] | readonly (readonly Detection[])[];

/** What the module `#censor/censor` exports on either platform. */
export interface Censor {
  /**
   * Covers what was found in a picture file, and writes it again without its metadata.
   *
   * The result is upright and has no thumbnail, preview, EXIF, XMP, IPTC, place, comment or anything else but the picture and its ICC
   * profile. Format and about the quality of the input are kept: JPEG (quality told by its tables, colour subsampling), PNG, WebP (lossy
   * or lossless), AVIF, TIFF, and GIF and WebP with all frames, their delays and the number of loops. HEIC becomes JPEG, BMP becomes PNG. In the browser
   * JPEG, PNG and WebP are kept, all else becomes PNG, and only the first frame is left of animations.
   *
   * @param bytes The file; left as it is.
   * @param detections What was found, in pixels of the upright picture. A list of lists has one for each frame of an animation.
   * @throws {FigleafError} `not-an-image`, `image-...` and `video-unsupported` for the file, `option-invalid` for the rest. Nothing is
   * returned that was not covered in full.
   * @example
   * ```ts
   * const bytes = await readFile('party.jpg');
   * const { bytes: covered } = await censorImage(bytes, detections, { style: 'blur', shape: 'ellipse', faces: true });
   * await writeFile('party.covered.jpg', covered);
   * ```
   */
  censorImage(
    bytes: Uint8Array,
    detections: FrameDetections,
    options?: CensorOptions,
  ): Promise<CensoredImage>;
  /**
   * Covers what was found in a file, and writes the result as a new file: under its name it is whole or not there. Node only.
   *
   * @param from Path of the picture.
   * @param to Path of the new file, in a folder that exists. Its ending is not looked at: {@link censoredFormat} tells the format beforehand.
   * @throws {FigleafError} As `censorImage`; `input-...` where it cannot be read; `output-exists` where something is at the new path and
   * `force` is not given, or where it is the original; `output-unwritable`.
   * @example
   * ```ts
   * const { losses } = await censorFile('party.jpg', 'party.covered.jpg', detections, { style: 'pixelate' });
   * ```
   */
  censorFile(
    from: string,
    to: string,
    detections: FrameDetections,
    options?: CensorFileOptions,
  ): Promise<CensoredImage>;
  /**
   * Makes a sticker of a picture file: PNG, WebP and all that the platform decodes, in Node also SVG. At most 1024 pixels a side.
   *
   * @throws {FigleafError} `image-corrupt` where it cannot be decoded.
   * @example
   * ```ts
   * const sticker = await decodeSticker(await readFile('smile.svg'));
   * await censorFile('party.jpg', 'party.covered.jpg', detections, { style: 'sticker', sticker, shape: 'ellipse' });
   * ```
   */
  decodeSticker(bytes: Uint8Array): Promise<Sticker>;
}

/** Longest side of a sticker in pixels. */
export const STICKER_SIDE = 1024;

/**
 * What a covered picture is written as in Node: its own format, or the nearest that can be written.
 *
 * @example
 * ```ts
 * censoredFormat('heic'); // 'jpeg'
 * ```
 */
export function censoredFormat(format: ImageFormat): CensoredFormat {
  if (format === 'heic') return 'jpeg';
  return format === 'bmp' || format === 'svg' ? 'png' : format;
}

/** Finds out what cannot be before anything is decoded. */
export function checkCensorOptions(options: CensorOptions): void {
  resolveLook(options);
  checkSeed(options.seed);
}
