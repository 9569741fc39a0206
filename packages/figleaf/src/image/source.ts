/** The contract of the twins `source.node.ts` and `source.web.ts`, and the inputs that both read alike. */
import { abortable } from '../concurrency.ts';
import { asFigleafError, FigleafError } from '../errors.ts';
import type { BlobLike, ByteStreamLike, ImageInput } from './input.ts';
import { checkBytes, checkPixels } from './limits.ts';
import type { ImageLimits, Pixels } from './pixels.ts';

/** How to read an input. */
export interface ReadOptions {
  readonly limits: ImageLimits;
  readonly signal?: AbortSignal | undefined;
}

/** What the module `#image/source` exports on either platform. */
export interface Source {
  /**
   * Reads an input: the bytes of a file, or pixels where it holds such.
   *
   * @throws {FigleafError} `input-not-found`, `input-unreadable`, `input-empty`, `input-too-large`, `input-unsupported`.
   */
  readInput(input: ImageInput, options: ReadOptions): Promise<Uint8Array | Pixels>;
}

/** Reads what is the same on both platforms; null for anything else. */
export async function readCommonInput(
  input: unknown,
  options: ReadOptions,
): Promise<Uint8Array | Pixels | null> {
  const bytes = asBytes(input);
  if (bytes) return checked(bytes, options);
  if (isPixelsLike(input)) return toPixels(input, options.limits);
  if (isBlob(input)) {
    checkBytes(input.size, options.limits);
    return checked(await readBlob(input, options), options);
  }
  if (isAsyncIterable(input)) return collect(input, options);
  if (isByteStream(input)) return collect(chunksOf(input), options);
  return null;
}

/** Not empty, and not too large. */
export function checked(bytes: Uint8Array, { limits }: ReadOptions): Uint8Array {
  if (bytes.byteLength === 0) throw new FigleafError('input-empty', 'the input is empty (0 bytes)');
  checkBytes(bytes.byteLength, limits);
  return bytes;
}

/** Joins chunks, and stops reading as soon as there are too many bytes. */
export async function collect(chunks: AsyncIterable<unknown>, options: ReadOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(next(iterator), options.signal);
      if (done) break;
      const part = asBytes(value);
      if (!part)
        throw new FigleafError('input-unsupported', `the stream gives ${nameOf(value)} instead of bytes`);
      size += part.byteLength;
      checkBytes(size, options.limits);
      parts.push(part);
    }
  } catch (error) {
    // The source may be stuck, so its end is not waited for.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    throw error;
  }
  return checked(joined(parts, size), options);
}

async function next(iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await iterator.next();
  } catch (error) {
    throw asFigleafError(error, 'input-unreadable', 'the stream cannot be read: ');
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

async function readBlob(blob: BlobLike, { signal }: ReadOptions): Promise<Uint8Array> {
  try {
    return new Uint8Array(await abortable(blob.arrayBuffer(), signal));
  } catch (error) {
    if (signal?.aborted) throw error;
    throw asFigleafError(error, 'input-unreadable', 'the file cannot be read: ');
  }
}

async function* chunksOf(stream: ByteStreamLike): AsyncGenerator<unknown, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel();
  }
}

/** Bytes in any of the forms that JavaScript has for them. */
function asBytes(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // By name, since buffers may come from another realm (an iframe, a test runner).
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]') {
    return new Uint8Array(value as ArrayBuffer);
  }
  return null;
}

interface PixelsLike {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null;

function isPixelsLike(input: unknown): input is PixelsLike {
  if (!isObject(input)) return false;
  const { data, width, height } = input;
  return ArrayBuffer.isView(data) && typeof width === 'number' && typeof height === 'number';
}

function isBlob(input: unknown): input is BlobLike {
  return isObject(input) && typeof input.arrayBuffer === 'function' && typeof input.size === 'number';
}

function isAsyncIterable(input: unknown): input is AsyncIterable<unknown> {
  return isObject(input) && Symbol.asyncIterator in input;
}

function isByteStream(input: unknown): input is ByteStreamLike {
  return isObject(input) && typeof input.getReader === 'function';
}

/** Pixels as they are, or laid on white where they have alpha. */
function toPixels(input: PixelsLike, limits: ImageLimits): Pixels {
  const { width, height, data } = input;
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  const channels = data.length / (width * height);
  const isByte = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  if (!whole || !isByte || (channels !== 3 && channels !== 4)) {
    throw new FigleafError(
      'input-unsupported',
      `pixels of ${width} x ${height} need width * height * 3 (or 4 with alpha) bytes of data, not ${data.length} of ${nameOf(data)}`,
    );
  }
  checkPixels(width, height, limits);
  if (channels === 4) return { width, height, data: onWhite(data) };
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** RGBA, not premultiplied, to RGB on a white ground. */
export function onWhite(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const pixels = rgba.length >> 2;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0, from = 0, to = 0; pixel < pixels; pixel++, from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    if (alpha === 255) {
      rgb[to] = rgba[from]!;
      rgb[to + 1] = rgba[from + 1]!;
      rgb[to + 2] = rgba[from + 2]!;
    } else {
      rgb[to] = blend(rgba[from]!, alpha);
      rgb[to + 1] = blend(rgba[from + 1]!, alpha);
      rgb[to + 2] = blend(rgba[from + 2]!, alpha);
    }
  }
  return rgb;
}

const blend = (value: number, alpha: number): number => Math.round(255 + ((value - 255) * alpha) / 255);

/** The error for something that is no input on this platform. */
export function unsupportedInput(input: unknown, wanted: string): FigleafError {
  return new FigleafError('input-unsupported', `${nameOf(input)} is no picture input here; give ${wanted}`);
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const name = isObject(value) ? value.constructor?.name : undefined;
  return name ? `a value of type ${name}` : `a ${typeof value}`;
}
