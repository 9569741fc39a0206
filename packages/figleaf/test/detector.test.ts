/** The detector end to end, on the built package, with a model that finds one bright thing on black. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import {
  type Box,
  createPool,
  type DetectOptions,
  type Detector,
  FigleafError,
  type Letterbox,
  loadDetector,
  type Pixels,
  parseBlockList,
  pdq,
  toHex,
} from 'figleaf';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { brightThingModel, identityModel } from './tiny-models.ts';

const model = brightThingModel();
const black = { letterbox: { fit: 'centre', ground: 0 } } as const;

/** A white thing on black. */
function draw(width: number, height: number, { x, y, width: w, height: h }: Box): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let row = y; row < y + h; row++) data.fill(255, (row * width + x) * 3, (row * width + x + w) * 3);
  return { width, height, data };
}

const encode = (pixels: Pixels): Sharp =>
  sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } });

/** Largest distance between the sides of two boxes. */
function distance(a: Box, b: Box): number {
  const sides = (box: Box): number[] => [box.x, box.y, box.x + box.width, box.y + box.height];
  const [p, q] = [sides(a), sides(b)];
  return Math.max(...p.map((side, index) => Math.abs(side - q[index]!)));
}

async function find(detector: Detector, input: Parameters<Detector['detect']>[0], options?: DetectOptions) {
  const { detections } = await detector.detect(input, options);
  expect(detections).toHaveLength(1);
  return detections[0]!;
}

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

afterEach(() => vi.unstubAllEnvs());

describe.each(['native', 'wasm'] as const)('a detector on the %s runtime', (runtime) => {
  it('gives label, family, score and box, and what it knows of the picture', async () => {
    vi.stubEnv('FIGLEAF_RUNTIME', runtime);
    const description = { preprocessing: black, taxonomy: { thing: 'unsafe' } } as const;
    await using detector = await loadDetector(model, { workers: 1, description });
    expect(detector).toMatchObject({ runtime, labels: ['thing'], models: ['model'], workers: 1 });
    const thing = { x: 200, y: 100, width: 120, height: 60 };
    const result = await detector.detect(draw(640, 480, thing));
    expect(result).toEqual({
      detections: [
        { label: 'thing', category: 'unsafe', score: expect.closeTo(1, 2), box: expect.anything() },
      ],
      models: ['model'],
      image: { width: 640, height: 480, format: 'pixels', frameCount: 1, truncated: false },
      frames: 1,
    });
    expect(distance(result.detections[0]!.box, thing)).toBeLessThan(1);
  });
});

describe('a box', () => {
  const letterboxes: Letterbox[] = [
    { fit: 'corner' },
    { fit: 'centre', ground: 0 },
    { fit: 'free' },
    { fit: 'sides', shorter: 224, longer: 320 },
  ];
  const detectors: Detector[] = [];
  beforeAll(async () => {
    for (const letterbox of letterboxes) {
      const preprocessing = { width: 320, height: 320, resize: 'bilinear-antialiased', letterbox } as const;
      detectors.push(await loadDetector(model, { workers: 1, description: { preprocessing } }));
    }
  });
  afterAll(() => Promise.all(detectors.map((detector) => detector.close())));

  it('comes back within a pixel, whatever size, format, orientation tag, letterbox and tiles', async () => {
    const side = fc.integer({ min: 60, max: 900 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(side, side),
        fc.tuple(share, share, share, share),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(3),
        fc.constantFrom<DetectOptions['tiles'][]>(undefined, undefined, 'auto', { side: 300 }),
        fc.constantFrom(...FORMATS),
        async ([width, height], [left, top, across, down], orientation, nth, tiles, format) => {
          // Large enough that its middle stays white when the picture shrinks.
          const least = Math.ceil(Math.max(width, height) / 60) + 4;
          const thing = { x: 0, y: 0, width: least, height: least };
          thing.width += Math.floor(across * (width / 2 - least));
          thing.height += Math.floor(down * (height / 2 - least));
          thing.x = Math.floor(left * (width - thing.width));
          thing.y = Math.floor(top * (height - thing.height));
          fc.pre(thing.width >= least && thing.height >= least);
          const upright = draw(width, height, thing);
          const stored = await storedAs(upright, orientation, format);
          const { box } = await find(detectors[nth]!, stored, { tiles, minScore: 0.5 });
          expect(distance(box, thing)).toBeLessThan(1);
        },
      ),
      { numRuns: 120 },
    );
  }, 120_000);
});

/** Each keeps the orientation in a way of its own. */
const FORMATS = ['jpeg', 'png', 'tiff', 'webp'] as const;
type Format = (typeof FORMATS)[number];

