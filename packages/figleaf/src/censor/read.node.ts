/** Picture files to frames as they are to be covered, in Node: all frames, upright, with alpha, in the file's own RGB. */
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { FigleafError } from '../errors.ts';
import { decoderError } from '../image/codec.node.ts';
import { needsCodecWorker } from '../image/codec.ts';
import { decodeImage } from '../image/decode.ts';
import { checkBytes, checkPixels, resolveLimits, withinTime } from '../image/limits.ts';
import type { ImageFormat, ImageLimits } from '../image/pixels.ts';
import { formatOf } from '../image/sniff.ts';
import { brokenOff, checkDecodedRows, countDecodedRows, isCutOff } from '../image/truncation.ts';
import { type CensorLoss, type CensorOptions, censoredFormat } from './censor.ts';
import type { Encoding } from './encode.node.ts';
import { cleanExif } from './exif.ts';
import { jpegQuality, webpCoding } from './quality.ts';
import type { Raster } from './raster.ts';

/** A picture as it is to be covered, and how to write it again. */
export interface Opened {
  readonly frames: readonly Raster[];
  readonly encoding: Encoding;
  readonly losses: readonly CensorLoss[];
}

/**
 * Reads a picture.
 *
 * @throws {FigleafError} `not-an-image`, `video-unsupported`, `image-...`, `input-too-large`.
 */
export async function openPicture(bytes: Uint8Array, options: CensorOptions): Promise<Opened> {
  const limits = resolveLimits(options.limits);
  if (bytes.length === 0) throw new FigleafError('input-empty', 'the input is empty (0 bytes)');
  checkBytes(bytes.length, limits);
  const format = formatOf(bytes);
  if (format === 'svg') {
    throw new FigleafError(
      'image-svg-refused',
      'this is an SVG, a drawing program: what is covered would still be in it; render it to PNG first',
    );
  }
  if (needsCodecWorker(format)) return openByWorker(bytes, format, options);
  return withinTime(openWhole({ bytes, format, limits, options }), limits);
}

interface Job {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly limits: ImageLimits;
  readonly options: CensorOptions;
}

/** HEIC and BMP, which come back as plain pixels. */
async function openByWorker(bytes: Uint8Array, format: ImageFormat, options: CensorOptions): Promise<Opened> {
  const { limits = {}, signal } = options;
  const image = await decodeImage(bytes, { limits, signal });
  const asked = options.keepExif || options.keepGps;
  return {
    frames: image.frames.map((frame) => ({ ...frame, channels: 3 })),
    encoding: { format: censoredFormat(format), quality: null },
    losses: [
      'format',
      ...(asked ? ['exif' as const] : []),
      ...(image.truncated ? ['truncated' as const] : []),
    ],
  };
}

/** As strictly as `decodeImage`: a file that breaks off is covered as far as it goes, if that is half of it. */
async function openWhole(job: Job): Promise<Opened> {
  try {
    return await attempt(job, 'truncated');
  } catch (error) {
    const failure = decoderError(error, job);
    if (failure.code !== 'image-corrupt') throw failure;
    return openRest(job, failure);
  }
}

async function openRest(job: Job, failure: FigleafError): Promise<Opened> {
  let opened: Opened;
  try {
    opened = await attempt(job, 'none');
  } catch (error) {
    const second = decoderError(error, job);
    if (second.code !== 'image-corrupt') throw second;
    throw isCutOff(job.bytes, job.format) ? brokenOff(job.format) : failure;
  }
  const { width, height, data, channels } = opened.frames[0]!;
  const rgb = channels === 3 ? data : data.filter((_, index) => index % 4 < 3);
  checkDecodedRows(countDecodedRows({ width, height, data: rgb }), height);
  return { ...opened, losses: [...opened.losses, 'truncated'] };
}

type Open = (more?: SharpOptions) => Sharp;

async function attempt(job: Job, failOn: 'truncated' | 'none'): Promise<Opened> {
  const sharp = (await import('sharp')).default;
  const { maxPixels } = job.limits;
  const open: Open = (more = {}) =>
    sharp(job.bytes, { failOn, limitInputPixels: Math.floor(maxPixels), ...more });
  const metadata = await open().metadata();
  const keepsProfile = hasRgb(metadata) && metadata.icc !== undefined;
  const frames = await readFrames(job, open, metadata, keepsProfile);
  const encoding = encodingOf(job, metadata, frames, keepsProfile);
  return { frames, encoding, losses: lossesOf(job, metadata, encoding) };
}

