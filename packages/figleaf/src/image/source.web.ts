/** Reading inputs in the browser: files, blobs, bytes, streams, pixels, and whatever can be drawn on a canvas. */
import { FigleafError, messageOf } from '../errors.ts';
import type { BitmapLike, CanvasLike, Drawable, ImageElementLike } from './input.ts';
import { checkPixels } from './limits.ts';
import type { ImageLimits, Pixels } from './pixels.ts';
import { onWhite, readCommonInput, type Source, unsupportedInput } from './source.ts';

export const readInput: Source['readInput'] = async (input, options) => {
  options.signal?.throwIfAborted();
  const read = await readCommonInput(input, options);
  if (read) return read;
  if (isImageElement(input)) {
    await loaded(input);
    return draw(input, input.naturalWidth, input.naturalHeight, options.limits);
  }
  if (isDrawable(input)) return draw(input, input.width, input.height, options.limits);
  throw unsupportedInput(input, 'a File, Blob, bytes, ImageData, ImageBitmap, <img> or <canvas>');
};

function isImageElement(input: unknown): input is ImageElementLike {
  return isObject(input) && 'naturalWidth' in input && typeof input.decode === 'function';
}

function isDrawable(input: unknown): input is BitmapLike | CanvasLike {
  if (!isObject(input) || typeof input.width !== 'number' || typeof input.height !== 'number') return false;
  return typeof input.getContext === 'function' || typeof input.close === 'function';
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

async function loaded(image: ImageElementLike): Promise<void> {
  try {
    await image.decode();
  } catch (error) {
    throw new FigleafError('input-unreadable', `the image element shows no picture: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function draw(source: Drawable, width: number, height: number, limits: ImageLimits): Pixels {
  if (width === 0 || height === 0)
    throw new FigleafError('input-empty', `the input is ${width} x ${height} pixels`);
  checkPixels(width, height, limits);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new FigleafError('input-unsupported', 'this browser has no OffscreenCanvas; give a File or Blob');
  context.drawImage(source as unknown as CanvasImageSource, 0, 0);
  try {
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data: onWhite(data) };
  } catch (error) {
    throw new FigleafError(
      'input-unreadable',
      'the picture is from another site that does not share it (CORS); set crossOrigin, or fetch it and give the Blob',
      { cause: error },
    );
  }
}
