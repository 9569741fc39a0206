/** Tests of the BMP decoder on files made here, byte by byte. */
import { describe, expect, it } from 'vitest';
import { decodeBmp } from './bmp.ts';

interface Form {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly headerSize?: number;
  readonly palette?: readonly number[];
  readonly masks?: readonly number[];
  readonly body: readonly number[];
}

/** A BMP with a header of Windows 3 (or larger, then zeros). */
function bmp({
  width,
  height,
  bits,
  compression = 0,
  headerSize = 40,
  palette = [],
  masks = [],
  body,
}: Form) {
  const extra = masks.flatMap((mask) => [mask & 255, (mask >>> 8) & 255, (mask >>> 16) & 255, mask >>> 24]);
  const room = Math.max(headerSize - 40, extra.length);
  const offset = 54 + room + palette.length;
  const bytes = new Uint8Array(offset + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, offset, true);
  view.setUint32(14, headerSize, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length / 4, true);
  bytes.set(extra, 54);
  bytes.set(palette, 54 + room);
  bytes.set(body, offset);
  return bytes;
}

const pixelsOf = (bytes: Uint8Array): number[] => [...decodeBmp(bytes).frames[0]!.data];
const RED_BLUE = [0, 0, 255, 0, 255, 0, 0, 0];
const [red, blue, white] = [
  [255, 0, 0],
  [0, 0, 255],
  [255, 255, 255],
];

describe('decodeBmp', () => {
  it('reads 24 bits from the lowest row up, with rows of whole words', () => {
    const body = [0, 0, 255, 0, 255, 0, 0, 0, ...[255, 0, 0, 9, 9, 9, 0, 0]];
    expect(pixelsOf(bmp({ width: 2, height: 2, bits: 24, body }))).toEqual([
      0, 0, 255, 9, 9, 9, 255, 0, 0, 0, 255, 0,
    ]);
  });

  it('reads rows from the top where the height is negative', () => {
    const body = [0, 0, 255, 0, 255, 0, 0, 0];
    expect(pixelsOf(bmp({ width: 1, height: -2, bits: 24, body }))).toEqual([...red!, ...blue!]);
  });

  it('reads 1, 4 and 8 bits by their palette', () => {
    const one = bmp({ width: 3, height: 1, bits: 1, palette: RED_BLUE, body: [0b0100_0000, 0, 0, 0] });
    expect(pixelsOf(one)).toEqual([...red!, ...blue!, ...red!]);
    const four = bmp({ width: 3, height: 1, bits: 4, palette: RED_BLUE, body: [0x01, 0x10, 0, 0] });
    expect(pixelsOf(four)).toEqual([...red!, ...blue!, ...blue!]);
    const eight = bmp({ width: 2, height: 1, bits: 8, palette: RED_BLUE, body: [1, 0, 0, 0] });
    expect(pixelsOf(eight)).toEqual([...blue!, ...red!]);
  });

  it('reads 16 bits, plain and with masks', () => {
    expect(pixelsOf(bmp({ width: 2, height: 1, bits: 16, body: [0x00, 0x7c, 0x1f, 0x00] }))).toEqual([
      ...red!,
      ...blue!,
    ]);
    const masks = [0xf800, 0x07e0, 0x001f];
    const masked = bmp({
      width: 2,
      height: 1,
      bits: 16,
      compression: 3,
      masks,
      body: [0x00, 0xf8, 0xff, 0xff],
    });
    expect(pixelsOf(masked)).toEqual([...red!, ...white!]);
  });

  it('lays 32 bits with a mask of alpha on white', () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000 | 0];
    const body = [0, 0, 255, 255, 0, 0, 255, 0];
    const bytes = bmp({ width: 2, height: 1, bits: 32, compression: 3, headerSize: 108, masks, body });
    expect(pixelsOf(bytes)).toEqual([...red!, ...white!]);
  });

  it('reads runs', () => {
    const body = [2, 1, 0, 0, 0, 3, 0, 1, 0, 0, 0, 1];
    const bytes = bmp({ width: 3, height: 2, bits: 8, compression: 1, palette: RED_BLUE, body });
    expect(pixelsOf(bytes)).toEqual([...red!, ...blue!, ...red!, ...blue!, ...blue!, ...red!]);
    const nibbles = bmp({
      width: 3,
      height: 1,
      bits: 4,
      compression: 2,
      palette: RED_BLUE,
      body: [3, 0x10, 0, 1],
    });
    expect(pixelsOf(nibbles)).toEqual([...blue!, ...red!, ...blue!]);
  });

  it('reads the header of OS/2', () => {
    const bytes = new Uint8Array(26 + 4);
    const view = new DataView(bytes.buffer);
    bytes.set([0x42, 0x4d]);
    view.setUint32(10, 26, true);
    view.setUint32(14, 12, true);
    view.setUint16(18, 1, true);
    view.setUint16(20, 1, true);
    view.setUint16(24, 24, true);
    bytes.set([0, 0, 255], 26);
    expect(pixelsOf(bytes)).toEqual(red);
  });

  it('judges what is there of a truncated file, from half of it on', () => {
    const whole = bmp({ width: 1, height: 4, bits: 24, body: new Array(16).fill(7) });
    expect(decodeBmp(whole)).toMatchObject({ truncated: false, width: 1, height: 4, format: 'bmp' });
    const half = decodeBmp(whole.subarray(0, whole.length - 8));
    expect(half.truncated).toBe(true);
    expect([...half.frames[0]!.data]).toEqual([...white!, ...white!, 7, 7, 7, 7, 7, 7]);
    expect(() => decodeBmp(whole.subarray(0, whole.length - 12))).toThrow(/only 1 of 4 rows/);
    expect(() => decodeBmp(whole.subarray(0, 20))).toThrow(
      expect.objectContaining({ code: 'image-truncated' }),
    );
  });

  it.each([
    ['image-corrupt', { width: 0, height: 1, bits: 24, body: [] }],
    ['image-corrupt', { width: 1, height: 1, bits: 13, body: [] }],
    ['image-format-unsupported', { width: 1, height: 1, bits: 24, compression: 4, body: [] }],
    ['image-too-many-pixels', { width: 60_000, height: 60_000, bits: 24, body: [] }],
  ] as const)('%s', (code, form) => {
    expect(() => decodeBmp(bmp(form))).toThrow(expect.objectContaining({ code }));
  });
});
