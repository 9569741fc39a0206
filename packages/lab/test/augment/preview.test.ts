/** The preview shows pictures as training sees them, mixed ones too. */
import type { Pixels } from 'figleaf';
import { expect, it } from 'vitest';
import { drawPreview } from '../../src/augment/preview.ts';

function plain(...colour: readonly [number, number, number]): Pixels {
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => colour[index % 3]!);
  return { width: 64, height: 64, data };
}

/** How many pixels of the last rows have some red and some blue, as only mixed ones have. */
function purpleIn({ width, height, data }: Pixels): number {
  let count = 0;
  // Below the row that shows what mixup does lie two of 192 pixels with their captions.
  for (let at = (height - 24 - 2 * (192 + 12 + 26)) * width * 3; at < data.length; at += 3)
    if (data[at]! > 50 && data[at + 1]! === 0 && data[at + 2]! > 50) count++;
  return count;
}

it('mixes pictures where training does', async () => {
  const pictures = [plain(255, 0, 0), plain(0, 0, 255)];
  const drawnWith = (probability: number): Promise<Pixels> =>
    drawPreview(pictures, { augmentation: { operations: [{ type: 'mixup', probability, alpha: 1 }] } });
  expect(purpleIn(await drawnWith(0))).toBe(0);
  expect(purpleIn(await drawnWith(1))).toBeGreaterThan(192 * 192);
});
