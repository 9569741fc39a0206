/** HEIF files (phones' HEIC) to pixels, by libheif in WebAssembly. For the codec worker: it blocks its thread. */
import libheif from 'libheif-js/libheif-wasm/libheif-bundle.mjs';
import { FigleafError, messageOf } from '../errors.ts';
import { corrupt } from './codec.ts';
import { toSrgb } from './icc.ts';
import { checkPixels, resolveLimits, tooManyPixels } from './limits.ts';
import type { DecodedImage, DecodeOptions, ImageLimits, Pixels } from './pixels.ts';
import { onWhite } from './source.ts';
import { brokenOff, checkDecodedRows, countDecodedRows, isCutOff } from './truncation.ts';

type LibHeif = ReturnType<typeof libheif>;

// Numbers of libheif's C interface.
const COLORSPACE_RGB = 1;
const CHROMA_RGB = 10;
const CHROMA_RGBA = 11;
const CHANNEL_INTERLEAVED = 10;
const ERROR_INVALID_INPUT = 2;
const ERROR_UNSUPPORTED_FILE = 3;
const ERROR_UNSUPPORTED_FEATURE = 4;
const ERROR_OUT_OF_MEMORY = 6;
/** What an absent codec is called. */
const ERROR_NO_PLUGIN = 11;
const SUBERROR_END_OF_DATA = 100;
const SUBERROR_SECURITY_LIMIT = 1000;
const UNSUPPORTED = new Set([ERROR_UNSUPPORTED_FILE, ERROR_UNSUPPORTED_FEATURE, ERROR_NO_PLUGIN]);
/** Places in `heif_security_limits`. */
const LIMIT_PIXELS = 8;
const LIMIT_MEMORY = 64;
/** 50 megapixels take about 450 MB: planes, their RGB, and the file. */
const MEMORY_BYTES = 640 * 2 ** 20;

/** One instance of libheif; its memory only ever grows. */
export class HeifDecoder {
  readonly #heif: LibHeif;
  #broken = false;

  constructor() {
    this.#heif = libheif({ print: () => {}, printErr: () => {} });
  }

  /** Bytes that its memory has grown to. */
  get heldBytes(): number {
    return this.#heif.HEAPU8.length;
  }

