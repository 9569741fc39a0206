/** BMP files to pixels: all uncompressed and run-length forms of Windows 2 to 5 and OS/2. */
import { corrupt, unsupported } from './codec.ts';
import { checkPixels, resolveLimits } from './limits.ts';
import type { DecodedImage, DecodeOptions } from './pixels.ts';
import { brokenOff, checkDecodedRows } from './truncation.ts';

/** What the `compression` field says. */
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

interface Header {
  readonly width: number;
  readonly height: number;
  /** Rows are stored from the top; usually the lowest is the first. */
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** `[entry, 3]`, red, green, blue. */
  readonly palette: Uint8Array;
  /** Which bits of a 16- or 32-bit pixel belong to red, green, blue, alpha. */
  readonly masks: readonly [number, number, number, number];
}

/**
 * Decodes a BMP file.
 *
 * @throws {FigleafError} `image-corrupt`, `image-truncated`, `image-too-many-pixels`, `image-format-unsupported`.
 */
export function decodeBmp(bytes: Uint8Array, options: DecodeOptions = {}): DecodedImage {
  const header = readHeader(bytes);
  const { width, height } = header;
  checkPixels(width, height, resolveLimits(options.limits));
  const data = new Uint8Array(width * height * 3);
  const rows = readPixels(bytes, header, data);
  checkDecodedRows(rows, height);
  if (rows < height) whiten(data, header, rows);
  const frames = [{ width, height, data }];
  return { width, height, format: 'bmp', frameCount: 1, truncated: rows < height, frames };
}

function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw brokenOff('bmp');
  const size = view.getUint32(14, true);
  const old = size < 40 && size !== 16;
  if (!old && bytes.length < 54 && size >= 40) throw brokenOff('bmp');
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = size >= 40 ? view.getUint32(30, true) : RGB;
  const colours = size >= 40 ? view.getUint32(46, true) : 0;
  if (width <= 0 || signedHeight === 0) throw corrupt('bmp', `a size of ${width} x ${signedHeight}`);
  checkForm(bits, compression);
  const extraMasks = size === 40 ? { [BITFIELDS]: 12, [ALPHA_BITFIELDS]: 16 }[compression] : undefined;
  const tableAt = 14 + size + (extraMasks ?? 0);
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    compression,
    offset: view.getUint32(10, true),
    palette: readPalette(bytes, tableAt, bits, colours, old ? 3 : 4),
    masks: readMasks(view, size, bits, compression),
  };
}

function checkForm(bits: number, compression: number): void {
  const allowed: Record<number, readonly number[]> = {
    [RGB]: [1, 2, 4, 8, 16, 24, 32],
    [RLE8]: [8],
    [RLE4]: [4],
    [BITFIELDS]: [16, 32],
    [ALPHA_BITFIELDS]: [16, 32],
  };
  const depths = allowed[compression];
  if (!depths) throw unsupported('bmp', `with compression ${compression}`);
  if (!depths.includes(bits)) throw corrupt('bmp', `${bits} bits a pixel with compression ${compression}`);
}

function readPalette(bytes: Uint8Array, at: number, bits: number, colours: number, size: number): Uint8Array {
  const most = bits <= 8 ? 1 << bits : 0;
  const entries = colours > 0 ? Math.min(colours, most) : most;
  // Indices beyond the palette are black, as in other readers.
  const palette = new Uint8Array(most * 3);
  for (let entry = 0; entry < entries; entry++) {
    for (let channel = 0; channel < 3; channel++) {
      palette[entry * 3 + channel] = bytes[at + entry * size + 2 - channel] ?? 0;
    }
  }
  return palette;
}

function readMasks(view: DataView, size: number, bits: number, compression: number): Header['masks'] {
  const explicit = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  if (!explicit) return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const maskAt = (index: number): number =>
    54 + index * 4 + 4 <= view.byteLength ? view.getUint32(54 + index * 4, true) : 0;
  const withAlpha = compression === ALPHA_BITFIELDS || size >= 56;
  return [maskAt(0), maskAt(1), maskAt(2), withAlpha ? maskAt(3) : 0];
}

