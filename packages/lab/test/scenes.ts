/** Pictures that look like nothing, but each like no other: soft blots of colour, drawn from a seed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RandomStream } from '@figleaf/onnx/nn';
import sharp, { type Sharp } from 'sharp';

const BLOTS = 24;

/** The scene of a seed, in any size; its PDQ hash hardly depends on that. */
export function scene(seed: number, width: number, height: number): Sharp {
  const random = new RandomStream(seed, 'scene');
  const data = Uint8Array.from({ length: BLOTS * BLOTS * 3 }, () => random.word() & 255);
  const blots = sharp(data, { raw: { width: BLOTS, height: BLOTS, channels: 3 } });
  return blots.resize({ width, height, fit: 'fill', kernel: 'cubic' });
}

/** Writes files under their paths, with the folders that they need. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Sharp | Uint8Array | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(
      path,
      typeof content === 'object' && 'toBuffer' in content ? await content.toBuffer() : content,
    );
  }
}
