/** Tests of decoding in Node: every source of colour, orientation and size, and files that break off. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import { blobs } from '../../test/hardening.ts';
import { decode } from './codec.node.ts';
import type { DecodedImage, DecodeOptions, ImageFormat, Pixels } from './pixels.ts';
import { sniff } from './sniff.ts';

const [WIDTH, HEIGHT] = [120, 90];
const base = () => sharp(blobs(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

function open(bytes: Uint8Array, options?: DecodeOptions): Promise<DecodedImage> {
  return decode(bytes, sniff(bytes) as ImageFormat, options);
}

async function first(bytes: Uint8Array, options?: DecodeOptions): Promise<Pixels> {
  const [frame] = (await open(bytes, options)).frames;
  return frame!;
}

function difference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

/** One plain colour. */
const plain = (background: string | object, options: object = {}) =>
  sharp({ create: { width: 8, height: 8, channels: 4, background: background as string, ...options } });

describe('formats', () => {
  it.each([
    ['jpeg', 5],
    ['png', 0],
    ['webp', 6],
    ['gif', 8],
    ['avif', 6],
    ['tiff', 0],
  ] as const)('%s', async (format, tolerance) => {
    const bytes = await base()
      .toFormat(format, { compression: format === 'tiff' ? 'lzw' : undefined } as object)
      .toBuffer();
    const image = await open(bytes);
    expect(image).toMatchObject({ width: WIDTH, height: HEIGHT, format, frameCount: 1, truncated: false });
    expect(difference(image.frames[0]!.data, blobs())).toBeLessThanOrEqual(tolerance);
  });

  it('refuses SVG unless it is allowed', async () => {
    const svg = new TextEncoder().encode(
      '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5"><rect width="5" height="5"/></svg>',
    );
    await expect(open(svg)).rejects.toMatchObject({ code: 'image-svg-refused' });
    const { width, height, data } = await first(svg, { allowSvg: true });
    expect([width, height, data[0], data[27]]).toEqual([10, 5, 0, 255]);
  });
});

describe('upright', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i', async (orientation) => {
    // Turned in the opposite way, then told so.
    const stored = await turnedBack(orientation);
    const bytes = await stored.withMetadata({ orientation }).toBuffer();
    const image = await open(bytes);
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    expect(difference(image.frames[0]!.data, blobs())).toBeLessThan(1);
  });
});

/** The picture as a camera would store it with that orientation. sharp mirrors before it turns. */
async function turnedBack(orientation: number) {
  const steps: Record<number, (image: Sharp) => Sharp> = {
    1: (image) => image,
    2: (image) => image.flop(),
    3: (image) => image.rotate(180),
    4: (image) => image.flip(),
    5: (image) => image.flop().rotate(270),
    6: (image) => image.rotate(270),
    7: (image) => image.flop().rotate(90),
    8: (image) => image.rotate(90),
  };
  const { data, info } = await steps[orientation]!(base()).raw().toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: info }).tiff({ compression: 'lzw' });
}

describe('8-bit sRGB on white', () => {
  it('16 bits', async () => {
    const bytes = await base().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect(difference((await first(bytes)).data, blobs())).toBeLessThan(1);
  });

  it('grey, also of 16 bits', async () => {
    for (const space of ['b-w', 'grey16'] as const) {
      const { data } = await first(await base().toColourspace(space).png().toBuffer());
      expect(data.length).toBe(WIDTH * HEIGHT * 3);
      expect(data[0]).toBe(data[1]);
      expect(data[1]).toBe(data[2]);
    }
  });

  it('palette', async () => {
    const bytes = await base().png({ palette: true, colours: 64 }).toBuffer();
    expect(difference((await first(bytes)).data, blobs())).toBeLessThan(10);
  });

  it('alpha', async () => {
    const bytes = await plain({ r: 255, g: 0, b: 0, alpha: 0.5 }).png().toBuffer();
    const { data } = await first(bytes);
    expect([data[0], data[1], data[2]].map((value) => Math.round(value! / 4))).toEqual([64, 32, 32]);
    expect(
      (await first(await plain({ r: 9, g: 9, b: 9, alpha: 0 }).webp().toBuffer())).data.every(
        (v) => v === 255,
      ),
    ).toBe(true);
  });

  it('CMYK by its profile', async () => {
    const bytes = await base().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    // Colours outside the range of print come back weaker.
    expect(difference((await first(bytes)).data, blobs())).toBeLessThan(30);
  });

  it('another RGB by its profile', async () => {
    const p3 = await plain('rgb(200, 60, 40)').removeAlpha().withIccProfile('p3').png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[0]! - 200)).toBeGreaterThan(8);
    const { data } = await first(p3);
    expect(Math.max(Math.abs(data[0]! - 200), Math.abs(data[1]! - 60), Math.abs(data[2]! - 40))).toBeLessThan(
      3,
    );
  });
});

describe('animations', () => {
  const levels = [10, 60, 110, 160, 210];
  const film = () =>
    sharp(
      Uint8Array.from({ length: 16 * 16 * 5 * 3 }, (_, index) => levels[Math.floor(index / (16 * 16 * 3))]!),
      { raw: { width: 16, height: 80, channels: 3, pageHeight: 16 } },
    );

  it.each(['gif', 'webp'] as const)('%s: the first frame, or some spread evenly', async (format) => {
    const bytes = await film()
      .toFormat(format, { lossless: true } as object)
      .toBuffer();
    const one = await open(bytes);
    expect(one).toMatchObject({ width: 16, height: 16, frameCount: 5 });
    expect(one.frames.map(({ data }) => data[0])).toEqual([10]);
    const three = await open(bytes, { frames: 3 });
    expect(three.frames.map(({ data }) => data[0])).toEqual([10, 60, 160]);
    const limited = await open(bytes, { frames: 5, limits: { maxFrames: 2 } });
    expect(limited.frames.map(({ data }) => data[0])).toEqual([10, 110]);
  });
});