/** Fills `data`; returns how many rows were there. */
function readPixels(bytes: Uint8Array, header: Header, data: Uint8Array): number {
  if (header.compression === RLE4 || header.compression === RLE8) return readRuns(bytes, header, data);
  const { width, height, bits, offset } = header;
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The last row may lack the bytes that only round it up.
  const needed = Math.ceil((width * bits) / 8);
  const rows = Math.floor((bytes.length - offset - needed) / stride) + 1;
  const there = Math.min(height, Math.max(0, rows));
  const readRow = rowReader(bytes, header);
  for (let row = 0; row < there; row++) readRow(offset + row * stride, data, rowStart(header, row));
  return there;
}

/** Where in the result the row goes that is stored as the `row`-th. */
function rowStart({ width, height, topDown }: Header, row: number): number {
  return (topDown ? row : height - 1 - row) * width * 3;
}

type RowReader = (from: number, data: Uint8Array, to: number) => void;

function rowReader(bytes: Uint8Array, header: Header): RowReader {
  const { bits, width, palette } = header;
  if (bits === 24 || (bits === 32 && header.compression === RGB)) return directReader(bytes, width, bits / 8);
  if (bits > 8) return maskedReader(bytes, header);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  return (from, data, to) => {
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const entry = ((bytes[from + Math.floor(x / perByte)]! >> shift) & mask) * 3;
      data[to + x * 3] = palette[entry]!;
      data[to + x * 3 + 1] = palette[entry + 1]!;
      data[to + x * 3 + 2] = palette[entry + 2]!;
    }
  };
}

/** Blue, green, red, and perhaps a byte that means nothing. */
function directReader(bytes: Uint8Array, width: number, size: number): RowReader {
  return (from, data, to) => {
    for (let x = 0; x < width; x++) {
      data[to + x * 3] = bytes[from + x * size + 2]!;
      data[to + x * 3 + 1] = bytes[from + x * size + 1]!;
      data[to + x * 3 + 2] = bytes[from + x * size]!;
    }
  };
}

/** 16 or 32 bits with a mask a channel; alpha is laid on white. */
function maskedReader(bytes: Uint8Array, { bits, width, masks }: Header): RowReader {
  const fields = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { shift, mask: mask >>> 0, most: mask >>> shift };
  });
  const alphaMost = fields[3]!.most;
  return (from, data, to) => {
    for (let x = 0; x < width; x++) {
      const at = from + (x * bits) / 8;
      let pixel = bytes[at]! | (bytes[at + 1]! << 8);
      if (bits === 32) pixel = (pixel | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
      const { shift, mask } = fields[3]!;
      const alpha = alphaMost > 0 ? ((pixel & mask) >>> shift) / alphaMost : 1;
      for (let channel = 0; channel < 3; channel++) {
        const field = fields[channel]!;
        const value = field.most > 0 ? (((pixel & field.mask) >>> field.shift) / field.most) * 255 : 0;
        data[to + x * 3 + channel] = Math.round(255 + (value - 255) * alpha);
      }
    }
  };
}

/** Run lengths: pairs of a count and a colour, or a zero and what to do instead. */
function readRuns(bytes: Uint8Array, header: Header, data: Uint8Array): number {
  const { width, height, bits, palette } = header;
  for (let at = 0; at < data.length; at += 3) data.set(palette.subarray(0, 3), at);
  let at = header.offset;
  let x = 0;
  let row = 0;
  const put = (entry: number): void => {
    if (x < width && row < height)
      data.set(palette.subarray(entry * 3, entry * 3 + 3), rowStart(header, row) + x * 3);
    x++;
  };
  while (at + 1 < bytes.length && row < height) {
    const count = bytes[at]!;
    const value = bytes[at + 1]!;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : (value >> (i % 2 === 0 ? 4 : 0)) & 15);
    } else if (value === 0) {
      x = 0;
      row++;
    } else if (value === 1) {
      return height;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      row += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      const size = bits === 8 ? value : Math.ceil(value / 2);
      if (at + size > bytes.length) break;
      for (let i = 0; i < value; i++) {
        put(bits === 8 ? bytes[at + i]! : (bytes[at + (i >> 1)]! >> (i % 2 === 0 ? 4 : 0)) & 15);
      }
      at += size + (size % 2);
    }
  }
  return Math.min(row, height);
}

/** What is missing is white rather than the black that memory begins with. */
function whiten(data: Uint8Array, header: Header, rows: number): void {
  for (let row = rows; row < header.height; row++) {
    const start = rowStart(header, row);
    data.fill(255, start, start + header.width * 3);
  }
}
