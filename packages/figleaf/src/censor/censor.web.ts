/** Covering picture files in the browser: its own decoders and encoders, so first frames, in sRGB, on white. */
import { FigleafError, messageOf } from '../errors.ts';
import { corrupt } from '../image/codec.ts';
import { decodeImage } from '../image/decode.ts';
import type { ImageFormat, Pixels } from '../image/pixels.ts';
import { formatOf } from '../image/sniff.ts';
import {
  type Censor,
  type CensoredFormat,
  type CensorLoss,
  type CensorOptions,
  checkCensorOptions,
  STICKER_SIDE,
} from './censor.ts';
import { coverFrames } from './frames.ts';
import { jpegQuality, webpCoding } from './quality.ts';

/** {@inheritDoc Censor.censorImage} */
export const censorImage: Censor['censorImage'] = async (bytes, detections, options = {}) => {
  checkCensorOptions(options);
  const { limits = {}, signal } = options;
  const image = await decodeImage(bytes, { limits, signal });
  const frames = image.frames.slice(0, 1).map((frame) => ({ ...frame, channels: 3 as const }));
  const regions = await coverFrames(frames, detections, options);
  const format = formatOf(bytes);
  const { blob, written } = await encode(frames[0]!, bytes, format);
  const file = new Uint8Array(await blob.arrayBuffer());
  const losses = lossesOf(image, format, written, options);
  const { width, height } = frames[0]!;
  return { bytes: file, format: written, width, height, frameCount: 1, regions, losses };
};

/** {@inheritDoc Censor.censorFile} */
export const censorFile: Censor['censorFile'] = async () => {
  throw new FigleafError('input-unsupported', 'there are no paths in the browser; use censorImage');
};

/** {@inheritDoc Censor.decodeSticker} */
export const decodeSticker: Censor['decodeSticker'] = async (bytes) => {
  const format = formatOf(bytes);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  } catch (error) {
    throw corrupt(format, messageOf(error), error);
  }
  const scale = Math.min(1, STICKER_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
};

const WRITTEN: Partial<Record<ImageFormat, CensoredFormat>> = {
  jpeg: 'jpeg',
  png: 'png',
  webp: 'webp',
  heic: 'jpeg',
};

/** Browsers that cannot write a format write PNG instead, and say so. */
async function encode(
  { width, height, data }: Pixels,
  bytes: Uint8Array,
  format: ImageFormat,
): Promise<{ blob: Blob; written: CensoredFormat }> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from]!;
    rgba[to + 1] = data[from + 1]!;
    rgba[to + 2] = data[from + 2]!;
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(rgba, width, height), 0, 0);
  const wanted = WRITTEN[format] ?? 'png';
  const blob = await canvas.convertToBlob({ type: `image/${wanted}`, quality: qualityOf(bytes, format) });
  return { blob, written: blob.type === `image/${wanted}` ? wanted : 'png' };
}

/** What is asked for where the file does not tell, of 1. */
const QUALITY = 0.9;

function qualityOf(bytes: Uint8Array, format: ImageFormat): number {
  if (format === 'jpeg') return (jpegQuality(bytes) ?? QUALITY * 100) / 100;
  if (format !== 'webp') return QUALITY;
  const { lossless, quality } = webpCoding(bytes);
  // Where it is 1, browsers write WebP without loss.
  return lossless ? 1 : Math.min(0.99, (quality ?? QUALITY * 100) / 100);
}

function lossesOf(
  image: { readonly frameCount: number; readonly truncated: boolean },
  format: ImageFormat,
  written: CensoredFormat,
  { keepExif, keepGps }: CensorOptions,
): CensorLoss[] {
  const mayHaveAlpha = format !== 'jpeg' && format !== 'heic' && format !== 'bmp';
  return [
    ...(format === written ? [] : ['format' as const]),
    ...(mayHaveAlpha ? ['alpha' as const] : []),
    ...(image.frameCount > 1 ? ['animation' as const] : []),
    ...(keepExif || keepGps ? ['exif' as const] : []),
    ...(image.truncated ? ['truncated' as const] : []),
  ];
}