describe('limits', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('pixels of a %s', async (format) => {
    const bytes = await base().toFormat(format).toBuffer();
    const limits = { maxPixels: WIDTH * HEIGHT - 1 };
    const size = format === 'tiff' ? 'has too many pixels' : 'is 120 x 90, 10,800 pixels';
    await expect(open(bytes, { limits })).rejects.toMatchObject({
      code: 'image-too-many-pixels',
      message: expect.stringContaining(`the picture ${size}; the limit is 10,799; raise`),
    });
    await expect(open(bytes, { limits: { maxPixels: WIDTH * HEIGHT } })).resolves.toBeDefined();
  });

  it('seconds', async () => {
    const bytes = await sharp(blobs(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .resize(4000, 3000)
      .png({ compressionLevel: 1 })
      .toBuffer();
    await expect(open(bytes, { limits: { maxSeconds: 0.001 } })).rejects.toMatchObject({
      code: 'image-timeout',
    });
  });

  it('that make no sense', async () => {
    const bytes = await base().png().toBuffer();
    await expect(open(bytes, { limits: { maxPixels: 0 } })).rejects.toMatchObject({ code: 'option-invalid' });
  });
});

describe('scaled decode', () => {
  it('shrinks a JPEG by 2, 4 or 8 and tells the size of the whole', async () => {
    const bytes = await base().resize(1201, 899, { fit: 'fill' }).jpeg().toBuffer();
    for (const [scaleDownTo, width, height] of [
      [899, 1201, 899],
      [449, 600, 449],
      [224, 300, 224],
      [100, 150, 112],
    ] as const) {
      const image = await open(bytes, { scaleDownTo });
      expect([image.width, image.height]).toEqual([1201, 899]);
      expect([image.frames[0]!.width, image.frames[0]!.height]).toEqual([width, height]);
    }
  });

  it('keeps turned pictures upright', async () => {
    const bytes = await base().resize(800, 600).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const image = await open(bytes, { scaleDownTo: 150 });
    expect([image.width, image.height]).toEqual([600, 800]);
    expect([image.frames[0]!.width, image.frames[0]!.height]).toEqual([150, 200]);
  });

  it('leaves other formats whole', async () => {
    const image = await open(await base().png().toBuffer(), { scaleDownTo: 10 });
    expect(image.frames[0]!.width).toBe(WIDTH);
  });
});

describe('files that break off', () => {
  const large = () => base().resize(600, 450);

  it.each([
    ['jpeg', () => large().jpeg().toBuffer()],
    ['png', () => large().png().toBuffer()],
    ['gif', () => large().gif().toBuffer()],
  ] as const)('%s: a result from half of the rows on', async (_, encode) => {
    const bytes = await encode();
    const whole = (await open(bytes)).frames[0]!;
    let [results, errors] = [0, 0];
    for (const percent of [5, 20, 35, 65, 80, 95]) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * percent) / 100));
      const outcome = await open(cut).catch((error: unknown) => error);
      if (percent > 60) expect(outcome).toMatchObject({ truncated: true, width: 600, height: 450 });
      if (percent < 25) expect(outcome).toMatchObject({ code: 'image-truncated' });
      if (outcome instanceof Error) errors++;
      else {
        results++;
        const top = 600 * 3 * 200;
        expect(
          difference((outcome as DecodedImage).frames[0]!.data.subarray(0, top), whole.data.subarray(0, top)),
        ).toBeLessThan(1);
      }
    }
    expect([results >= 3, errors >= 2]).toEqual([true, true]);
  });

  it('progressive JPEG: coarse but whole is a result', async () => {
    const bytes = await large().jpeg({ progressive: true }).toBuffer();
    await expect(open(bytes.subarray(0, bytes.length / 2))).resolves.toMatchObject({ truncated: true });
    await expect(open(bytes.subarray(0, 700))).rejects.toMatchObject({ code: 'image-truncated' });
  });

  it.each([
    ['webp', () => large().webp().toBuffer()],
    ['avif', () => large().avif({ effort: 0 }).toBuffer()],
    ['interlaced png', () => large().png({ progressive: true }).toBuffer()],
  ] as const)('%s: an error, since its decoder gives nothing back', async (_, encode) => {
    const bytes = await encode();
    await expect(open(bytes.subarray(0, bytes.length - 100))).rejects.toMatchObject({
      code: 'image-truncated',
    });
  });

  it('tells corrupt files apart', async () => {
    const bytes = Uint8Array.from(await base().webp().toBuffer());
    bytes.fill(0, 20);
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'image-corrupt',
      message: /WEBP file is damaged/,
    });
  });

  it.skipIf(!hasData)('the truncated photo of the shared data is an error', async () => {
    const bytes = await readFile(dataPath('people', 'skimage', 'truncated.jpg'));
    await expect(open(bytes)).rejects.toMatchObject({ code: 'image-truncated' });
  });
});
