/** Contact sheets: what lies where. */
import type { Pixels } from 'figleaf';
import { describe, expect, it } from 'vitest';
import { drawSheet, type SheetPicture } from './sheet.ts';

type Colour = readonly [number, number, number];

const RED: Colour = [200, 30, 30];
const BLUE: Colour = [30, 30, 200];

function plain(width: number, height: number, colour: Colour): Pixels {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => colour[index % 3]!);
  return { width, height, data };
}

/** Left half red, right half blue. */
function halves(side: number): Pixels {
  const data = new Uint8Array(side * side * 3);
  for (let at = 0; at < side * side; at++) data.set(at % side < side / 2 ? RED : BLUE, at * 3);
  return { width: side, height: side, data };
}

const at = ({ width, data }: Pixels, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

const picture = (colour: Colour, caption?: string): SheetPicture => ({
  pixels: plain(40, 20, colour),
  ...(caption !== undefined && { caption }),
});

describe('drawSheet', () => {
  it('lays pictures in rows, each in the middle of its cell', async () => {
    const pictures = [picture(RED), picture(BLUE), picture(BLUE)];
    const sheet = await drawSheet([{ pictures }], { columns: 2, cell: 64 });
    expect([sheet.width, sheet.height]).toEqual([24 + 64 + 12 + 64 + 24, 24 + 2 * 76 + 24]);
    expect(at(sheet, 24 + 32, 24 + 32)).toEqual(RED);
    expect(at(sheet, 24 + 76 + 32, 24 + 32)).toEqual(BLUE);
    expect(at(sheet, 24 + 32, 24 + 76 + 32)).toEqual(BLUE);
    // Twice as wide as high, so that above and below is the cell.
    expect(at(sheet, 24 + 32, 24 + 8)).toEqual([34, 37, 44]);
    expect(at(sheet, 24 + 76 + 32, 24 + 76 + 32)).toEqual(at(sheet, 2, 2));
  });

  it('is no wider than its pictures', async () => {
    const sheet = await drawSheet([{ pictures: [picture(RED)] }], { columns: 8, cell: 64 });
    expect(sheet.width).toBe(24 + 64 + 24);
  });

  it('writes headings above and captions below', async () => {
    const bare = await drawSheet([{ pictures: [picture(RED)] }], { cell: 64 });
    const told = await drawSheet([{ heading: 'H', pictures: [picture(RED, 'I')] }], { cell: 64 });
    expect(told.height).toBe(bare.height + 18 * 2 + 13);
    // The left beam of the H, and the stem of the I.
    expect(at(told, 24, 24 + 10 + 6)).toEqual([240, 240, 236]);
    expect(at(told, 24 + 2, 24 + 36 + 64 + 3 + 3)).toEqual([166, 172, 184]);
  });

  it('cuts captions to the width of their cell', async () => {
    const long = picture(RED, 'a name that is by far too long for it');
    const sheet = await drawSheet([{ pictures: [long, long] }], { columns: 2, cell: 64 });
    const ground = at(sheet, 2, 2);
    for (let y = 24 + 64; y < sheet.height - 24; y++) expect(at(sheet, 24 + 64 + 6, y)).toEqual(ground);
  });

  it('strikes out the place of what could not be read', async () => {
    const sheet = await drawSheet([{ pictures: [{ pixels: null }] }], { cell: 64 });
    expect(at(sheet, 24 + 10, 24 + 10)).not.toEqual(at(sheet, 24 + 12, 24 + 10));
    expect(at(sheet, 24 + 12, 24 + 10)).not.toEqual(at(sheet, 2, 2));
  });

  it('takes pictures that come later', async () => {
    async function* pictures(): AsyncIterable<SheetPicture> {
      yield picture(RED);
      yield picture(BLUE);
    }
    const sheet = await drawSheet([{ pictures: pictures() }], { columns: 2, cell: 64 });
    expect(at(sheet, 24 + 76 + 32, 24 + 32)).toEqual(BLUE);
  });

  it('blurs an edge over the picture, and keeps what it is on the whole', async () => {
    const sharp = await drawSheet([{ pictures: [{ pixels: halves(64) }] }], { cell: 64 });
    const soft = await drawSheet([{ pictures: [{ pixels: halves(64) }] }], { cell: 64, blur: true });
    expect(at(sharp, 24 + 30, 50)).toEqual(RED);
    expect(at(soft, 24 + 30, 50)[0]).toBeLessThan(RED[0] - 30);
    const mean = ({ data }: Pixels): number => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(Math.abs(mean(soft) - mean(sharp))).toBeLessThan(1);
  });

  it('refuses what cannot be', async () => {
    await expect(drawSheet([], { columns: 0 })).rejects.toMatchObject({ code: 'option-invalid' });
    await expect(drawSheet([], { cell: 8.5 })).rejects.toMatchObject({ code: 'option-invalid' });
    await expect(
      drawSheet([{ pictures: [picture(RED)] }], { columns: 1, cell: 10_001 }),
    ).rejects.toMatchObject({
      code: 'option-invalid',
      message: expect.stringContaining('million'),
    });
  });
});
