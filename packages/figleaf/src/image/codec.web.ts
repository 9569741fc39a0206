/** Decoding in the browser: its own decoders, and a canvas to get at the pixels. Runs in a worker. */
import { FigleafError, messageOf } from '../errors.ts';
import { type Codec, checkFormat, corrupt, LEARNING_QUALITY, unsupported } from './codec.ts';
import { readSize, type Size } from './dimensions.ts';
import { spreadFrames } from './frames.ts';
import { checkPixels, resolveLimits, withinTime } from './limits.ts';
import type { DecodedImage, DecodeOptions, ImageFormat, ImageLimits, Pixels } from './pixels.ts';
import { onWhite } from './source.ts';
import { brokenOff, checkDecodedRows, countDecodedRows, isCutOff } from './truncation.ts';

const TYPES: Partial<Record<ImageFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  avif: 'image/avif',
  svg: 'image/svg+xml',
};

export const warmUp: Codec['warmUp'] = async () => {};

export const decode: Codec['decode'] = async (bytes, format, options = {}) => {
  checkFormat(format, options);
  const type = TYPES[format];
  if (!type) throw unsupported(format, 'in the browser');
  const limits = resolveLimits(options.limits);
  // The browser tells the size only once it has decoded.
  const size = readSize(bytes, format);
  if (size) checkPixels(size.width, size.height, limits);
  const job: Job = { bytes, format, type, options, limits };
  const image = await withinTime(decodeWhole(job), limits);
  return isCutOff(bytes, format) ? markTruncated(image) : image;
};

/** Of 1; enough to tell what is shown. */
const THUMBNAIL_QUALITY = 0.45;

export const encodeThumbnail: Codec['encodeThumbnail'] = async (pixels, side) => {
  const scale = Math.min(1, side / Math.max(pixels.width, pixels.height));
  const width = Math.max(1, Math.round(pixels.width * scale));
  const height = Math.max(1, Math.round(pixels.height * scale));
  return encodeScaled(pixels, { width, height }, { type: 'image/webp', quality: THUMBNAIL_QUALITY });
};

export const encodeJpeg: Codec['encodeJpeg'] = (pixels) =>
  encodeScaled(pixels, pixels, { type: 'image/jpeg', quality: LEARNING_QUALITY / 100 });

async function encodeScaled(
  { width, height, data }: Pixels,
  to: Size,
  options: ImageEncodeOptions,
): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(to.width, to.height);
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4)
    rgba.set(data.subarray(from, from + 3), to);
  const picture = await createImageBitmap(new ImageData(rgba, width, height));
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const small = await canvas.convertToBlob(options);
  return new Uint8Array(await small.arrayBuffer());
}

interface Job {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly type: string;
  readonly options: DecodeOptions;
  readonly limits: ImageLimits;
}

async function decodeWhole(job: Job): Promise<DecodedImage> {
  try {
    return (await decodeAnimation(job)) ?? (await decodeStill(job));
  } catch (error) {
    if (error instanceof FigleafError) throw error;
    throw isCutOff(job.bytes, job.format)
      ? brokenOff(job.format)
      : corrupt(job.format, messageOf(error), error);
  }
}

function markTruncated(image: DecodedImage): DecodedImage {
  const [first] = image.frames;
  if (first) checkDecodedRows(countDecodedRows(first), first.height);
  return { ...image, truncated: true };
}

/** The first frame, turned as EXIF says. */
async function decodeStill({ bytes, format, type, limits }: Job): Promise<DecodedImage> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type });
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  try {
    const frame = drawn(bitmap, bitmap.width, bitmap.height, limits);
    const { width, height } = frame;
    return { width, height, format, frameCount: 1, truncated: false, frames: [frame] };
  } finally {
    bitmap.close();
  }
}

/**
 * Frames of an animation where more than one is asked for, and the browser can pick them (`ImageDecoder`). Null for a still:
 * `ImageDecoder` neither turns it as EXIF says, nor upsamples the colours of a WebP as smoothly.
 */
async function decodeAnimation({ bytes, format, type, options, limits }: Job): Promise<DecodedImage | null> {
  const animated = format === 'gif' || format === 'webp';
  if (!animated || (options.frames ?? 1) <= 1 || typeof ImageDecoder === 'undefined') return null;
  const decoder = new ImageDecoder({ data: bytes as Uint8Array<ArrayBuffer>, type });
  try {
    await decoder.completed;
    const frameCount = decoder.tracks.selectedTrack?.frameCount ?? 1;
    if (frameCount <= 1) return null;
    const frames: Pixels[] = [];
    for (const frameIndex of spreadFrames(frameCount, options, limits)) {
      const { image } = await decoder.decode({ frameIndex });
      frames.push(drawn(image, image.displayWidth, image.displayHeight, limits));
      image.close();
    }
    const { width, height } = frames[0]!;
    return { width, height, format, frameCount, truncated: false, frames };
  } finally {
    decoder.close();
  }
}

function drawn(image: ImageBitmap | VideoFrame, width: number, height: number, limits: ImageLimits): Pixels {
  checkPixels(width, height, limits);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new FigleafError('image-format-unsupported', 'this browser has no 2D canvas in workers');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data: onWhite(data) };
}
