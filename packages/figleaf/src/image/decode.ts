/** From any input to a decoded picture: read, recognise, decode where its format belongs. */
import { decode } from '#image/codec';
import { readInput } from '#image/source';
import { abortable } from '../concurrency.ts';
import { checkFormat, needsCodecWorker } from './codec.ts';
import type { ImageInput } from './input.ts';
import { resolveLimits } from './limits.ts';
import type { DecodedImage, DecodeOptions, Pixels } from './pixels.ts';
import { formatOf } from './sniff.ts';
import { WasmDecoder } from './wasm-decoder.ts';

/** How to decode, and how to cancel it. */
export interface DecodeImageOptions extends DecodeOptions {
  /** Cancels; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes a picture: upright, 8-bit sRGB, alpha laid on white.
 *
 * JPEG, PNG, WebP, GIF, AVIF, TIFF, HEIC and BMP in Node; what the browser knows plus HEIC and BMP in the browser. Of an
 * animation (GIF, WebP) the first frame, or `frames` of them spread evenly; of a file with several pages or pictures the
 * first, of an animated PNG its still.
 *
 * @param input See {@link ImageInput}.
 * @throws {FigleafError} With a code that begins with `input-`, `image-` or `video-`, `not-an-image` or `option-invalid`.
 * @example
 * ```ts
 * const { frames: [pixels], truncated } = await decodeImage('holiday.heic');
 * ```
 */
export async function decodeImage(
  input: ImageInput,
  options: DecodeImageOptions = {},
): Promise<DecodedImage> {
  await using wasm = new WasmDecoder();
  const { signal, ...decodeOptions } = options;
  const read = await readImage(input, options, wasm);
  if (!(read instanceof Uint8Array)) return read;
  return abortable(decode(read, formatOf(read), decodeOptions), signal);
}

/** How to read a picture before it is decoded. */
export interface ReadImageOptions extends DecodeImageOptions {
  /** Sees the bytes of a file before anything is made of them; what it throws ends the picture. */
  readonly inspect?: ((bytes: Uint8Array) => Promise<void>) | undefined;
}

/**
 * Reads an input as far as that is the main thread's work: the bytes of a picture that is decoded elsewhere, or what
 * needed no such decoding (pixels) or has a worker of its own (HEIC, BMP).
 *
 * @throws {FigleafError} As {@link decodeImage}, for all that the first bytes tell.
 */
export async function readImage(
  input: ImageInput,
  { signal, inspect, ...options }: ReadImageOptions,
  wasm: WasmDecoder,
): Promise<Uint8Array | DecodedImage> {
  const limits = resolveLimits(options.limits);
  const read = await abortable(readInput(input, { limits, signal }), signal);
  if (!(read instanceof Uint8Array)) return fromPixels(read);
  await inspect?.(read);
  const format = formatOf(read);
  if (needsCodecWorker(format)) {
    return wasm.decode(read, format, { ...options, signal, move: isReadAgain(input) });
  }
  checkFormat(format, options);
  return read;
}

/** Whether an input names a file: what is read from there is nobody else's, and can be read once more. */
export function isReadAgain(input: ImageInput): boolean {
  return typeof input === 'string' || input instanceof URL;
}

/** Pixels as if they had been decoded. */
export function fromPixels(pixels: Pixels): DecodedImage {
  const { width, height } = pixels;
  return { width, height, format: 'pixels', frameCount: 1, truncated: false, frames: [pixels] };
}
