/** Covering picture files: nothing leaks, the picture is upright, and format, colours, quality and frames stay. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../../../../test/data.ts';
import type { Detection } from '../detect/detector.ts';
import type { Box } from '../image/box.ts';
import { censorFile, censorImage, decodeSticker } from './censor.node.ts';
import { type CensoredFormat, type CensorOptions, censoredFormat } from './censor.ts';
import { cleanExif } from './exif.ts';
import { jpegQuality, webpCoding } from './quality.ts';

const WIDTH = 96;
const HEIGHT = 64;

/** A picture with detail and, at its upper left, a block of pure red. */
function drawing(shade = 0): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const inBlock = x < 24 && y < 16;
      const colour = inBlock ? [255, 0, 0] : [(x * 2 + shade) % 256, (y * 3) % 256, ((x ^ y) * 2) % 256];
      data.set(colour, (y * WIDTH + x) * 3);
    }
  }
  return data;
}

const base = (shade?: number): Sharp =>
  sharp(drawing(shade), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

const unsafe = (box: Box): Detection => ({ label: 'PART', category: 'unsafe', score: 0.9, box });
const middle = unsafe({ x: 40, y: 24, width: 32, height: 24 });

interface Raw {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Pixels as they stand in a file, without any turning or conversion of colours. */
async function rawOf(bytes: Uint8Array, pages?: number): Promise<Raw> {
  const { data, info } = await sharp(bytes, pages ? { pages } : {})
    .keepIccProfile()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

const pixel = ({ data, width, channels }: Raw, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * channels, (y * width + x + 1) * channels),
];

/** The largest difference of any channel outside the box. */
function outsideDifference(one: Raw, other: Raw, { x, y, width, height }: Box): number {
  let most = 0;
  for (let row = 0; row < one.height; row++) {
    for (let column = 0; column < one.width; column++) {
      if (column >= x && column < x + width && row >= y && row < y + height) continue;
      const [a, b] = [pixel(one, column, row), pixel(other, column, row)];
      for (let channel = 0; channel < 3; channel++) {
        most = Math.max(most, Math.abs(a[channel]! - b[channel]!));
      }
    }
  }
  return most;
}

const occurs = (bytes: Uint8Array, text: string): boolean => Buffer.from(bytes).includes(text, 0, 'latin1');

/** A secret in each place where metadata hides, by words that are searched for in the result. */
const SECRETS = [
  'SECRET-ARTIST',
  'SECRET-XMP',
  'SECRET-MAKER',
  'SECRET-COMMENT',
  'SECRET-IPTC',
  'SECRET-TRAILER',
];

/** JPEG segments: marker and content. */
const segment = (marker: number, content: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255]),
    content,
  ]);

/** EXIF as a phone writes it: orientation, maker's note, place, and a thumbnail in a second directory. */
function phoneExif(orientation: number, thumbnail: Uint8Array): Buffer {
  const body: Buffer[] = [];
  let at = 8;
  const put = (data: Uint8Array): number => {
    const even = data.length % 2 ? Buffer.concat([data, Buffer.alloc(1)]) : Buffer.from(data);
    body.push(even);
    at += even.length;
    return at - even.length;
  };
  type Tag = readonly [tag: number, type: number, count: number, value: number | Uint8Array];
  const directory = (tags: readonly Tag[], next: number): number => {
    const resolved = tags.map(([tag, type, count, value]) => ({
      ...{ tag, type, count },
      value: typeof value === 'number' ? value : value.length > 4 ? put(value) : value,
    }));
    const bytes = Buffer.alloc(2 + resolved.length * 12 + 4);
    bytes.writeUInt16LE(resolved.length, 0);
    for (const [index, { tag, type, count, value }] of resolved.entries()) {
      const entry = 2 + index * 12;
      bytes.writeUInt16LE(tag, entry);
      bytes.writeUInt16LE(type, entry + 2);
      bytes.writeUInt32LE(count, entry + 4);
      if (typeof value !== 'number') bytes.set(value, entry + 8);
      else if (type === 3) bytes.writeUInt16LE(value, entry + 8);
      else bytes.writeUInt32LE(value, entry + 8);
    }
    bytes.writeUInt32LE(next, bytes.length - 4);
    return put(bytes);
  };
  const rationals = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 8);
    for (const [index, value] of values.entries()) {
      bytes.writeUInt32LE(value, index * 8);
      bytes.writeUInt32LE(1, index * 8 + 4);
    }
    return bytes;
  };
  const artist = Buffer.from('SECRET-ARTIST\0');
  const note = Buffer.from('SECRET-MAKER with a preview');
  const gps = directory(
    [
      [1, 2, 2, Buffer.from('N\0')],
      [2, 5, 3, rationals(51, 30, 12)],
      [3, 2, 2, Buffer.from('E\0')],
      [4, 5, 3, rationals(7, 7, 7)],
    ],
    0,
  );
  const camera = directory(
    [
      [0x9003, 2, 20, Buffer.from('2026:01:02 03:04:05\0')],
      [0x927c, 7, note.length, note],
    ],
    0,
  );
  const thumbnailAt = put(thumbnail);
  const second = directory(
    [
      [0x103, 3, 1, 6],
      [0x201, 4, 1, thumbnailAt],
      [0x202, 4, 1, thumbnail.length],
    ],
    0,
  );
  const first = directory(
    [
      [0x112, 3, 1, orientation],
      [0x13b, 2, artist.length, artist],
      [0x8769, 4, 1, camera],
      [0x8825, 4, 1, gps],
    ],
    second,
  );
  const head = Buffer.alloc(8);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(first, 4);
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), head, ...body]);
}

