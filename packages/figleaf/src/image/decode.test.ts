/** Tests of `decodeImage` as it is built: routing, HEIC and BMP in their worker, time limits, cancelling. */
import { readFile } from 'node:fs/promises';
import { decodeImage } from 'figleaf';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import { encodeBmp } from '../../../../tools/bmp.ts';
import { blobs } from '../../test/hardening.ts';

const heif = (name: string): string => dataPath('malformed', 'heif-avif', name);

describe('decodeImage', () => {
  it('decodes what sharp decodes', async () => {
    const png = await sharp(blobs(), { raw: { width: 120, height: 90, channels: 3 } })
      .png()
      .toBuffer();
    const image = await decodeImage(png);
    expect(image).toMatchObject({ width: 120, height: 90, format: 'png', frameCount: 1, truncated: false });
    expect(Buffer.compare(image.frames[0]!.data, blobs())).toBe(0);
  });

  it('decodes BMP in its worker, and leaves the bytes to the caller', async () => {
    const bytes = encodeBmp(blobs(), 120, 90);
    const image = await decodeImage(bytes);
    expect(image).toMatchObject({ width: 120, height: 90, format: 'bmp' });
    expect(Buffer.compare(image.frames[0]!.data, blobs())).toBe(0);
    expect(bytes.byteLength).toBeGreaterThan(0);
  });

  it('passes pixels through', async () => {
    const pixels = { width: 1, height: 1, data: new Uint8Array([1, 2, 3]) };
    expect(await decodeImage(pixels)).toMatchObject({ format: 'pixels', frames: [pixels] });
  });

  it.each([
    ['not-an-image', 'hello, I am a text'],
    ['video-unsupported', '\x1a\x45\xdf\xa3 webm'],
    ['image-svg-refused', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ])('%s', async (code, text) => {
    await expect(decodeImage(Buffer.from(text, 'latin1'))).rejects.toMatchObject({
      name: 'FigleafError',
      code,
    });
  });

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('changed my mind');
    const bytes = encodeBmp(blobs(), 120, 90);
    await expect(decodeImage(bytes, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const decoding = decodeImage(bytes, { signal: controller.signal });
    controller.abort(reason);
    await expect(decoding).rejects.toBe(reason);
  });

  it('ends a worker that takes too long', async () => {
    const bytes = encodeBmp(blobs(), 120, 90);
    const limits = { maxSeconds: 0.001 };
    await expect(decodeImage(bytes, { limits })).rejects.toMatchObject({ code: 'image-timeout' });
  });
});

describe.skipIf(!hasData)('HEIC', () => {
  it('decodes a photo', async () => {
    const image = await decodeImage(heif('example.heic'));
    expect(image).toMatchObject({ format: 'heic', truncated: false });
    const [frame] = image.frames;
    expect(frame!.data.length).toBe(image.width * image.height * 3);
    // Not one colour: something was decoded.
    expect(new Set(frame!.data.subarray(0, 30_000)).size).toBeGreaterThan(20);
  });

  it('lays alpha on white', async () => {
    const [frame] = (await decodeImage(heif('colors-with-alpha.heic'))).frames;
    expect(frame!.data.length).toBe(frame!.width * frame!.height * 3);
  });

  it('checks the size before it decodes', async () => {
    const limits = { maxPixels: 1000 };
    await expect(decodeImage(heif('example.heic'), { limits })).rejects.toMatchObject({
      code: 'image-too-many-pixels',
    });
  });

  it('names a codec that it lacks, and a file that breaks off', async () => {
    await expect(decodeImage(heif('vvc32.heif'))).rejects.toMatchObject({ code: 'image-format-unsupported' });
    const bytes = await readFile(heif('colors-no-alpha.heic'));
    const cut = bytes.subarray(0, bytes.length / 3);
    await expect(decodeImage(cut)).rejects.toMatchObject({ code: 'image-truncated' });
  });
});