  /** True once it failed in a way that leaves its memory in doubt; make another. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Decodes the primary picture of a file. libheif itself turns and mirrors it as the file says; the orientation in EXIF
   * repeats that and is not looked at.
   *
   * @throws {FigleafError} `image-corrupt`, `image-truncated`, `image-too-many-pixels`, `image-format-unsupported`.
   */
  decode(bytes: Uint8Array, options: DecodeOptions = {}): DecodedImage {
    const limits = resolveLimits(options.limits);
    const call = new Call(this.#heif, bytes, limits);
    try {
      return toDecoded(bytes, call.decode());
    } catch (error) {
      if (error instanceof FigleafError) throw error;
      // A trap or an exception of C++: nothing in its memory can be relied on any more.
      this.#broken = true;
      throw corrupt('heic', `the decoder broke down: ${messageOf(error)}`, error);
    } finally {
      if (!this.#broken) call.free();
    }
  }
}

function toDecoded(bytes: Uint8Array, frame: Pixels): DecodedImage {
  const truncated = isCutOff(bytes, 'heic');
  if (truncated) checkDecodedRows(countDecodedRows(frame), frame.height);
  const { width, height } = frame;
  return { width, height, format: 'heic', frameCount: 1, truncated, frames: [frame] };
}

/** One decode, with all that has to be freed after it. */
class Call {
  readonly #heif: LibHeif;
  readonly #bytes: Uint8Array;
  readonly #limits: ImageLimits;
  readonly #freed: (() => void)[] = [];
  /** Where libheif writes errors and results. */
  readonly #error: number;

  constructor(heif: LibHeif, bytes: Uint8Array, limits: ImageLimits) {
    this.#heif = heif;
    this.#bytes = bytes;
    this.#limits = limits;
    this.#error = this.#allocate(16);
  }

  free(): void {
    for (const free of this.#freed.toReversed()) free();
  }

  decode(): Pixels {
    const handle = this.#open();
    const [width, height] = [
      this.#heif._heif_image_handle_get_width(handle),
      this.#heif._heif_image_handle_get_height(handle),
    ];
    checkPixels(width, height, this.#limits);
    const alpha = this.#heif._heif_image_handle_has_alpha_channel(handle) !== 0;
    const pixels = this.#decodeImage(handle, alpha);
    const profile = this.#readProfile(handle);
    if (profile) toSrgb(pixels.data, profile);
    return pixels;
  }

  /** The handle of the primary picture; nothing is decoded yet. */
  #open(): number {
    const heif = this.#heif;
    const context = heif._heif_context_alloc();
    this.#freed.push(() => heif._heif_context_free(context));
    const limits = heif._heif_context_get_security_limits(context);
    this.#writeUint64(limits + LIMIT_PIXELS, Math.ceil(this.#limits.maxPixels));
    this.#writeUint64(limits + LIMIT_MEMORY, MEMORY_BYTES);
    const file = this.#allocate(this.#bytes.length);
    heif.HEAPU8.set(this.#bytes, file);
    heif._heif_context_read_from_memory_without_copy(this.#error, context, file, this.#bytes.length, 0);
    this.#check();
    const result = this.#allocate(4);
    heif._heif_context_get_primary_image_handle(this.#error, context, result);
    this.#check();
    const handle = this.#readUint32(result);
    this.#freed.push(() => heif._heif_image_handle_release(handle));
    return handle;
  }

  #decodeImage(handle: number, alpha: boolean): Pixels {
    const heif = this.#heif;
    const result = this.#allocate(8);
    const chroma = alpha ? CHROMA_RGBA : CHROMA_RGB;
    heif._heif_decode_image(this.#error, handle, result, COLORSPACE_RGB, chroma, 0);
    this.#check();
    const image = this.#readUint32(result);
    this.#freed.push(() => heif._heif_image_release(image));
    const width = heif._heif_image_get_width(image, CHANNEL_INTERLEAVED);
    const height = heif._heif_image_get_height(image, CHANNEL_INTERLEAVED);
    const plane = heif._heif_image_get_plane_readonly2(image, CHANNEL_INTERLEAVED, result + 4);
    if (plane === 0 || width <= 0 || height <= 0) throw corrupt('heic', 'no pixels');
    const channels = alpha ? 4 : 3;
    const data = this.#copyRows(plane, this.#readUint32(result + 4), width * channels, height);
    return { width, height, data: alpha ? onWhite(data) : data };
  }

  #copyRows(plane: number, stride: number, size: number, height: number): Uint8Array {
    const data = new Uint8Array(size * height);
    for (let row = 0; row < height; row++) {
      const from = plane + row * stride;
      data.set(this.#heif.HEAPU8.subarray(from, from + size), row * size);
    }
    return data;
  }

  #readProfile(handle: number): Uint8Array | null {
    const size = this.#heif._heif_image_handle_get_raw_color_profile_size(handle);
    if (size <= 0) return null;
    const profile = this.#allocate(size);
    this.#heif._heif_image_handle_get_raw_color_profile(this.#error, handle, profile);
    return this.#readUint32(this.#error) === 0 ? this.#heif.HEAPU8.slice(profile, profile + size) : null;
  }

  #allocate(size: number): number {
    const pointer = this.#heif._malloc(size);
    if (pointer === 0) throw tooManyPixels(this.#limits);
    this.#freed.push(() => this.#heif._free(pointer));
    return pointer;
  }

  /** Throws what libheif wrote as its error, if it did. */
  #check(): void {
    const code = this.#readUint32(this.#error);
    if (code === 0) return;
    const subcode = this.#readUint32(this.#error + 4);
    const message = this.#readText(this.#readUint32(this.#error + 8));
    if (subcode === SUBERROR_SECURITY_LIMIT || code === ERROR_OUT_OF_MEMORY)
      throw tooManyPixels(this.#limits);
    if (UNSUPPORTED.has(code)) {
      throw new FigleafError(
        'image-format-unsupported',
        `this kind of HEIF file cannot be decoded (${message}); convert the picture to JPEG or PNG`,
      );
    }
    const cut = code === ERROR_INVALID_INPUT && subcode === SUBERROR_END_OF_DATA;
    throw cut || isCutOff(this.#bytes, 'heic') ? brokenOff('heic') : corrupt('heic', message);
  }

  #readUint32(at: number): number {
    return this.#view().getUint32(at, true);
  }

  #writeUint64(at: number, value: number): void {
    this.#view().setBigUint64(at, BigInt(value), true);
  }

  #view(): DataView {
    return new DataView(this.#heif.HEAPU8.buffer);
  }

  #readText(at: number): string {
    const end = this.#heif.HEAPU8.indexOf(0, at);
    return new TextDecoder().decode(this.#heif.HEAPU8.slice(at, end));
  }
}
