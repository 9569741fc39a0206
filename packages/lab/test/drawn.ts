/** Pictures to learn from that are drawn: plain colours, a folder for each. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const COLOURS = { blue: [30, 30, 200], green: [30, 200, 30], red: [200, 30, 30] } as const;

/** The classes of {@link drawColours}. */
export const CLASSES = Object.keys(COLOURS);

/** So many pictures of each class, all different. */
export async function drawColours(folder: string, each: number): Promise<void> {
  for (const [name, [r, g, b]] of Object.entries(COLOURS)) {
    await mkdir(join(folder, name), { recursive: true });
    for (let index = 0; index < each; index++) {
      const background = { r: r + ((index * 7) % 40), g: g + ((index * 3) % 20), b: b + ((index * 5) % 30) };
      const picture = sharp({ create: { width: 20, height: 16, channels: 3, background } });
      await writeFile(join(folder, name, `${index}.png`), await picture.png().toBuffer());
    }
  }
}
