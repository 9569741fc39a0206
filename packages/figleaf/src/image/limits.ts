/** Limits: defaults filled in, and the errors where a picture exceeds them. */
import { FigleafError } from '../errors.ts';
import type { Size } from './dimensions.ts';
import { DEFAULT_LIMITS, type ImageLimits } from './pixels.ts';

/** The limits that hold; those left out are the defaults. */
export function resolveLimits(limits: Partial<ImageLimits> = {}): ImageLimits {
  const resolved = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof ImageLimits)[]) {
    const value = limits[name];
    if (value === undefined) continue;
    if (!(value > 0)) {
      throw new FigleafError('option-invalid', `limits.${name} is ${value}; give a number above 0`);
    }
    resolved[name] = value;
  }
  return resolved;
}

/** Throws `input-too-large`. */
export function checkBytes(size: number, { maxBytes }: ImageLimits): void {
  if (size <= maxBytes) return;
  throw new FigleafError(
    'input-too-large',
    `the input has more than ${count(maxBytes)} bytes; raise limits.maxBytes if it is to be trusted`,
  );
}

/** Throws `image-too-many-pixels`. */
export function checkPixels(width: number, height: number, limits: ImageLimits): void {
  if (width * height > limits.maxPixels) throw tooManyPixels(limits, { width, height });
}

/** The error for a picture that is too large to be decoded; `size` where its header tells one. */
export function tooManyPixels({ maxPixels }: ImageLimits, size: Size | null = null): FigleafError {
  const pixels = size ? size.width * size.height : 0;
  // What decoders count may be in no header, such as a grid of tiles; a size under the limit would explain nothing.
  const what =
    size && pixels > maxPixels
      ? `the picture is ${size.width} x ${size.height}, ${count(pixels)} pixels`
      : 'the picture has too many pixels';
  return new FigleafError(
    'image-too-many-pixels',
    `${what}; the limit is ${count(maxPixels)}; raise limits.maxPixels (--max-pixels, where a command has it) if it is to be trusted, or make the picture smaller`,
  );
}

/** The error for a decode that takes too long. */
export function tookTooLong({ maxSeconds }: ImageLimits): FigleafError {
  return new FigleafError(
    'image-timeout',
    `decoding took longer than ${maxSeconds} seconds; raise limits.maxSeconds if the picture is to be trusted`,
  );
}

/** `work`, or `image-timeout` once `maxSeconds` are over; a native decoder that cannot be stopped goes on unheard. */
export async function withinTime<T>(work: Promise<T>, limits: ImageLimits): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tookTooLong(limits)), Math.min(limits.maxSeconds * 1000, 2 ** 31 - 1));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const count = (value: number): string => Math.floor(value).toLocaleString('en-US');
