/** Writes BMP, which sharp cannot: for the examples and for tests. */

const HEADER_BYTES = 54;

/** A BMP of 24 bits, rows from the lowest up. `rgb` is `[height, width, 3]`. */
export function encodeBmp(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEADER_BYTES + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let index = 0; index < width * height; index++) {
    const row = height - 1 - Math.floor(index / width);
    const to = HEADER_BYTES + row * stride + (index % width) * 3;
    bytes[to] = rgb[index * 3 + 2]!;
    bytes[to + 1] = rgb[index * 3 + 1]!;
    bytes[to + 2] = rgb[index * 3]!;
  }
  return bytes;
}
