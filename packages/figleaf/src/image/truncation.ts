/** How much of a picture is there when its file breaks off. */
import { FigleafError } from '../errors.ts';
import type { ImageFormat, Pixels } from './pixels.ts';

/**
 * How many rows were decoded of a picture whose file is known to break off.
 *
 * Decoders fill what is missing with one colour (libjpeg mid grey, libpng zeros, GIF the background), so the rows at the
 * bottom that have a single colour, the same in all of them, count as missing. That may take rows of a plain background
 * for missing, never missing ones for decoded but for the last line of blocks of a JPEG. A progressive JPEG has all rows,
 * though coarse, once its first scan is complete, about a tenth into the file.
 */
export function countDecodedRows({ width, height, data }: Pixels): number {
  const stride = width * 3;
  const [red, green, blue] = data.subarray(data.length - 3);
  for (let row = height - 1; row >= 0; row--) {
    const end = (row + 1) * stride;
    for (let at = row * stride; at < end; at += 3) {
      if (data[at] !== red || data[at + 1] !== green || data[at + 2] !== blue) return row + 1;
    }
  }
  return 0;
}

/** Throws `image-truncated` where fewer than half of the rows are there. */
export function checkDecodedRows(rows: number, height: number): void {
  if (rows * 2 >= height) return;
  throw new FigleafError(
    'image-truncated',
    `the file breaks off: only ${rows} of ${height} rows of the picture could be decoded; get the whole file`,
  );
}

/** The error for a file that breaks off before anything of use. */
export function brokenOff(format: ImageFormat): FigleafError {
  return new FigleafError(
    'image-truncated',
    `the ${format.toUpperCase()} file breaks off and too little of it can be decoded; get the whole file`,
  );
}

/** Whether a file lacks its end, as far as the format tells without decoding. */
export function isCutOff(bytes: Uint8Array, format: ImageFormat): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'jpeg':
      return !jpegHasEnd(bytes, view);
    case 'png':
      return !pngHasEnd(bytes, view);
    case 'gif':
      // Some writers leave zeros behind the trailer.
      return bytes.subarray(bytes.findLastIndex((byte) => byte !== 0))[0] !== 0x3b;
    case 'webp':
      return bytes.length < 12 || view.getUint32(4, true) + 8 > bytes.length;
    case 'avif':
    case 'heic':
      return !boxesEnd(bytes, view);
    case 'tiff':
      return !tiffHasDirectory(bytes, view);
    default:
      return false;
  }
}

/** Walks the segments to the first scan, then looks for the marker that ends the picture. */
function jpegHasEnd(bytes: Uint8Array, view: DataView): boolean {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) at++;
    else if (marker === 0xd9) return true;
    else if (marker === 0xda) break;
    else at += 2 + view.getUint16(at + 2);
  }
  for (let end = bytes.indexOf(0xff, at + 2); end >= 0; end = bytes.indexOf(0xff, end + 1)) {
    if (bytes[end + 1] === 0xd9) return true;
  }
  return false;
}

function pngHasEnd(bytes: Uint8Array, view: DataView): boolean {
  const IEND = 0x49454e44;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === IEND) return true;
  }
  return false;
}

function boxesEnd(bytes: Uint8Array, view: DataView): boolean {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = view.getUint32(at);
    // 0: the box reaches to the end of the file. 1: its size has 64 bits.
    if (size === 0) return true;
    if (size === 1 && at + 16 > bytes.length) return false;
    at += size === 1 ? Number(view.getBigUint64(at + 8)) : Math.max(8, size);
  }
  return at === bytes.length;
}

/** The directory of a TIFF usually stands behind its pixels. */
function tiffHasDirectory(bytes: Uint8Array, view: DataView): boolean {
  if (bytes.length < 8) return false;
  const littleEndian = bytes[0] === 0x49;
  if (view.getUint16(2, littleEndian) !== 42) return true;
  return view.getUint32(4, littleEndian) + 2 <= bytes.length;
}