/** The pixel of the upright picture that is stored at a place, by EXIF's number for how the camera was held. */
const STORED: Readonly<Record<number, (x: number, y: number, w: number, h: number) => [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, w) => [w - 1 - y, x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, _, h) => [y, h - 1 - x],
};

/** A file of the picture as a camera stores it that was held that way. */
async function storedAs(
  { width, height, data }: Pixels,
  orientation: number,
  format: Format,
): Promise<Uint8Array> {
  const [w, h] = orientation > 4 ? [height, width] : [width, height];
  const stored = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [fromX, fromY] = STORED[orientation]!(x, y, width, height);
      stored.fill(data[(fromY * width + fromX) * 3]!, (y * w + x) * 3, (y * w + x) * 3 + 3);
    }
  }
  const file = encode({ width: w, height: h, data: stored }).withMetadata({ orientation });
  // Lossless, or nearly so.
  return file.toFormat(format, { quality: 100, lossless: true, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** A whole PNG of one bit a pixel, since that of 900 megapixels is to be made quickly. */
function blackPng(width: number, height: number): Uint8Array {
  const chunk = (name: string, content: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(new Uint8Array(height * (1 + Math.ceil(width / 8))), { level: 1 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', new Uint8Array())];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

describe('a detector', () => {
  let detector: Detector;
  beforeAll(async () => {
    const preprocessing = { ...black, resize: 'bilinear-antialiased' } as const;
    detector = await loadDetector(model, { workers: 2, description: { preprocessing } });
  });
  afterAll(() => detector.close());
  const thing = { x: 40, y: 30, width: 80, height: 90 };
  const picture = draw(400, 300, thing);

  it('finds nothing where there is nothing', async () => {
    expect((await detector.detect(draw(50, 40, { x: 0, y: 0, width: 0, height: 0 }))).detections).toEqual([]);
  });

  it.each([
    [1, 1],
    [1, 10_000],
    [10_000, 1],
  ])('takes a picture of %i x %i, with and without tiles', async (width, height) => {
    const odd = draw(width, height, { x: 0, y: 0, width, height });
    for (const tiles of [undefined, 'auto', { side: 200 }] as const) {
      const { detections } = await detector.detect(odd, { tiles, minScore: 0.01 });
      for (const { box } of detections) {
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        expect(box.y + box.height).toBeLessThanOrEqual(height);
      }
    }
  });

  it('refuses a picture of 30,000 x 30,000, with and without tiles, and works on', async () => {
    const huge = blackPng(30_000, 30_000);
    for (const tiles of [undefined, 'auto', { side: 4000 }] as const) {
      await expect(detector.detect(huge, { tiles })).rejects.toEqual(code('image-too-many-pixels'));
    }
    await find(detector, picture);
  });

  it('keeps to the limits that it was given', async () => {
    const limits = { maxPixels: 400 * 300 - 1 };
    await using strict = await loadDetector(model, {
      workers: 1,
      description: { preprocessing: black },
      limits,
    });
    const { width, height } = picture;
    await expect(strict.detect(blackPng(width, height))).rejects.toMatchObject({
      code: 'image-too-many-pixels',
      message: expect.stringMatching(/119,999.*limits\.maxPixels/),
    });
    expect((await strict.detect(blackPng(width, height - 1))).detections).toEqual([]);
  });

  it('finds in tiles what is too small for the whole', async () => {
    const small = { x: 1500, y: 700, width: 5, height: 5 };
    const large = draw(2000, 1500, small);
    const options = { minScore: 0.9, size: 320 };
    expect((await detector.detect(large, options)).detections).toEqual([]);
    const { box } = await find(detector, large, { ...options, tiles: { side: 320 } });
    expect(distance(box, small)).toBeLessThan(1);
  });

  it('looks at frames of an animation, and says in which it found what', async () => {
    const empty = draw(100, 80, { x: 0, y: 0, width: 0, height: 0 });
    const frames = [empty, draw(100, 80, { x: 20, y: 20, width: 40, height: 40 }), empty];
    const stack = new Uint8Array(Buffer.concat(frames.map(({ data }) => data)));
    const gif = await sharp(stack, { raw: { width: 100, height: 240, channels: 3, pageHeight: 80 } })
      .gif({ delay: [100, 100, 100] })
      .toBuffer();
    const result = await detector.detect(gif);
    expect(result.frames).toBe(3);
    expect(result.detections).toEqual([expect.objectContaining({ frame: 1 })]);
    expect(distance(result.detections[0]!.box, { x: 20, y: 20, width: 40, height: 40 })).toBeLessThan(1);
  });

  it('gives boxes of the original when JPEGs shrink while decoding', async () => {
    const big = { x: 800, y: 400, width: 900, height: 700 };
    const jpeg = await encode(draw(3000, 2000, big))
      .jpeg({ quality: 95 })
      .toBuffer();
    const { box } = await find(detector, jpeg, { scaledDecode: true, size: 320 });
    expect(distance(box, big)).toBeLessThan(10);
  });

  it('gives the same twice, and a small picture beside', async () => {
    const [first, second] = await Promise.all([
      detector.detect(picture, { thumbnail: 64 }),
      detector.detect(picture),
    ]);
    expect(first.detections).toEqual(second.detections);
    expect((await sharp(first.thumbnail).metadata()).width).toBe(64);
  });

  it('goes on after inputs that are none', async () => {
    const inputs = [picture, new Uint8Array([1, 2, 3]), picture];
    const outcomes: unknown[] = [];
    for await (const { error, result } of detector.detectAll(inputs))
      outcomes.push(error?.code ?? result?.detections.length);
    expect(outcomes).toEqual([1, 'not-an-image', 1]);
  });

  it('refuses what is on a block list', async () => {
    const noise = Uint8Array.from({ length: 300 * 200 * 3 }, (_, index) => (index * index) % 251);
    const listed = { width: 300, height: 200, data: noise };
    const blockList = await parseBlockList(toHex(pdq(listed).hash), 'test');
    await expect(detector.detect(listed, { blockList })).rejects.toEqual(code('block-listed'));
    await find(detector, picture, { blockList });
  });

  it('can be cancelled', async () => {
    const reason = new Error('enough');
    await expect(detector.detect(picture, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const under = detector.detect(draw(2000, 2000, thing), { tiles: 'auto', signal: controller.signal });
    controller.abort(reason);
    await expect(under).rejects.toBe(reason);
    await find(detector, picture);
  });

  it.each<DetectOptions>([{ minScore: 0 }, { iou: 2 }, { size: 33 }, { tiles: { side: 5 } }, { frames: 0 }])(
    'refuses the options %j',
    async (options) => {
      await expect(detector.detect(picture, options)).rejects.toEqual(code('option-invalid'));
    },
  );

  it('refuses tiles without end, and works on', async () => {
    const many = { tiles: { side: 32 } };
    await expect(detector.detect(draw(2000, 2000, thing), many)).rejects.toEqual(code('option-invalid'));
    await find(detector, picture);
  });

  it('may share workers, which stay', async () => {
    await using pool = await createPool({ workers: 1 });
    const options = { pool, description: { id: 'shared', preprocessing: black } };
    await using first = await loadDetector(model, options);
    await first.close();
    await using second = await loadDetector(model, options);
    await find(second, picture);
  });
});

describe('loading a detector', () => {
  const path = join(tmpdir(), `figleaf-bright-${process.pid}.onnx`);
  beforeAll(() => writeFile(path, brightThingModel(320)));

  it('takes a YOLO by path, with labels and size from its file', async () => {
    await using detector = await loadDetector(path, { workers: 1 });
    expect(detector.labels).toEqual(['thing']);
    // Ultralytics' grey ground is bright here.
    await find(detector, draw(100, 100, { x: 10, y: 10, width: 50, height: 50 }));
    const options = { size: 640 };
    await expect(detector.detect(draw(9, 9, { x: 0, y: 0, width: 9, height: 9 }), options)).rejects.toEqual(
      code('option-invalid'),
    );
  });

  const failing = (choice: Parameters<typeof loadDetector>[0], description = {}): Promise<unknown> =>
    loadDetector(choice, { workers: 1, description }).then(
      (detector) => detector.close(),
      (error: unknown) => (error instanceof FigleafError ? error.code : error),
    );

  it('says what a file lacks, and where that can be told', async () => {
    await expect(loadDetector(identityModel(), { workers: 1 })).rejects.toThrow(
      /\(labels: missing\); put it into the file's metadata .* or .* the option description$/,
    );
  });

  it('fails with a code for what does not fit', async () => {
    expect(await failing(model, { labels: ['thing', 'other'] })).toBe('model-labels-mismatch');
    expect(await failing(model, { head: 'retinanet' })).toBe('model-unsupported');
    expect(await failing(identityModel())).toBe('model-unsupported');
    expect(await failing(identityModel(), { labels: ['a'] })).toBe('model-unsupported');
    expect(await failing(path, { preprocessing: { width: 640, height: 640 } })).toBe('model-unsupported');
    expect(await failing(path, { preprocessing: { letterbox: { fit: 'free' } } })).toBe('model-unsupported');
    expect(await failing(model, { preprocessing: { letterbox: { fit: 'odd' } } })).toBe('model-unsupported');
    expect(await failing(new Uint8Array(20))).toBe('model-invalid');
    expect(await failing('no/such.onnx')).toBe('model-not-found');
    expect(await failing('nosuch')).toBe('model-unknown');
    expect(await failing('mobilenet_v2')).toBe('model-unsupported');
  });
});
