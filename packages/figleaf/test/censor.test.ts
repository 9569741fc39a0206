/** Covering as it is built: the formats that come from the codec worker, and the public names. */
import { readFile } from 'node:fs/promises';
import { censorImage, chooseRegions, cover, type Detection, decodeImage } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../test/data.ts';
import { encodeBmp } from '../../../tools/bmp.ts';
import { blobs } from './hardening.ts';

const found: Detection = {
  label: 'PART',
  category: 'unsafe',
  score: 0.9,
  box: { x: 20.5, y: 10, width: 50, height: 40 },
};

describe('censorImage', () => {
  it('writes BMP as PNG, the same as what covering its pixels gives', async () => {
    const bytes = encodeBmp(blobs(), 120, 90);
    const { bytes: covered, format, losses } = await censorImage(bytes, [found]);
    expect({ format, losses }).toEqual({ format: 'png', losses: ['format'] });
    const [frame] = (await decodeImage(covered)).frames;
    const pixels = { width: 120, height: 90, data: new Uint8Array(blobs()) };
    expect(Buffer.compare(frame!.data, cover(pixels, chooseRegions([found])).data)).toBe(0);
  });

  it.skipIf(!hasData)('writes HEIC as JPEG', async () => {
    const bytes = await readFile(dataPath('malformed', 'heif-avif', 'example.heic'));
    const { format, losses } = await censorImage(bytes, [found], { keepExif: true });
    expect({ format, losses }).toEqual({ format: 'jpeg', losses: ['format', 'exif'] });
  });
});
