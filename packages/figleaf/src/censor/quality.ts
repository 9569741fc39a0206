/** With what quality a JPEG or WebP was written, told by its quantisers. */
import { inZigzag, luminanceSteps } from '../image/jpeg-quantisers.ts';

/**
 * The quality at which libjpeg's luminance table comes nearest to that of a file; exact for files of libjpeg.
 *
 * @returns 1 to 100; null where no table was found.
 */
export function jpegQuality(bytes: Uint8Array): number | null {
  const table = firstTable(bytes);
  if (!table) return null;
  let best = { quality: 1, distance: Infinity };
  for (let quality = 1; quality <= 100; quality++) {
    const distance = distanceBetween(table, quality);
    if (distance < best.distance) best = { quality, distance };
  }
  return best.quality;
}

/** How far a table is from libjpeg's, each step as a share, since eyes see quantisers so. */
function distanceBetween(table: readonly number[], quality: number): number {
  return inZigzag(luminanceSteps(quality)).reduce(
    (sum, step, index) => sum + Math.abs(Math.log(step / Math.max(1, table[index]!))),
    0,
  );
}

const DQT = 0xdb;
const START_OF_SCAN = 0xda;

/** Table 0 of a JPEG's header. */
function firstTable(bytes: Uint8Array): number[] | null {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === START_OF_SCAN) return null;
    const end = at + 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    const table = marker === DQT ? tableIn(bytes.subarray(at + 4, end)) : null;
    if (table) return table;
    at = end;
  }
  return null;
}

/** A segment has one table or several; 16-bit ones begin with a 1 in the upper half of their first byte. */
function tableIn(segment: Uint8Array): number[] | null {
  for (let at = 0; at < segment.length; ) {
    const size = segment[at]! >> 4 ? 2 : 1;
    if (at + 1 + 64 * size > segment.length) return null;
    if ((segment[at]! & 15) === 0) {
      const value = (index: number): number =>
        size === 1
          ? segment[at + 1 + index]!
          : (segment[at + 1 + index * 2]! << 8) | segment[at + 2 + index * 2]!;
      return Array.from({ length: 64 }, (_, index) => value(index));
    }
    at += 1 + 64 * size;
  }
  return null;
}

/** How a WebP was written. */
export interface WebpCoding {
  readonly lossless: boolean;
  /** 1 to 100, about what libwebp was asked for; null where the file does not tell. */
  readonly quality: number | null;
}

/** How the first frame of a WebP was written. */
export function webpCoding(bytes: Uint8Array): WebpCoding {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === 'VP8L') return { lossless: true, quality: null };
    if (name === 'VP8 ')
      return { lossless: false, quality: vp8Quality(bytes.subarray(at + 8, at + 8 + size)) };
    // A frame of an animation has its own chunks behind 16 bytes of place and time.
    at += name === 'ANMF' ? 24 : 8 + size + (size % 2);
  }
  return { lossless: false, quality: null };
}

/** libwebp's quality for the quantiser in a VP8 key frame. */
function vp8Quality(frame: Uint8Array): number | null {
  const isKey = frame.length > 20 && (frame[0]! & 1) === 0 && frame[3] === 0x9d && frame[4] === 0x01;
  if (!isKey) return null;
  const linear = (1 - quantiserOf(new BoolReader(frame.subarray(10))) / 127) ** 3;
  const compression = linear < 0.5 ? linear * 1.5 : (linear + 1) / 2;
  return Math.min(100, Math.max(1, Math.round(compression * 100)));
}

/** The mean quantiser of the segments, else that of the frame: RFC 6386, section 9. */
function quantiserOf(reader: BoolReader): number {
  reader.bits(2);
  const segments = reader.bits(1) ? segmentQuantisers(reader) : null;
  reader.bits(10);
  if (reader.bits(1) && reader.bits(1)) for (let delta = 0; delta < 8; delta++) optional(reader, 6);
  reader.bits(2);
  const base = reader.bits(7);
  if (!segments) return base;
  const values = segments.values.map((value) => (segments.absolute ? value : base + value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function segmentQuantisers(reader: BoolReader): { absolute: boolean; values: number[] } | null {
  const [hasMap, hasData] = [reader.bits(1), reader.bits(1)];
  let found: { absolute: boolean; values: number[] } | null = null;
  if (hasData) {
    const absolute = reader.bits(1) === 1;
    found = { absolute, values: Array.from({ length: 4 }, () => optional(reader, 7)) };
    for (let level = 0; level < 4; level++) optional(reader, 6);
  }
  if (hasMap) for (let tree = 0; tree < 3; tree++) if (reader.bits(1)) reader.bits(8);
  return found;
}

/** A number with a sign behind it, or 0 where a bit says that there is none. */
function optional(reader: BoolReader, size: number): number {
  if (!reader.bits(1)) return 0;
  const value = reader.bits(size);
  return reader.bits(1) ? -value : value;
}

/** Reads bits that VP8 has coded as equally likely. */
class BoolReader {
  readonly #bytes: Uint8Array;
  #at = 2;
  #value: number;
  #range = 255;
  #shifted = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#value = (bytes[0]! << 8) | bytes[1]!;
  }

  bits(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) value = value * 2 + this.#bit();
    return value;
  }

  #bit(): number {
    const split = 1 + (((this.#range - 1) * 128) >> 8);
    const bit = this.#value >= split << 8 ? 1 : 0;
    if (bit) {
      this.#range -= split;
      this.#value -= split << 8;
    } else {
      this.#range = split;
    }
    while (this.#range < 128) {
      this.#value <<= 1;
      this.#range <<= 1;
      if (++this.#shifted === 8) {
        this.#shifted = 0;
        this.#value |= this.#bytes[this.#at++] ?? 0;
      }
    }
    return bit;
  }
}
