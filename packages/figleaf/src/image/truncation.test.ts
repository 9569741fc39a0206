/** Tests of what is known of a file that breaks off, and of the sizes in headers. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { blobs } from '../../test/hardening.ts';
import { readSize } from './dimensions.ts';
import { checkDecodedRows, countDecodedRows, isCutOff } from './truncation.ts';

const base = () => sharp(blobs(), { raw: { width: 120, height: 90, channels: 3 } });

describe('countDecodedRows', () => {
  const pixels = (rows: readonly (readonly number[])[]) => ({
    width: 2,
    height: rows.length,
    data: Uint8Array.from(rows.flatMap(([left = 0, right = 0]) => [left, left, left, right, right, right])),
  });

  it('takes the plain rows at the bottom for missing', () => {
    expect(
      countDecodedRows(
        pixels([
          [1, 2],
          [9, 9],
          [1, 9],
          [9, 9],
          [9, 9],
        ]),
      ),
    ).toBe(3);
    expect(
      countDecodedRows(
        pixels([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toBe(2);
    expect(
      countDecodedRows(
        pixels([
          [7, 7],
          [7, 7],
        ]),
      ),
    ).toBe(0);
  });

  it('lets half of the rows pass', () => {
    expect(() => checkDecodedRows(5, 10)).not.toThrow();
    expect(() => checkDecodedRows(4, 10)).toThrow(/only 4 of 10 rows/);
  });
});

describe('isCutOff', () => {
  it.each(['jpeg', 'png', 'gif', 'webp', 'avif'] as const)('%s', async (format) => {
    const bytes = await base().toFormat(format).toBuffer();
    expect(isCutOff(bytes, format)).toBe(false);
    expect(isCutOff(bytes.subarray(0, bytes.length - 20), format)).toBe(true);
    for (let size = 0; size < 60; size++)
      expect(isCutOff(bytes.subarray(0, size), format)).toBeTypeOf('boolean');
  });

  it('allows for bytes behind the end of a JPEG', async () => {
    const bytes = await base().jpeg({ progressive: true }).toBuffer();
    expect(isCutOff(Buffer.concat([bytes, Buffer.from('more')]), 'jpeg')).toBe(false);
  });
});

describe('readSize', () => {
  it.each([
    ['jpeg', {}],
    ['png', {}],
    ['gif', {}],
    ['webp', {}],
    ['webp', { lossless: true }],
    ['avif', {}],
  ] as const)('%s %j', async (format, options) => {
    const bytes = await base().toFormat(format, options).toBuffer();
    expect(readSize(bytes, format)).toEqual({ width: 120, height: 90 });
    for (let size = 0; size < 40; size++)
      expect(() => readSize(bytes.subarray(0, size), format)).not.toThrow();
  });

  it('of a WebP with alpha, and of formats that it does not read', async () => {
    const bytes = await base().ensureAlpha(0.5).webp().toBuffer();
    expect(readSize(bytes, 'webp')).toEqual({ width: 120, height: 90 });
    expect(readSize(bytes, 'tiff')).toBeNull();
  });
});
