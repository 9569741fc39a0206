/** Covering picture files in Node. */
import { readInput } from '#image/source';
import { asFigleafError } from '../errors.ts';
import { checkRoom, writeNewFile } from '../files/new-file.node.ts';
import { decoderError } from '../image/codec.node.ts';
import { resolveLimits } from '../image/limits.ts';
import { formatOf } from '../image/sniff.ts';
import {
  type Censor,
  type CensoredImage,
  type CensorOptions,
  checkCensorOptions,
  type FrameDetections,
  STICKER_SIDE,
} from './censor.ts';
import { encode } from './encode.node.ts';
import { coverFrames } from './frames.ts';
import type { Raster } from './raster.ts';
import { openPicture } from './read.node.ts';

/** {@inheritDoc Censor.censorImage} */
export const censorImage: Censor['censorImage'] = (bytes, detections, options) =>
  censorFound(bytes, async () => detections, options);

/** As `censorImage`, but what is to be covered is looked for once all frames are there. */
export async function censorFound(
  bytes: Uint8Array,
  find: (frames: readonly Raster[]) => Promise<FrameDetections>,
  options: CensorOptions = {},
): Promise<CensoredImage> {
  checkCensorOptions(options);
  options.signal?.throwIfAborted();
  const { frames, encoding, losses } = await openPicture(bytes, options);
  const regions = await coverFrames(frames, await find(frames), options);
  options.signal?.throwIfAborted();
  const { width, height } = frames[0]!;
  const file = await encode(frames, encoding).catch((error: unknown) => {
    throw asFigleafError(error, 'image-format-unsupported', 'the covered picture cannot be written: ');
  });
  return { bytes: file, format: encoding.format, width, height, frameCount: frames.length, regions, losses };
}

/** {@inheritDoc Censor.censorFile} */
export const censorFile: Censor['censorFile'] = async (from, to, detections, options = {}) => {
  const { force = false, limits, signal } = options;
  await checkRoom(to, from, force);
  const bytes = await readInput(from, { limits: resolveLimits(limits), signal });
  const censored = await censorImage(bytes as Uint8Array, detections, options);
  await writeNewFile(to, censored.bytes, force);
  return censored;
};

/** {@inheritDoc Censor.decodeSticker} */
export const decodeSticker: Censor['decodeSticker'] = async (bytes) => {
  const format = formatOf(bytes);
  const sharp = (await import('sharp')).default;
  try {
    // What an SVG says of its size is small, as a rule.
    const density = format === 'svg' ? { density: 288 } : {};
    const { data, info } = await sharp(bytes, density)
      .autoOrient()
      .resize({ width: STICKER_SIDE, height: STICKER_SIDE, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (error) {
    throw decoderError(error, { bytes, format, limits: resolveLimits() });
  }
};
