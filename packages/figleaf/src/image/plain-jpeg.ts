/** Whether a JPEG shows the same to whoever looks at its pixels alone: no turn, no profile, no colours of an unusual kind. */

const EXIF = 0xe1;
const PROFILE = 0xe2;
const ADOBE = 0xee;
const START_OF_SCAN = 0xda;
const ORIENTATION = 0x112;

/**
 * Whether a file is a JPEG that is upright as it is stored, in sRGB as far as it says, grey or in three colours, 8 bits each.
 *
 * @param bytes The whole file.
 */
export function isPlainJpeg(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return walk(view);
  } catch (error) {
    // The file ends within its header.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function walk(view: DataView): boolean {
  let isFrameKnown = false;
  for (let at = 2; view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === START_OF_SCAN) return isFrameKnown;
    const segment = at + 4;
    if (isFrame(marker)) {
      if (view.getUint8(segment) !== 8 || ![1, 3].includes(view.getUint8(segment + 5))) return false;
      isFrameKnown = true;
    }
    if (marker === ADOBE && isText(view, segment, 'Adobe') && view.getUint8(segment + 11) !== 1) return false;
    if (marker === PROFILE && isText(view, segment, 'ICC_PROFILE')) return false;
    if (marker === EXIF && isText(view, segment, 'Exif') && isTurned(view, segment + 6)) return false;
    at += 2 + view.getUint16(at + 2);
  }
  return false;
}

/** Frame headers, of which three numbers mean other things. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function isText(view: DataView, at: number, text: string): boolean {
  return [...text].every((character, index) => view.getUint8(at + index) === character.charCodeAt(0));
}

/** Whether the first directory of EXIF has another orientation than upright. */
function isTurned(view: DataView, start: number): boolean {
  const little = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, little);
  const count = view.getUint16(directory, little);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * 12;
    if (view.getUint16(entry, little) === ORIENTATION) return view.getUint16(entry + 8, little) > 1;
  }
  return false;
}
