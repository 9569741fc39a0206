/** The size of a picture from its header, for decoders that tell it only once they have decoded. */
import type { ImageFormat } from './pixels.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size that a file's header claims, as stored, before any turning; null where it is not found, which is for the decoder to judge. */
export function readSize(bytes: Uint8Array, format: ImageFormat): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return READERS[format]?.(view) ?? null;
  } catch (error) {
    // The file ends within its header.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const READERS: Partial<Record<ImageFormat, (view: DataView) => Size | null>> = {
  jpeg: readJpeg,
  png: (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  gif: (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  webp: readWebp,
  avif: readLargestExtent,
};

function readJpeg(view: DataView): Size | null {
  let at = 2;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    // Frame headers, of which three numbers mean other things.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function readWebp(view: DataView): Size | null {
  const kind = view.getUint32(12);
  if (kind === 0x56503858) {
    return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  }
  if (kind === 0x5650384c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind === 0x56503820) {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  return null;
}

const uint24 = (view: DataView, at: number): number =>
  view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);

/** The largest `ispe` (image spatial extents) among a file's properties; its own boxes need not be walked for that. */
function readLargestExtent(view: DataView): Size | null {
  const ISPE = 0x69737065;
  const end = Math.min(view.byteLength, 65_536) - 16;
  let largest: Size | null = null;
  for (let at = 4; at <= end; at++) {
    if (view.getUint32(at) !== ISPE) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}