/** A JPEG in Display P3, turned by its orientation, with a secret in every place. */
async function phoneJpeg(orientation = 6): Promise<{ bytes: Buffer; thumbnail: Buffer }> {
  const picture = await base().withIccProfile('p3').jpeg({ quality: 87 }).toBuffer();
  const thumbnail = await base().resize(32).jpeg({ quality: 50 }).toBuffer();
  const bytes = Buffer.concat([
    picture.subarray(0, 2),
    segment(0xe1, phoneExif(orientation, thumbnail)),
    segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>SECRET-XMP</x:xmpmeta>')),
    segment(0xed, Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0bSECRET-IPTC\0', 'latin1')),
    segment(0xfe, Buffer.from('SECRET-COMMENT')),
    picture.subarray(2),
    // Where phones put whole further pictures.
    thumbnail,
    Buffer.from('SECRET-TRAILER'),
  ]);
  return { bytes, thumbnail };
}

describe('censorImage and metadata', () => {
  let phone: Awaited<ReturnType<typeof phoneJpeg>>;
  beforeAll(async () => {
    phone = await phoneJpeg();
  });

  it('has an input that tells it all', async () => {
    for (const secret of SECRETS) expect(occurs(phone.bytes, secret)).toBe(true);
    const { exif, orientation, icc } = await sharp(phone.bytes).metadata();
    expect({ orientation, hasExif: !!exif, hasIcc: !!icc }).toEqual({
      orientation: 6,
      hasExif: true,
      hasIcc: true,
    });
    expect(Buffer.from(phone.bytes).includes(phone.thumbnail)).toBe(true);
  });

  it('leaves nothing but the upright picture and its profile', async () => {
    const result = await censorImage(phone.bytes, [middle], { colour: '#00ff00' });
    expect(result).toMatchObject({ format: 'jpeg', width: HEIGHT, height: WIDTH, frameCount: 1, regions: 1 });
    expect(result.losses).toEqual([]);
    const metadata = await sharp(result.bytes).metadata();
    expect(metadata.exif ?? metadata.xmp ?? metadata.iptc ?? metadata.orientation).toBeUndefined();
    expect(metadata.icc).toEqual((await sharp(phone.bytes).metadata()).icc);
    for (const secret of [...SECRETS, 'Exif', 'GPS', '8BIM', 'ns.adobe.com', 'xmpmeta']) {
      expect(occurs(result.bytes, secret)).toBe(false);
    }
    // One picture begins and one ends.
    const starts = [...result.bytes.keys()].filter(
      (at) => result.bytes[at] === 0xff && result.bytes[at + 1] === 0xd8,
    );
    expect(starts).toEqual([0]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'turns the picture upright from orientation %d, and takes boxes there',
    async (orientation) => {
      const { bytes } = await phoneJpeg(orientation);
      const box = { x: 30, y: 30, width: 20, height: 20 };
      const { bytes: covered } = await censorImage(bytes, [unsafe(box)], { colour: '#00ff00' });
      const upright = await rawOf(await sharp(bytes).autoOrient().keepIccProfile().png().toBuffer());
      const result = await rawOf(covered);
      expect([result.width, result.height]).toEqual([upright.width, upright.height]);
      expect(pixel(result, 40, 40)[1]).toBeGreaterThan(240);
      // JPEG blurs what is near the edge of the cover; its colours lie 8 to 16 pixels around.
      const near = { x: 14, y: 14, width: 52, height: 52 };
      expect(outsideDifference(result, upright, near)).toBeLessThan(40);
    },
  );

  it('keeps EXIF on request, but no thumbnail, maker’s note or place', async () => {
    const { bytes } = await censorImage(phone.bytes, [middle], { keepExif: true });
    const { exif, orientation } = await sharp(bytes).metadata();
    expect(orientation).toBe(1);
    expect(occurs(exif!, 'SECRET-ARTIST')).toBe(true);
    expect(occurs(exif!, '2026:01:02 03:04:05')).toBe(true);
    for (const secret of ['SECRET-MAKER', 'SECRET-XMP', 'SECRET-IPTC', 'SECRET-COMMENT', 'SECRET-TRAILER']) {
      expect(occurs(bytes, secret)).toBe(false);
    }
    expect(Buffer.from(bytes).includes(phone.thumbnail.subarray(20, 200))).toBe(false);
    expect(gpsOf(exif!)).toBeNull();
  });

  it('keeps the place on request, alone or with the rest', async () => {
    const alone = await sharp((await censorImage(phone.bytes, [middle], { keepGps: true })).bytes).metadata();
    expect(gpsOf(alone.exif!)).not.toBeNull();
    expect(occurs(alone.exif!, 'SECRET-ARTIST')).toBe(false);
    const both = await censorImage(phone.bytes, [middle], { keepGps: true, keepExif: true });
    const { exif } = await sharp(both.bytes).metadata();
    expect(gpsOf(exif!)).not.toBeNull();
    expect(occurs(exif!, 'SECRET-ARTIST')).toBe(true);
  });

  it.each(['png', 'webp', 'tiff', 'avif', 'gif'] as const)('drops the metadata of %s', async (format) => {
    const bytes = await base()
      .withExif({ IFD0: { Artist: 'SECRET-ARTIST' } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET-XMP</x:xmpmeta>')
      [format]()
      .toBuffer();
    const { bytes: covered } = await censorImage(bytes, [middle]);
    for (const secret of SECRETS) expect(occurs(covered, secret)).toBe(false);
    const metadata = await sharp(covered).metadata();
    expect(metadata.exif ?? metadata.xmp).toBeUndefined();
    if (format === 'gif' || format === 'tiff') return;
    const kept = await censorImage(bytes, [middle], { keepExif: true });
    expect(occurs(kept.bytes, 'SECRET-ARTIST')).toBe(true);
  });
});

/** The pointer to the place in EXIF, or null. */
function gpsOf(exif: Uint8Array): Uint8Array | null {
  return cleanExif(exif, { details: false, gps: true });
}

describe('cleanExif', () => {
  it('cannot be misled by offsets, sizes and loops', () => {
    const keep = { details: true, gps: true };
    expect(cleanExif(new Uint8Array(0), keep)).toBeNull();
    expect(cleanExif(new TextEncoder().encode('Exif\0\0nonsense here'), keep)).toBeNull();
    const good = phoneExif(6, new Uint8Array(300));
    for (let at = 6; at < good.length; at++) {
      for (const value of [0, 1, 127, 255]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        const cleaned = cleanExif(bad, keep);
        expect((cleaned?.length ?? 0) < good.length).toBe(true);
      }
    }
  });
});

describe('censorImage and formats', () => {
  const lossless = {
    png: () => base().png().toBuffer(),
    'interlaced png': () => base().png({ progressive: true }).toBuffer(),
    'palette png': () => base().png({ palette: true }).toBuffer(),
    'png in P3': () => base().withIccProfile('p3').png().toBuffer(),
    'lossless webp': () => base().webp({ lossless: true }).toBuffer(),
    'webp in P3': () => base().withIccProfile('p3').webp({ lossless: true }).toBuffer(),
    tiff: () => base().tiff({ compression: 'lzw' }).toBuffer(),
    'tiff in P3': () => base().withIccProfile('p3').tiff({ compression: 'none' }).toBuffer(),
    'grey png': () => base().toColourspace('b-w').png().toBuffer(),
  };

  it.each(Object.entries(lossless))(
    'leaves %s as it was outside the box, to the last bit',
    async (_, make) => {
      const bytes = await make();
      const { bytes: covered } = await censorImage(bytes, [middle]);
      const [before, after] = [await rawOf(bytes), await rawOf(covered)];
      expect(outsideDifference(before, after, middle.box)).toBe(0);
      expect(pixel(after, 50, 30).slice(0, 3)).toEqual([0, 0, 0]);
      const [was, is] = [await sharp(bytes).metadata(), await sharp(covered).metadata()];
      expect(is.format).toBe(was.format);
      expect(is.icc).toEqual(was.icc);
      expect(is.channels).toBe(was.channels);
    },
  );

  it('keeps alpha, and makes what is covered opaque', async () => {
    for (const format of ['png', 'webp', 'tiff'] as const) {
      const options = { png: {}, webp: { lossless: true }, tiff: { compression: 'deflate' } }[format];
      const bytes = await base().ensureAlpha(0.5)[format](options).toBuffer();
      const after = await rawOf((await censorImage(bytes, [middle])).bytes);
      expect(after.channels).toBe(4);
      expect(pixel(after, 5, 5)).toEqual(pixel(await rawOf(bytes), 5, 5));
      expect(pixel(after, 50, 30)).toEqual([0, 0, 0, 255]);
    }
  });

  it('says where 16 bits become 8, and shifts no colour by it', async () => {
    const bytes = await base().toColourspace('rgb16').withIccProfile('p3').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const { bytes: covered, losses } = await censorImage(bytes, [middle]);
    expect(losses).toEqual(['depth']);
    expect((await sharp(covered).metadata()).icc).toEqual((await sharp(bytes).metadata()).icc);
    // In the profile's own RGB, before anything is converted.
    const sixteen = await sharp(bytes)
      .keepIccProfile()
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer();
    const values = new Uint16Array(sixteen.buffer, sixteen.byteOffset, sixteen.length / 2);
    const before = { data: Uint8Array.from(values, (value) => Math.round(value / 257)) };
    const after = await rawOf(covered);
    expect(outsideDifference({ ...after, ...before }, after, middle.box)).toBeLessThanOrEqual(1);
  });

  it('turns CMYK into sRGB', async () => {
    const bytes = await base().toColourspace('cmyk').jpeg().toBuffer();
    const { bytes: covered, losses } = await censorImage(bytes, [middle]);
    expect(losses).toEqual(['colour-space']);
    expect((await sharp(covered).metadata()).space).toBe('srgb');
  });

  it('keeps a grey picture grey unless a cover has a colour', async () => {
    const bytes = await base().toColourspace('b-w').jpeg().toBuffer();
    const spaceOf = async (options: CensorOptions): Promise<string | undefined> =>
      (await sharp((await censorImage(bytes, [middle], options)).bytes).metadata()).space;
    expect(await spaceOf({})).toBe('b-w');
    expect(await spaceOf({ colour: '#ff0000' })).toBe('srgb');
  });

  it.each([30, 60, 75, 85, 92, 98])('writes JPEG at the quality %d that it had', async (quality) => {
    for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
      const bytes = await base()
        .jpeg({ quality, chromaSubsampling, progressive: quality > 80 })
        .toBuffer();
      const { bytes: covered } = await censorImage(bytes, [middle]);
      expect(jpegQuality(covered)).toBe(quality);
      expect(jpegQuality(bytes)).toBe(quality);
      const metadata = await sharp(covered).metadata();
      expect(metadata).toMatchObject({ chromaSubsampling, isProgressive: quality > 80 });
    }
  });

  it.each([50, 80, 95])('writes WebP at about the quality %d that it had', async (quality) => {
    for (const alpha of [1, 0.5]) {
      const bytes = await base().ensureAlpha(alpha).webp({ quality }).toBuffer();
      expect(webpCoding(bytes).lossless).toBe(false);
      expect(Math.abs(webpCoding(bytes).quality! - quality)).toBeLessThanOrEqual(12);
      const { bytes: covered } = await censorImage(bytes, [middle]);
      expect(Math.abs(webpCoding(covered).quality! - quality)).toBeLessThanOrEqual(20);
    }
    const exact = await base().webp({ lossless: true }).toBuffer();
    expect(webpCoding(exact)).toEqual({ lossless: true, quality: null });
  });

  it('names the formats that it writes', () => {
    const wanted: Record<string, CensoredFormat> = { jpeg: 'jpeg', heic: 'jpeg', bmp: 'png', avif: 'avif' };
    for (const [from, to] of Object.entries(wanted)) expect(censoredFormat(from as 'jpeg')).toBe(to);
  });

  it.each([
    [1, 1],
    [1, 10_000],
  ])('covers a file of %d x %d', async (width, height) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
    const all = unsafe({ x: 0, y: 0, width, height });
    const after = await rawOf((await censorImage(bytes, [all])).bytes);
    expect(new Set(after.data)).toEqual(new Set([0]));
  });
});

describe('censorImage and animations', () => {
  const SHADES = [0, 60, 120, 180];
  const tall = (): Sharp =>
    sharp(Buffer.concat(SHADES.map(drawing)), {
      raw: { width: WIDTH, height: HEIGHT * SHADES.length, channels: 3, pageHeight: HEIGHT },
    });
  const timing = { delay: [100, 250, 40, 1000], loop: 3 };
  const files = {
    gif: () => tall().gif(timing).toBuffer(),
    webp: () =>
      tall()
        .webp({ ...timing, lossless: true })
        .toBuffer(),
    'webp in P3': async () => {
      const frames = await Promise.all(
        SHADES.map((shade) => base(shade).withIccProfile('p3').png().toBuffer()),
      );
      return sharp(frames, { join: { animated: true } })
        .keepIccProfile()
        .webp({ ...timing, lossless: true })
        .toBuffer();
    },
  };

  it.each(Object.entries(files))(
    'covers every frame of %s and keeps delays and loops',
    async (name, make) => {
      const bytes = await make();
      const result = await censorImage(bytes, [middle], { colour: '#00ff00' });
      expect(result).toMatchObject({ width: WIDTH, height: HEIGHT, frameCount: 4, regions: 1, losses: [] });
      const metadata = await sharp(result.bytes, { pages: -1 }).metadata();
      expect(metadata).toMatchObject({ pages: 4, delay: timing.delay, loop: 3, pageHeight: HEIGHT });
      expect(metadata.icc).toEqual((await sharp(bytes).metadata()).icc);
      const [before, after] = [await rawOf(bytes, -1), await rawOf(result.bytes, -1)];
      for (let frame = 0; frame < 4; frame++) {
        const [x, y] = [50, frame * HEIGHT + 30];
        expect(pixel(after, x, y).slice(0, 3)).toEqual([0, 255, 0]);
        const far = pixel(after, 90, frame * HEIGHT + 60).slice(0, 3);
        const was = pixel(before, 90, frame * HEIGHT + 60).slice(0, 3);
        // GIF chooses 256 colours for each frame anew.
        const most = Math.max(...far.map((value, channel) => Math.abs(value - was[channel]!)));
        expect(most).toBeLessThanOrEqual(name === 'gif' ? 16 : 0);
      }
    },
  );

  it('takes a list of detections for each frame, and no frame without one', async () => {
    const bytes = await files.webp();
    const result = await censorImage(bytes, [[middle], [], [middle, middle], []], { colour: '#00ff00' });
    expect(result.regions).toBe(3);
    const after = await rawOf(result.bytes, -1);
    const green = [0, 1, 2, 3].map((frame) => pixel(after, 50, frame * HEIGHT + 30)[1] === 255);
    expect(green).toEqual([true, false, true, false]);
    await expect(censorImage(bytes, [[middle], []])).rejects.toMatchObject({ code: 'option-invalid' });
  });

  it('counts all frames as pixels', async () => {
    const limits = { maxPixels: WIDTH * HEIGHT * 3 };
    await expect(censorImage(await files.gif(), [middle], { limits })).rejects.toMatchObject({
      code: 'image-too-many-pixels',
    });
  });
});

describe('what censorImage refuses', () => {
  it.each([
    ['not-an-image', Buffer.from('hello, I am a text'), {}],
    ['input-empty', Buffer.alloc(0), {}],
    ['image-svg-refused', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), {}],
    ['video-unsupported', Buffer.from('\x1a\x45\xdf\xa3 webm', 'latin1'), {}],
    ['option-invalid', Buffer.from('any'), { softEdge: 7 }],
    ['option-invalid', Buffer.from('any'), { seed: Number.NaN }],
  ] as [string, Buffer, CensorOptions][])('%s', async (code, bytes, options) => {
    await expect(censorImage(bytes, [], options)).rejects.toMatchObject({ code });
  });

  it('a file of which less than half is there; of more than that it covers what there is', async () => {
    const bytes = await base().jpeg({ quality: 95 }).toBuffer();
    const cut = (share: number): Buffer => bytes.subarray(0, bytes.length * share);
    await expect(censorImage(cut(0.3), [middle])).rejects.toMatchObject({ code: 'image-truncated' });
    expect((await censorImage(cut(0.8), [middle])).losses).toEqual(['truncated']);
  });

  it('more pixels than the limit, and a signal', async () => {
    const bytes = await base().png().toBuffer();
    const limits = { maxPixels: 100 };
    await expect(censorImage(bytes, [], { limits })).rejects.toMatchObject({ code: 'image-too-many-pixels' });
    const reason = new Error('changed my mind');
    await expect(censorImage(bytes, [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('decodeSticker', () => {
  it('makes a sticker of SVG and PNG', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><circle cx="5" cy="5" r="5" fill="red"/></svg>',
    );
    const sticker = await decodeSticker(svg);
    expect(sticker.width).toBe(sticker.height * 2);
    expect(sticker.data.length).toBe(sticker.width * sticker.height * 4);
    expect([...sticker.data.subarray(-4)]).toEqual([0, 0, 0, 0]);
    const png = await decodeSticker(await base().png().toBuffer());
    expect([...png.data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    const covered = await censorImage(await base().png().toBuffer(), [middle], {
      ...{ style: 'sticker', sticker: png },
    });
    expect(covered.regions).toBe(1);
    await expect(decodeSticker(Buffer.from('GIF89a'))).rejects.toMatchObject({ code: 'image-corrupt' });
  });
});

describe('censorFile', () => {
  let folder: string;
  let from: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'figleaf-censor-'));
    from = join(folder, 'a.png');
    await writeFile(from, await base().png().toBuffer());
  });

  it('writes a new file, and nothing else', async () => {
    const to = join(folder, 'a.covered.png');
    const before = await readFile(from);
    const { format } = await censorFile(from, to, [middle]);
    expect(format).toBe('png');
    expect(pixel(await rawOf(await readFile(to)), 50, 30)).toEqual([0, 0, 0]);
    expect(await readFile(from)).toEqual(before);
    expect((await readdir(folder)).sort()).toEqual(['a.covered.png', 'a.png']);
  });

  it('replaces only by force, and never the original', async () => {
    const to = join(folder, 'b.png');
    await writeFile(to, 'mine');
    const taken = { code: 'output-exists' };
    await expect(censorFile(from, to, [middle])).rejects.toMatchObject(taken);
    expect(await readFile(to, 'utf8')).toBe('mine');
    await censorFile(from, to, [middle], { force: true });
    expect((await sharp(to).metadata()).format).toBe('png');
    await expect(censorFile(from, from, [middle], { force: true })).rejects.toMatchObject(taken);
    const link = join(folder, 'link.png');
    await symlink(from, link);
    await expect(censorFile(from, link, [middle], { force: true })).rejects.toMatchObject(taken);
    await expect(censorFile(link, from, [middle], { force: true })).rejects.toMatchObject(taken);
  });

  it('says what is in its way, and leaves nothing behind', async () => {
    const missing = join(folder, 'none', 'c.png');
    await expect(censorFile(from, missing, [])).rejects.toMatchObject({ code: 'output-unwritable' });
    await expect(censorFile(from, folder, [])).rejects.toMatchObject({ code: 'output-unwritable' });
    const to = join(folder, 'c.png');
    await expect(censorFile(join(folder, 'x.png'), to, [])).rejects.toMatchObject({
      code: 'input-not-found',
    });
    await writeFile(join(folder, 'text.png'), 'a text');
    await expect(censorFile(join(folder, 'text.png'), to, [])).rejects.toMatchObject({
      code: 'not-an-image',
    });
    expect(existsSync(to)).toBe(false);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(pathToFileURL(folder).href).toContain('figleaf-censor-');
  });
});

describe.skipIf(!hasData)('censorImage on real files', () => {
  it('covers photos of people, and changes little around', async () => {
    const bytes = await readFile(dataPath('people', 'dlib-faces', '2008_002506.jpg'));
    const face = unsafe({ x: 224, y: 95, width: 91, height: 91 });
    const { bytes: covered } = await censorImage(bytes, [face]);
    const [before, after] = [await rawOf(bytes), await rawOf(covered)];
    expect(pixel(after, 270, 140)).toEqual([0, 0, 0]);
    const near = { x: 208, y: 79, width: 123, height: 123 };
    expect(outsideDifference(before, after, near)).toBeLessThan(40);
    expect(Math.abs(bytes.length / covered.length - 1)).toBeLessThan(0.5);
  });
});
