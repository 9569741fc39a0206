/** What is done to a finished picture: the losses of JPEG, and a part of it covered. */
import type { Pixels } from 'figleaf';
import type { FinishStep } from './step.ts';

/** The grey of what is cut out: in the middle of all levels. */
const GREY = 128;

/** @param pixels Left as it is. */
export async function finish(pixels: Pixels, step: FinishStep): Promise<Pixels> {
  return step.type === 'jpeg' ? throughJpeg(pixels, step.quality) : withHole(pixels, step);
}

async function throughJpeg({ width, height, data }: Pixels, quality: number): Promise<Pixels> {
  const { default: sharp } = await import('sharp');
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
  const decoded = await sharp(file).raw().toBuffer();
  return { width, height, data: new Uint8Array(decoded) };
}

function withHole(
  { width, height, data }: Pixels,
  { share, left, top }: Extract<FinishStep, { type: 'cutout' }>,
): Pixels {
  const [w, h] = [Math.round(width * share), Math.round(height * share)];
  const [x, y] = [Math.round((width - w) * left), Math.round((height - h) * top)];
  const covered = data.slice();
  for (let row = y; row < y + h; row++) {
    covered.fill(GREY, (row * width + x) * 3, (row * width + x + w) * 3);
  }
  return { width, height, data: covered };
}
