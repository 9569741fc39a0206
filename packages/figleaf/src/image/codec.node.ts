/** Decoding in Node: sharp, always from bytes, always to upright 8-bit sRGB on white. */
import type { Sharp, SharpOptions } from 'sharp';
import { FigleafError, messageOf } from '../errors.ts';
import { type Codec, checkFormat, corrupt, LEARNING_QUALITY, unsupported } from './codec.ts';
import { readSize } from './dimensions.ts';
import { spreadFrames } from './frames.ts';
import { resolveLimits, tookTooLong, tooManyPixels, withinTime } from './limits.ts';
import type { DecodedImage, DecodeOptions, ImageFormat, ImageLimits, Pixels } from './pixels.ts';
import { brokenOff, checkDecodedRows, countDecodedRows, isCutOff } from './truncation.ts';

// Loaded on first use, since it costs 50 ms. Its settings for the whole process (threads, cache) stay the user's.
const loadSharp = async () => (await import('sharp')).default;

export const warmUp: Codec['warmUp'] = async () => {
  await loadSharp();
};

export const decode: Codec['decode'] = async (bytes, format, options = {}) => {
  checkFormat(format, options);
  const job: Job = { bytes, format, options, limits: resolveLimits(options.limits) };
  return withinTime(decodeWhole(job), job.limits);
};

/** Of 100; enough to tell what is shown. */
const THUMBNAIL_QUALITY = 45;

export const encodeThumbnail: Codec['encodeThumbnail'] = async ({ width, height, data }, side) => {
  const sharp = await loadSharp();
  const small = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: THUMBNAIL_QUALITY, effort: 2 })
    .toBuffer();
  return new Uint8Array(small);
};

export const encodeJpeg: Codec['encodeJpeg'] = async ({ width, height, data }) => {
  const sharp = await loadSharp();
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    // Codes made to measure would take a third of the time that all of this takes, for 2 % of the bytes.
    .jpeg({ quality: LEARNING_QUALITY, chromaSubsampling: '4:4:4', optimiseCoding: false })
    .toBuffer();
  return new Uint8Array(encoded);
};

interface Job {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly options: DecodeOptions;
  readonly limits: ImageLimits;
}

type Strictness = 'truncated' | 'none';

/** Decodes; where the file turns out to break off, decodes again for what is there. */
async function decodeWhole(job: Job): Promise<DecodedImage> {
  try {
    return await attempt(job, 'truncated');
  } catch (error) {
    const failure = decoderError(error, job);
    if (failure.code !== 'image-corrupt') throw failure;
    return decodeRest(job, failure);
  }
}

/** Decodes what is there of a broken file. What is missing is told by how decoders fill it up. */
async function decodeRest(job: Job, failure: FigleafError): Promise<DecodedImage> {
  let image: DecodedImage;
  try {
    image = await attempt(job, 'none');
  } catch (error) {
    const second = decoderError(error, job);
    if (second.code !== 'image-corrupt') throw second;
    throw isCutOff(job.bytes, job.format) ? brokenOff(job.format) : failure;
  }
  // Later frames of an animation begin as copies of those before: only the first can show rows that are missing.
  const [first] = image.frames;
  if (first) checkDecodedRows(countDecodedRows(first), first.height);
  return { ...image, truncated: true };
}

async function attempt(job: Job, strictness: Strictness): Promise<DecodedImage> {
  const sharp = await loadSharp();
  const open = (more: SharpOptions = {}): Sharp =>
    sharp(job.bytes, {
      failOn: strictness,
      limitInputPixels: Math.floor(job.limits.maxPixels),
      sequentialRead: true,
      ...more,
    });
  if (isAnimated(job.format)) return decodeFrames(job, open);
  if (job.format === 'jpeg' && job.options.scaleDownTo !== undefined) return decodeScaled(job, open);
  const frame = await toPixels(open(), job.limits);
  return describe(job, frame.width, frame.height, [frame]);
}

type Open = (more?: SharpOptions) => Sharp;

const isAnimated = (format: ImageFormat): boolean => format === 'gif' || format === 'webp';

async function decodeFrames(job: Job, open: Open): Promise<DecodedImage> {
  const { pages = 1 } = await open().metadata();
  const frames: Pixels[] = [];
  // One after another: each may take as much memory as the limit allows.
  for (const page of spreadFrames(pages, job.options, job.limits)) {
    frames.push(await toPixels(open({ page, pages: 1 }), job.limits));
  }
  const { width, height } = frames[0]!;
  return { ...describe(job, width, height, frames), frameCount: pages };
}

/** Lets libjpeg shrink by 2, 4 or 8, which spares it most of the work. */
async function decodeScaled(job: Job, open: Open): Promise<DecodedImage> {
  const { autoOrient } = await open().metadata();
  const { width, height } = autoOrient;
  const divisor = jpegDivisor(Math.min(width, height), job.options.scaleDownTo ?? 0);
  const pipeline = open();
  if (divisor > 1) {
    // sharp has no direct word for it, but asked for this size it shrinks while loading. libjpeg rounds up and sharp
    // only takes a step that does not undershoot: rounded down, `nearest` drops at most one row and column.
    pipeline.resize({
      width: Math.max(1, Math.floor(width / divisor)),
      height: Math.max(1, Math.floor(height / divisor)),
      fit: 'fill',
      kernel: 'nearest',
    });
  }
  return describe(job, width, height, [await toPixels(pipeline, job.limits)]);
}

/** By how much a JPEG may shrink so that its shorter side keeps at least `target` pixels. */
function jpegDivisor(side: number, target: number): number {
  return [8, 4, 2].find((divisor) => Math.floor(side / divisor) >= target) ?? 1;
}

async function toPixels(pipeline: Sharp, { maxSeconds }: ImageLimits): Promise<Pixels> {
  const { data, info } = await pipeline
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .timeout({ seconds: Math.max(1, Math.ceil(Math.min(maxSeconds, 3600))) })
    .raw()
    // Not `toUint8Array`: up to sharp 0.35.5 that never frees what libvips wrote.
    .toBuffer({ resolveWithObject: true });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width: info.width, height: info.height, data: bytes };
}

function describe(job: Job, width: number, height: number, frames: readonly Pixels[]): DecodedImage {
  return { width, height, format: job.format, frameCount: 1, truncated: false, frames };
}

/** What sharp and libvips say of a picture, in words of ours and with a code. */
export function decoderError(
  error: unknown,
  { bytes, format, limits }: Pick<Job, 'bytes' | 'format' | 'limits'>,
): FigleafError {
  if (error instanceof FigleafError) return error;
  const message = messageOf(error);
  if (/exceeds pixel limit/i.test(message)) return tooManyPixels(limits, readSize(bytes, format));
  if (/timeout:/i.test(message)) return tookTooLong(limits);
  if (/unable to load codec|not been built in|unsupported (codec|compression|feature)/i.test(message)) {
    return unsupported(format, 'here');
  }
  return corrupt(format, reasonIn(message), error);
}

/** The last thing that libvips said, without the names of its own functions. */
function reasonIn(message: string): string {
  const last = message.trim().split('\n').at(-1) ?? '';
  return last
    .replace(/^(Input (buffer|file) (has corrupt header|contains unsupported image format):?\s*)/, '')
    .replace(/^[\w ]*(vips|load|save|buffer|heif|webp|gif|tiff|png)[\w]*:\s*/i, '')
    .trim();
}
