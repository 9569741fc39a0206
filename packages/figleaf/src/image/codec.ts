/** The contract of the twins `codec.node.ts` and `codec.web.ts`: picture files to pixels. */
import { FigleafError } from '../errors.ts';
import type { DecodedImage, DecodeOptions, ImageFormat, Pixels } from './pixels.ts';

/** What the module `#image/codec` exports on either platform. */
export interface Codec {
  /**
   * Decodes a picture of the given format, told by `sniff`.
   *
   * @throws {FigleafError} `image-...`: see the codes.
   */
  decode(bytes: Uint8Array, format: ImageFormat, options?: DecodeOptions): Promise<DecodedImage>;
  /** A small WebP of a picture whose longer side has at most `side` pixels. */
  encodeThumbnail(pixels: Pixels, side: number): Promise<Uint8Array>;
  /** A JPEG of a picture, to be learnt from. */
  encodeJpeg(pixels: Pixels): Promise<Uint8Array>;
  /** Loads the decoders, which is otherwise done for the first picture. */
  warmUp(): Promise<void>;
}

/**
 * Quality of the JPEGs that are made to be learnt from, on libjpeg's scale. With colours at full size: at a height of a few hundred pixels
 * edges of colour would suffer, which photos do not show and drawings do.
 */
export const LEARNING_QUALITY = 90;

/** Whether a format is decoded in the codec worker (by WebAssembly or our own code) instead of by {@link Codec.decode}. */
export function needsCodecWorker(format: ImageFormat): boolean {
  return format === 'heic' || format === 'bmp';
}

/** Throws `image-svg-refused`, or `image-format-unsupported` for what belongs into the codec worker. */
export function checkFormat(format: ImageFormat, { allowSvg = false }: DecodeOptions): void {
  if (format === 'svg' && !allowSvg) {
    throw new FigleafError(
      'image-svg-refused',
      'this is an SVG, a drawing program rather than a picture; allow it (allowSvg, --allow-svg) if it is to be trusted',
    );
  }
  if (needsCodecWorker(format)) throw unsupported(format, 'outside the codec worker');
}

/** The error for a format without a decoder. */
export function unsupported(format: ImageFormat, where: string): FigleafError {
  return new FigleafError(
    'image-format-unsupported',
    `${format.toUpperCase()} cannot be decoded ${where}; convert the picture to JPEG or PNG`,
  );
}

/** The error for a file that a decoder gave up on. `reason` in the decoder's own words. */
export function corrupt(format: ImageFormat, reason: string, cause?: unknown): FigleafError {
  return new FigleafError(
    'image-corrupt',
    `the ${format.toUpperCase()} file is damaged and cannot be decoded${reason && ` (${reason})`}`,
    { cause },
  );
}
