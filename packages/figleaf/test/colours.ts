/** A scan whose verdicts are known without real models: one that tells colours, one that finds a blue thing, and pictures for both. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ModelMetadata, readModel, writeMetadata, writeModel } from '@figleaf/onnx';
import sharp from 'sharp';
import { brightThingModel, meanColourModel } from './tiny-models.ts';

/** By the default policy: allowed, for a person to look at, blocked. */
const COLOURS = { allow: '#00ff00', review: '#b04f00', block: '#ff0000' } as const;

export type Colour = keyof typeof COLOURS;

/** A model that takes red for unsafe and green for safe. */
export function colourModel(): Uint8Array {
  const metadata: ModelMetadata = {
    id: 'colour',
    task: 'classify',
    labels: ['porn', 'neutral', 'sexy'],
    taxonomy: { porn: 'unsafe', neutral: 'safe', sexy: 'suggestive' },
    preprocessing: { width: 16, height: 16, layout: 'NHWC', channels: 'RGB', resize: 'bilinear-aligned' },
  };
  return writeModel(writeMetadata(readModel(meanColourModel()), metadata));
}

/** A detector of one blue thing, whatever else there is; how blue it is, is its score. */
export function blueThingModel({ id = 'blue', label = 'THING' } = {}): Uint8Array {
  const metadata: ModelMetadata = {
    id,
    task: 'detect',
    labels: [label],
    taxonomy: { [label]: 'unsafe' },
    preprocessing: {
      ...{ width: 320, height: 320, layout: 'NCHW', channels: 'RGB', resize: 'bilinear-antialiased' },
      letterbox: { fit: 'centre', ground: 0 },
      // Red and green are next to nothing then.
      std: [1000, 1000, 1],
    },
    head: 'yolo',
  };
  return writeModel(writeMetadata(readModel(brightThingModel()), metadata));
}

/** Where the thing lies in {@link pictureWithThing}. */
export const THING = { x: 10, y: 8, width: 20, height: 12 } as const;

/** A PNG of 40 x 30, green for the model that tells colours, with a thing so blue, 0 to 1. */
export function pictureWithThing(blue: number): Promise<Buffer> {
  const { x, y, width, height } = THING;
  const level = Math.round(blue * 255);
  const background = { r: 0, g: 255 - level, b: level };
  return sharp({ create: { width: 40, height: 30, channels: 3, background: COLOURS.allow } })
    .composite([{ input: { create: { width, height, channels: 3, background } }, left: x, top: y }])
    .png()
    .toBuffer();
}

/** The bytes of a PNG with the verdict that is wanted. */
export function pictureOf(colour: Colour): Promise<Buffer> {
  const background = COLOURS[colour];
  return sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Writes pictures under their names, with the folders that they need. */
export async function writePictures(
  folder: string,
  pictures: Readonly<Record<string, Colour>>,
): Promise<void> {
  const bytes = {
    allow: await pictureOf('allow'),
    review: await pictureOf('review'),
    block: await pictureOf('block'),
  };
  for (const [name, colour] of Object.entries(pictures)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes[colour]);
  }
}

/** So many pictures, every tenth of them to review and every tenth blocked; their names. */
export async function writeMany(folder: string, count: number): Promise<string[]> {
  const colourOf = (index: number): Colour =>
    index % 10 === 3 ? 'review' : index % 10 === 7 ? 'block' : 'allow';
  const names = Array.from({ length: count }, (_, index) => `${String(index).padStart(5, '0')}.png`);
  await writePictures(folder, Object.fromEntries(names.map((name, index) => [name, colourOf(index)])));
  return names;
}
