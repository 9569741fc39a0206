/** Covered frames to picture files, in Node: with what the original's file said about itself, and nothing else. */
import { crc32, deflateSync } from 'node:zlib';
import type { Sharp } from 'sharp';
import type { CensoredFormat } from './censor.ts';
import type { Raster } from './raster.ts';

/** How a picture is written. */
export interface Encoding {
  readonly format: CensoredFormat;
  /** 1 to 100 for JPEG and WebP; null where the original does not tell. */
  readonly quality: number | null;
  /** Of WebP. Default false. */
  readonly lossless?: boolean;
  /** Of JPEG and AVIF. Default `4:4:4`. */
  readonly chromaSubsampling?: '4:2:0' | '4:4:4';
  /** Of JPEG and PNG. Default false. */
  readonly progressive?: boolean;
  /** Whether the original had no colours; the result has none either unless a cover brought some. */
  readonly grey?: boolean;
  /** The profile that the pixels are in; null for sRGB. */
  readonly icc?: Uint8Array | null;
  /** EXIF without the six bytes before it that JPEG has. */
  readonly exif?: Uint8Array | null;
  /** Milliseconds that each frame is shown. */
  readonly delay?: readonly number[];
  /** How often an animation is shown; 0 is without end. */
  readonly loop?: number;
}

/** What is asked of a JPEG or WebP where the original does not tell, of 100: hardly a difference to be seen. */
const QUALITY = 90;
/** The same of AVIF, whose scale is another and whose files do not tell. */
const AVIF_QUALITY = 70;

/** Writes frames of one size, 8 bits a channel. */
export async function encode(frames: readonly Raster[], encoding: Encoding): Promise<Uint8Array> {
  const grey = encoding.grey && frames.every(isGrey);
  const pipeline = await pipelineOf(frames, encoding);
  const file = await inFormat(grey ? pipeline.toColourspace('b-w') : pipeline, encoding).toBuffer();
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

function isGrey({ channels, data }: Raster): boolean {
  for (let at = 0; at < data.length; at += channels) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

/**
 * The frames as sharp takes them. Raw pixels cannot have a profile, and sharp would convert into one that it is given as a file;
 * so frames with metadata go in as PNG, not compressed, with just that metadata in it.
 */
async function pipelineOf(frames: readonly Raster[], { icc, exif }: Encoding): Promise<Sharp> {
  const sharp = (await import('sharp')).default;
  const { width, height, channels } = frames[0]!;
  const raw = { width, height, channels } as const;
  if (!icc && !exif) {
    const tall = { ...raw, height: height * frames.length, pageHeight: height };
    return sharp(joined(frames), { raw: frames.length > 1 ? tall : raw, limitInputPixels: false });
  }
  const carriers: Buffer[] = [];
  for (const { data } of frames) {
    const png = await sharp(data, { raw, limitInputPixels: false }).png({ compressionLevel: 0 }).toBuffer();
    carriers.push(withChunks(png, icc ?? null, exif ?? null));
  }
  const input =
    carriers.length > 1
      ? sharp(carriers, { join: { animated: true }, limitInputPixels: false })
      : sharp(carriers[0]!, { limitInputPixels: false });
  const profiled = icc ? input.keepIccProfile() : input;
  return exif ? profiled.keepExif() : profiled;
}

function joined(frames: readonly Raster[]): Uint8Array {
  if (frames.length === 1) return frames[0]!.data;
  const size = frames[0]!.data.length;
  const all = new Uint8Array(size * frames.length);
  for (const [index, { data }] of frames.entries()) all.set(data, index * size);
  return all;
}

/** Signature and header of a PNG; what says something of the picture comes right behind. */
const HEADER_BYTES = 33;

function withChunks(png: Buffer, icc: Uint8Array | null, exif: Uint8Array | null): Buffer {
  // The name of a profile, no compression but zlib's.
  const named = icc && Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(icc)]);
  return Buffer.concat([
    png.subarray(0, HEADER_BYTES),
    ...(named ? [chunk('iCCP', named)] : []),
    ...(exif ? [chunk('eXIf', exif)] : []),
    png.subarray(HEADER_BYTES),
  ]);
}

function chunk(name: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function inFormat(pipeline: Sharp, encoding: Encoding): Sharp {
  const { format, quality, lossless = false, chromaSubsampling = '4:4:4', progressive = false } = encoding;
  const animation = encoding.delay ? { delay: [...encoding.delay], loop: encoding.loop ?? 0 } : {};
  switch (format) {
    case 'jpeg':
      return pipeline.jpeg({ quality: quality ?? QUALITY, chromaSubsampling, progressive });
    case 'png':
      return pipeline.png({ progressive });
    case 'webp':
      return pipeline.webp(
        lossless ? { lossless, exact: true, ...animation } : { quality: quality ?? QUALITY, ...animation },
      );
    case 'avif':
      return pipeline.avif({ quality: AVIF_QUALITY, chromaSubsampling });
    case 'tiff':
      return pipeline.tiff({ compression: 'deflate', predictor: 'horizontal' });
    case 'gif':
      // Dithering would spread what a frame lacks in colours over pixels that nobody covered.
      return pipeline.gif({ dither: 0, interFrameMaxError: 0, interPaletteMaxError: 0, ...animation });
  }
}
