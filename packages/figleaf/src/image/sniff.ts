/** Tells a file's format by its first bytes; names and MIME types are never trusted. */
import { FigleafError } from '../errors.ts';
import type { ImageFormat } from './pixels.ts';

/** How many bytes decide at most; fewer serve all formats but an SVG with a long preamble. */
const HEAD_BYTES = 4096;

/**
 * The format of a file.
 *
 * @param bytes The file or its beginning, best 512 bytes or more.
 * @returns `'video'` for the containers of videos, `'undecodable'` for pictures that Figleaf has no decoder for, null for all else.
 */
export function sniff(bytes: Uint8Array): ImageFormat | 'video' | 'undecodable' | null {
  const head = bytes.subarray(0, HEAD_BYTES);
  for (const [format, matches] of SIGNATURES) if (matches(head)) return format;
  if (UNDECODABLE.some((matches) => matches(head))) return 'undecodable';
  return sniffBoxes(head) ?? sniffVideo(head) ?? (isSvg(head) ? 'svg' : null);
}

/**
 * The format of a picture file.
 *
 * @throws {FigleafError} `video-unsupported`, `image-format-unsupported` for a picture that Figleaf has no decoder for, or
 * `not-an-image`.
 */
export function formatOf(bytes: Uint8Array): ImageFormat {
  const format = sniff(bytes);
  if (format === 'video') {
    throw new FigleafError(
      'video-unsupported',
      'this is a video; videos cannot be judged yet, only pictures',
    );
  }
  if (format === 'undecodable') {
    throw new FigleafError(
      'image-format-unsupported',
      'this is a picture in a format that Figleaf does not decode (JPEG XL, JPEG 2000, Photoshop, OpenEXR, QOI or raw); convert it, to PNG for example',
    );
  }
  if (format === null) {
    throw new FigleafError('not-an-image', 'the first bytes belong to no picture format that Figleaf knows');
  }
  return format;
}

type Test = (head: Uint8Array) => boolean;

const SIGNATURES: readonly (readonly [ImageFormat, Test])[] = [
  ['jpeg', (head) => startsWith(head, 'ff d8 ff')],
  ['png', (head) => startsWith(head, '89 50 4e 47 0d 0a 1a 0a')],
  ['gif', (head) => /^GIF8[79]a/.test(latin1(head, 0, 6))],
  ['webp', (head) => latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP'],
  // The third is BigTIFF.
  [
    'tiff',
    (head) => ['49 49 2a 00', '4d 4d 00 2a', '49 49 2b 00', '4d 4d 00 2b'].some((s) => startsWith(head, s)),
  ],
  ['bmp', isBmp],
];

/** Pictures that are to be known as such, so that a scan does not pass over them in silence. */
const UNDECODABLE: readonly Test[] = [
  // JPEG XL, bare and in a box; JPEG 2000, bare and in a box.
  (head) => startsWith(head, 'ff 0a') || startsWith(head, '00 00 00 0c 4a 58 4c 20 0d 0a 87 0a'),
  (head) => startsWith(head, 'ff 4f ff 51') || startsWith(head, '00 00 00 0c 6a 50 20 20 0d 0a 87 0a'),
  (head) => latin1(head, 0, 6) === '8BPS\0\x01' || latin1(head, 0, 6) === '8BPS\0\x02',
  (head) => startsWith(head, '76 2f 31 01'),
  (head) => latin1(head, 0, 4) === 'qoif',
  // Raw photographs of Fujifilm, Olympus, Panasonic and Sigma, which are not TIFF in disguise.
  (head) => latin1(head, 0, 15) === 'FUJIFILMCCD-RAW',
  (head) => ['IIRO', 'IIRS', 'MMOR', 'IIU\0', 'FOVb'].includes(latin1(head, 0, 4)),
];

/** Sizes of the header that follows a BMP file's first 14 bytes; `BM` alone begins many a text. */
const BMP_HEADER_SIZES = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

function isBmp(head: Uint8Array): boolean {
  return latin1(head, 0, 2) === 'BM' && head.length >= 18 && BMP_HEADER_SIZES.has(uint32(head, 14, true));
}

const HEIF_BRANDS = new Set([
  ...[
    'heic',
    'heix',
    'heim',
    'heis',
    'hevc',
    'hevx',
    'hevm',
    'hevs',
    'mif1',
    'mif2',
    'mif3',
    'msf1',
    'miaf',
    'unif',
  ],
  ...['jpeg', 'jpgs', 'j2ki', 'avci', 'vvic', 'MiHE', 'MiHB'],
]);
const AVIF_BRANDS = new Set(['avif', 'avis']);
/** Canon's raw photographs, JPEG XL and JPEG 2000. */
const UNDECODABLE_BRANDS = new Set(['crx ', 'jxl ', 'jp2 ', 'jpx ', 'jpm ']);
const SOUND_BRANDS = new Set(['M4A ', 'M4B ', 'M4P ', 'F4A ', 'F4B ']);

/** ISO base media files: HEIF, AVIF and most videos share the outer form and differ in their brands. */
function sniffBoxes(head: Uint8Array): ImageFormat | 'video' | 'undecodable' | null {
  if (latin1(head, 4, 8) !== 'ftyp') return null;
  const end = Math.min(head.length, Math.max(16, uint32(head, 0)));
  const brands = [latin1(head, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(head, at, at + 4));
  const major = brands[0] ?? '';
  // The low-overhead form names its codec where others have a version.
  if (major === 'mif3') brands.push(latin1(head, 12, 16));
  if (SOUND_BRANDS.has(major)) return null;
  if (UNDECODABLE_BRANDS.has(major)) return 'undecodable';
  // `mif1` says only that it is a still; what codec it has stands among the others.
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return 'avif';
  return brands.some((brand) => HEIF_BRANDS.has(brand)) ? 'heic' : 'video';
}

function sniffVideo(head: Uint8Array): 'video' | null {
  const riff = latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'AVI ';
  const quicktime = ['moov', 'mdat', 'wide'].includes(latin1(head, 4, 8));
  const transport = head[0] === 0x47 && head[188] === 0x47 && (head.length <= 376 || head[376] === 0x47);
  const ogg = latin1(head, 0, 4) === 'OggS' && latin1(head, 0, 512).includes('theora');
  const matroska = startsWith(head, '1a 45 df a3');
  const asf = startsWith(head, '30 26 b2 75 8e 66 cf 11');
  const mpeg = startsWith(head, '00 00 01 ba') || startsWith(head, '00 00 01 b3');
  const flash = startsWith(head, '46 4c 56 01');
  return riff || quicktime || transport || ogg || matroska || asf || mpeg || flash ? 'video' : null;
}

/** An XML text whose root is `svg`, after whatever XML allows before it. */
function isSvg(head: Uint8Array): boolean {
  if (!looksLikeXml(head)) return false;
  let text = new TextDecoder().decode(head).trimStart();
  for (;;) {
    const rest = text.replace(/^(<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*(\[[\s\S]*?\])?\s*>)\s*/i, '');
    if (rest === text) break;
    text = rest;
  }
  return /^<(\w+:)?svg[\s>/]/i.test(text);
}

/** Spares the decoding of binary files. */
function looksLikeXml(head: Uint8Array): boolean {
  const text = latin1(head, 0, 64)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  return text.startsWith('<');
}

function startsWith(head: Uint8Array, hex: string): boolean {
  return hex.split(' ').every((byte, index) => head[index] === Number.parseInt(byte, 16));
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

function uint32(bytes: Uint8Array, at: number, littleEndian = false): number {
  if (at + 4 > bytes.length) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, littleEndian);
}
