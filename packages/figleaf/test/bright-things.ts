/** Pictures of bright things on black, and a detector of them that needs no pulled model. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Category, type ModelMetadata, readModel, writeMetadata, writeModel } from '@figleaf/onnx';
import type { Box, Pixels } from 'figleaf';
import sharp, { type Sharp } from 'sharp';
import { brightThingModel } from './tiny-models.ts';

/** A detector whose only label is for the bright thing in a picture. */
export function thingModel(label = 'PART_EXPOSED', family: Category = 'unsafe'): Uint8Array {
  const metadata: ModelMetadata = {
    id: 'bright',
    task: 'detect',
    labels: [label],
    taxonomy: { [label]: family },
    preprocessing: {
      width: 320,
      height: 320,
      layout: 'NCHW',
      channels: 'RGB',
      resize: 'bilinear-antialiased',
      letterbox: { fit: 'centre', ground: 0 },
    },
  };
  return writeModel(writeMetadata(readModel(brightThingModel()), metadata));
}

/** Where the thing is in the pictures of {@link writeThings}. */
export const THING: Box = { x: 60, y: 40, width: 80, height: 50 };

/** How bright it is. The detector's score, and how much of the box is found, follow from that. */
export const SHADE = 250;

/** A bright thing on black, 200 x 150. */
export function thingPixels({ x, y, width, height }: Box = THING): Pixels {
  const data = new Uint8Array(200 * 150 * 3);
  for (let row = y; row < y + height; row++)
    data.fill(SHADE, (row * 200 + x) * 3, (row * 200 + x + width) * 3);
  return { width: 200, height: 150, data };
}

/** The same as a file that is to be encoded; null is a picture of nothing. */
export function thingPicture(thing: Box | null = THING): Sharp {
  const { data } = thingPixels(thing ?? { x: 0, y: 0, width: 0, height: 0 });
  return sharp(data, { raw: { width: 200, height: 150, channels: 3 } });
}

/** An animation of such pictures. */
export async function thingAnimation(frames: readonly (Box | null)[]): Promise<Buffer> {
  const stills = await Promise.all(frames.map((thing) => thingPicture(thing).png().toBuffer()));
  return sharp(stills, { join: { animated: true } })
    .gif({ delay: frames.map(() => 100) })
    .toBuffer();
}

/** Writes pictures of the thing, or of nothing, as PNG under their names, with the folders that they need. */
export async function writeThings(
  folder: string,
  pictures: Readonly<Record<string, 'thing' | 'nothing'>>,
): Promise<void> {
  const bytes = {
    thing: await thingPicture().png().toBuffer(),
    nothing: await thingPicture(null).png().toBuffer(),
  };
  for (const [name, what] of Object.entries(pictures)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes[what]);
  }
}