const hasRgb = ({ space }: Metadata): boolean => space === 'srgb' || space === 'rgb' || space === 'rgb16';
const isGrey = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16';
const isAnimated = ({ format }: Pick<Job, 'format'>, { pages = 1 }: Metadata): boolean =>
  (format === 'gif' || format === 'webp') && pages > 1;

async function readFrames(job: Job, open: Open, metadata: Metadata, raw: boolean): Promise<Raster[]> {
  if (!isAnimated(job, metadata)) return toRasters(job, open(), raw);
  const { width, pages = 1 } = metadata;
  // None can be left out, so all of them count.
  checkPixels(width, (metadata.pageHeight ?? metadata.height) * pages, job.limits);
  if ((metadata.orientation ?? 1) === 1) return toRasters(job, open({ pages: -1 }), raw);
  // Many frames cannot be turned at once.
  const frames: Raster[] = [];
  for (let page = 0; page < pages; page++) {
    job.options.signal?.throwIfAborted();
    frames.push(...(await toRasters(job, open({ page, pages: 1 }), raw)));
  }
  return frames;
}

/** Decodes to upright frames of 8 bits: in the RGB of the profile where that is kept, else in sRGB. */
async function toRasters({ limits }: Job, pipeline: Sharp, keepsProfile: boolean): Promise<Raster[]> {
  const upright = pipeline.autoOrient().toColourspace('srgb');
  const { data, info } = await (keepsProfile ? upright.keepIccProfile() : upright)
    .timeout({ seconds: Math.max(1, Math.ceil(Math.min(limits.maxSeconds, 3600))) })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, channels } = info;
  if (channels !== 3 && channels !== 4) throw new Error(`decoded to ${channels} channels`);
  const height = info.pageHeight ?? info.height;
  const size = width * height * channels;
  const whole = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: whole.length / size }, (_, index) => ({
    width,
    height,
    channels,
    data: whole.subarray(index * size, (index + 1) * size),
  }));
}

function encodingOf(
  { bytes, format, options }: Job,
  metadata: Metadata,
  frames: readonly Raster[],
  keepsProfile: boolean,
): Encoding {
  const keep = { details: options.keepExif ?? false, gps: options.keepGps ?? false };
  const webp = format === 'webp' ? webpCoding(bytes) : null;
  return {
    format: censoredFormat(format),
    quality: format === 'jpeg' ? jpegQuality(bytes) : (webp?.quality ?? null),
    lossless: webp?.lossless ?? false,
    chromaSubsampling: metadata.chromaSubsampling === '4:2:0' ? '4:2:0' : '4:4:4',
    progressive: metadata.isProgressive ?? false,
    grey: isGrey(metadata),
    icc: keepsProfile ? (metadata.icc ?? null) : null,
    exif: metadata.exif && (keep.details || keep.gps) ? cleanExif(metadata.exif, keep) : null,
    ...(frames.length > 1 ? { delay: metadata.delay ?? [], loop: metadata.loop ?? 0 } : {}),
  };
}

function lossesOf(job: Job, metadata: Metadata, { exif }: Encoding): CensorLoss[] {
  const { depth, bitsPerSample = 8, pages = 1 } = metadata;
  const deep = bitsPerSample > 8 || !['uchar', 'char'].includes(depth);
  const paged = pages > 1 && !isAnimated(job, metadata);
  return [
    ...(deep ? ['depth' as const] : []),
    ...(hasRgb(metadata) || isGrey(metadata) ? [] : ['colour-space' as const]),
    ...(isAnimatedPng(job) || isAvifSequence(job) ? ['animation' as const] : []),
    ...(paged && !isAvifSequence(job) ? ['pages' as const] : []),
    ...(exif && job.format === 'tiff' ? ['exif' as const] : []),
  ];
}

/** A chunk before the pixels says so. */
function isAnimatedPng({ bytes, format }: Job): boolean {
  if (format !== 'png') return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += view.getUint32(at) + 12) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === 'acTL') return true;
    if (name === 'IDAT') return false;
  }
  return false;
}

const isAvifSequence = ({ bytes, format }: Job): boolean =>
  format === 'avif' && String.fromCharCode(...bytes.subarray(8, 12)) === 'avis';
