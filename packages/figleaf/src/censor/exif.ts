/** EXIF written anew with what is harmless of it: a list of what may stay, since makers hide previews in many a tag. */

/** What stays. */
export interface ExifKeep {
  /** Date, camera, exposure, author, rights. */
  readonly details: boolean;
  /** The place. */
  readonly gps: boolean;
}

/** Words about the picture, its maker and its resolution. */
const IMAGE_TAGS = new Set([0x10e, 0x10f, 0x110, 0x11a, 0x11b, 0x128, 0x131, 0x132, 0x13b, 0x8298]);
/** Times, exposure, lens. No maker's note, comment, serial number or owner, and no size: the picture was turned. */
const CAMERA_TAGS = new Set([
  ...[0x829a, 0x829d, 0x8822, 0x8827, 0x8830, 0x9000, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012],
  ...[0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920a, 0x9290, 0x9291, 0x9292],
  ...[0xa001, 0xa20e, 0xa20f, 0xa210, 0xa215, 0xa217, 0xa402, 0xa403, 0xa404, 0xa405, 0xa406, 0xa407],
  ...[0xa408, 0xa409, 0xa40a, 0xa40c, 0xa432, 0xa433, 0xa434],
]);
/** All of GPS that the standard knows but its texts of any content (0x1b, 0x1c). */
const GPS_TAGS = new Set(
  Array.from({ length: 32 }, (_, tag) => tag).filter((tag) => tag !== 0x1b && tag !== 0x1c),
);

const ORIENTATION = 0x112;
const CAMERA_POINTER = 0x8769;
const GPS_POINTER = 0x8825;

/** No value that stays needs more; what is larger is a picture in disguise. */
const MOST_BYTES = 4096;

/** Bytes of one value, by type. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const SHORT = 3;
const LONG = 4;

/** A tag with its value, in the byte order of the file. */
interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly value: Uint8Array;
}

/**
 * Writes EXIF anew with what may stay, and an orientation of 1.
 *
 * @param exif With or without the six bytes that JPEG has before it.
 * @returns Without those six bytes; null where nothing is left, or where it cannot be read.
 */
export function cleanExif(exif: Uint8Array, keep: ExifKeep): Uint8Array | null {
  const tiff = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? exif.subarray(6) : exif;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return null;
  const mark = view.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) return null;
  const little = mark === 0x4949;
  const first = readEntries(view, view.getUint32(4, little), little);
  const below = (pointer: number): Entry[] => {
    const entry = first.find(({ tag }) => tag === pointer);
    return entry && entry.value.length === 4 ? readEntries(view, uint32(entry.value, little), little) : [];
  };
  const image = keep.details ? chosen(first, IMAGE_TAGS) : [];
  const camera = keep.details ? chosen(below(CAMERA_POINTER), CAMERA_TAGS) : [];
  const gps = keep.gps ? chosen(below(GPS_POINTER), GPS_TAGS) : [];
  if (image.length + camera.length + gps.length === 0) return null;
  return write(image, camera, gps, little);
}

const chosen = (entries: readonly Entry[], tags: ReadonlySet<number>): Entry[] =>
  entries.filter(({ tag, value }) => tags.has(tag) && value.length <= MOST_BYTES);

/** The entries of one directory; those that point beyond the end are left out. */
function readEntries(view: DataView, at: number, little: boolean): Entry[] {
  if (at + 2 > view.byteLength) return [];
  const entries: Entry[] = [];
  const count = Math.min(view.getUint16(at, little), 1000);
  for (let index = 0; index < count; index++) {
    const entryAt = at + 2 + index * 12;
    if (entryAt + 12 > view.byteLength) break;
    const type = view.getUint16(entryAt + 2, little);
    const values = view.getUint32(entryAt + 4, little);
    const size = (SIZES[type] ?? 0) * values;
    const from = size <= 4 ? entryAt + 8 : view.getUint32(entryAt + 8, little);
    if (size === 0 || from + size > view.byteLength) continue;
    const value = new Uint8Array(view.buffer, view.byteOffset + from, size);
    entries.push({ tag: view.getUint16(entryAt, little), type, count: values, value });
  }
  return entries;
}

/** Three directories, each with its values right behind it, and no fourth: that would be the thumbnail. */
function write(
  image: readonly Entry[],
  camera: readonly Entry[],
  gps: readonly Entry[],
  little: boolean,
): Uint8Array {
  const upright = number(ORIENTATION, SHORT, 1, little);
  const pointers = [...(camera.length > 0 ? [CAMERA_POINTER] : []), ...(gps.length > 0 ? [GPS_POINTER] : [])];
  const imageAt = 8;
  const placeholders = pointers.map((tag) => number(tag, LONG, 0, little));
  const cameraAt = imageAt + sizeOf([...image, upright, ...placeholders]);
  const gpsAt = cameraAt + (camera.length > 0 ? sizeOf(camera) : 0);
  const real = pointers.map((tag) => number(tag, LONG, tag === CAMERA_POINTER ? cameraAt : gpsAt, little));
  const out = new Uint8Array(gpsAt + (gps.length > 0 ? sizeOf(gps) : 0));
  const view = new DataView(out.buffer);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, imageAt, little);
  writeEntries(out, imageAt, [...image, upright, ...real], little);
  if (camera.length > 0) writeEntries(out, cameraAt, camera, little);
  if (gps.length > 0) writeEntries(out, gpsAt, gps, little);
  return out;
}

/** Values of up to four bytes stand in the entry itself; longer ones behind the directory, at even places. */
const outside = ({ value }: Entry): number => (value.length <= 4 ? 0 : value.length + (value.length % 2));

const sizeOf = (entries: readonly Entry[]): number =>
  2 + entries.length * 12 + 4 + entries.reduce((sum, entry) => sum + outside(entry), 0);

function writeEntries(out: Uint8Array, at: number, entries: readonly Entry[], little: boolean): void {
  const view = new DataView(out.buffer);
  const sorted = entries.toSorted((one, other) => one.tag - other.tag);
  let valueAt = at + 2 + sorted.length * 12 + 4;
  view.setUint16(at, sorted.length, little);
  for (const [index, entry] of sorted.entries()) {
    const entryAt = at + 2 + index * 12;
    view.setUint16(entryAt, entry.tag, little);
    view.setUint16(entryAt + 2, entry.type, little);
    view.setUint32(entryAt + 4, entry.count, little);
    if (outside(entry) > 0) view.setUint32(entryAt + 8, valueAt, little);
    out.set(entry.value, outside(entry) > 0 ? valueAt : entryAt + 8);
    valueAt += outside(entry);
  }
}

function number(tag: number, type: typeof SHORT | typeof LONG, value: number, little: boolean): Entry {
  const bytes = new Uint8Array(SIZES[type]!);
  const view = new DataView(bytes.buffer);
  if (type === SHORT) view.setUint16(0, value, little);
  else view.setUint32(0, value, little);
  return { tag, type, count: 1, value: bytes };
}

const uint32 = (value: Uint8Array, little: boolean): number =>
  new DataView(value.buffer, value.byteOffset, 4).getUint32(0, little);
