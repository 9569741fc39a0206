/** A picture from an integer formula that `tools/oracles/augment.py` computes too. */
import type { Pixels } from 'figleaf';

/** Discs of plain colours over ramps, four samples across and down in each pixel. */
export function discs(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sums = [0, 0, 0];
      for (let part = 0; part < 16; part++) {
        const u = x * 8 + (part & 3) * 2 + 1;
        const v = y * 8 + (part >> 2) * 2 + 1;
        for (const [channel, level] of colourAt(u, v, width, height).entries()) sums[channel]! += level;
      }
      data.set(
        sums.map((sum) => sum >> 4),
        (y * width + x) * 3,
      );
    }
  }
  return { width, height, data };
}

function colourAt(u: number, v: number, width: number, height: number): number[] {
  let colour = [((u * 5 + v * 2) >> 5) & 255, Math.floor((v * 7) / 40) & 255, Math.floor((u + v) / 12) & 255];
  for (let disc = 0; disc < 9; disc++) {
    const dx = u - ((disc * 211 + 90) % (width * 8));
    const dy = v - ((disc * 373 + 150) % (height * 8));
    const radius = 50 + disc * 12;
    if (dx * dx + dy * dy < radius * radius) {
      colour = [(disc * 97 + 40) & 255, (disc * 59 + 120) & 255, (disc * 151 + 20) & 255];
    }
  }
  return colour;
}
