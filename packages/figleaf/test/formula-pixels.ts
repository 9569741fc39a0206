/** Pictures from an integer formula that the scripts in `tools/oracles` compute too. */
import type { Pixels } from '../src/image/pixels.ts';

/** The same pictures as in `tools/oracles/pillow_resize.py`: noise over two ramps. */
export function formulaPixels(width: number, height: number): Pixels {
  let state = (width * 1000 + height) >>> 0;
  const data = new Uint8Array(width * height * 3);
  for (let index = 0; index < data.length; index++) {
    const channel = index % 3;
    const x = Math.floor(index / 3) % width;
    const y = Math.floor(index / 3 / width);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[index] = (((x * 5 + y * 3 + channel * 40) & 255) >> 1) + (state >>> 25);
  }
  return { width, height, data };
}
