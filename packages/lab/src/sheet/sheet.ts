/** Contact sheets: pictures in a grid, each with a caption, under headings. */
import { FigleafError, type Pixels } from 'figleaf';
import { type Canvas, fill, LETTER_HEIGHT, LETTER_WIDTH, write } from 'figleaf/commands';
import { blurred, fitInto } from './fit.ts';

/** One picture of a sheet. */
export interface SheetPicture {
  /** Of any size; null where it could not be read, and its place is empty. */
  readonly pixels: Pixels | null;
  /** A line below it; what does not fit is cut. Default none. */
  readonly caption?: string;
}

/** Pictures that belong together. */
export interface SheetSection {
  /** A line above them; what does not fit is cut. Default none. */
  readonly heading?: string;
  /** Taken one after the other and kept small, so that they may be decoded as they are asked for. */
  readonly pictures: Iterable<SheetPicture> | AsyncIterable<SheetPicture>;
}

/** How a sheet looks. */
export interface SheetOptions {
  /** Pictures in a row, at least 1. Default 8. */
  readonly columns?: number;
  /** Width and height that a picture is fitted into, in pixels, at least 16. Default 192. */
  readonly cell?: number;
  /** Blurs all pictures beyond recognition. Default false. */
  readonly blur?: boolean;
}

type Colour = readonly [number, number, number];

const GROUND: Colour = [24, 26, 31];
const PLATE: Colour = [34, 37, 44];
const LINE: Colour = [70, 75, 86];
const HEADING: Colour = [240, 240, 236];
const CAPTION: Colour = [166, 172, 184];

/** More pixels than these hardly any viewer opens. */
const MOST_PIXELS = 100_000_000;
const MARGIN = 24;
const GAP = 12;

/** A picture that is fitted already. */
interface Cell {
  readonly pixels: Pixels | null;
  readonly caption: string;
}

interface Block {
  readonly heading: string;
  readonly cells: readonly Cell[];
}

/**
 * Draws pictures in a grid. Each is fitted into its cell with its proportions kept; those of a section stand in rows from the left.
 * Letters are the house's own, in capitals, so that a sheet looks the same everywhere.
 *
 * @returns The sheet as pixels; `writeDrawn` of `figleaf/commands` makes a file of them.
 * @throws {FigleafError} `option-invalid` for a number of columns or a size of cells that cannot be, and for a sheet of over 100 million
 * pixels.
 *
 * @example
 * ```ts
 * const pictures = [{ pixels, caption: 'hat' }, { pixels: other, caption: 'shoe' }];
 * const sheet = await drawSheet([{ heading: 'clothes', pictures }], { columns: 2 });
 * ```
 */
export async function drawSheet(
  sections: Iterable<SheetSection> | AsyncIterable<SheetSection>,
  { columns = 8, cell = 192, blur = false }: SheetOptions = {},
): Promise<Pixels> {
  checkWhole('columns', columns, 1);
  checkWhole('cell', cell, 16);
  const blocks: Block[] = [];
  let count = 0;
  for await (const { heading = '', pictures } of sections) {
    const cells: Cell[] = [];
    for await (const { pixels, caption = '' } of pictures) {
      checkSize(++count * cell * cell);
      const fitted = pixels && fitInto(pixels, cell);
      cells.push({ pixels: fitted && blur ? blurred(fitted) : fitted, caption });
    }
    blocks.push({ heading, cells });
  }
  return layOut(blocks, columns, cell);
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new FigleafError('option-invalid', `${name} is a whole number of at least ${least}, not ${value}`);
}

/** Heights of lines, and how large a dot of their letters is. */
interface Type {
  readonly unit: number;
  readonly height: number;
}

function layOut(blocks: readonly Block[], columns: number, cell: number): Pixels {
  const unit = cell < 128 ? 1 : 2;
  const caption: Type = { unit, height: (LETTER_HEIGHT + 6) * unit };
  const heading: Type = { unit: unit + 1, height: (LETTER_HEIGHT + 11) * (unit + 1) };
  // A sheet of few pictures is no wider than they are.
  const widest = Math.max(1, ...blocks.map(({ cells }) => Math.min(columns, cells.length)));
  const width = 2 * MARGIN + widest * (cell + GAP) - GAP;
  const height = 2 * MARGIN + blocks.reduce((sum, block) => sum + heightOf(block), 0);
  checkSize(width * height);
  const canvas: Canvas = { width, height, data: new Uint8Array(width * height * 3) };
  fill(canvas, 0, 0, width, height, GROUND);
  let y = MARGIN;
  for (const block of blocks) {
    drawBlock(canvas, block, y);
    y += heightOf(block);
  }
  return canvas;

  function heightOf({ heading: text, cells }: Block): number {
    const rows = Math.ceil(cells.length / columns);
    return (text === '' ? 0 : heading.height) + rows * rowHeight(cells);
  }

  function rowHeight(cells: readonly Cell[]): number {
    const hasCaptions = cells.some(({ caption: text }) => text !== '');
    return cell + GAP + (hasCaptions ? caption.height : 0);
  }

  function drawBlock(onto: Canvas, { heading: text, cells }: Block, top: number): void {
    if (text !== '')
      line(onto, text, MARGIN, top + 5 * heading.unit, onto.width - 2 * MARGIN, heading, HEADING);
    const first = text === '' ? top : top + heading.height;
    for (const [index, { pixels, caption: below }] of cells.entries()) {
      const left = MARGIN + (index % columns) * (cell + GAP);
      const y = first + Math.floor(index / columns) * rowHeight(cells);
      fill(onto, left, y, cell, cell, PLATE);
      if (pixels) lay(onto, pixels, left, y, cell);
      else strikeOut(onto, left, y, cell);
      line(onto, below, left, y + cell + 3 * caption.unit, cell, caption, CAPTION);
    }
  }
}

function checkSize(pixels: number): void {
  if (pixels <= MOST_PIXELS) return;
  throw new FigleafError(
    'option-invalid',
    `the sheet would have more than ${MOST_PIXELS / 1e6} million pixels: give fewer pictures, or smaller cells`,
  );
}

/** In the middle of its cell. */
function lay(canvas: Canvas, { width, height, data }: Pixels, left: number, top: number, cell: number): void {
  const x = left + Math.floor((cell - width) / 2);
  const y = top + Math.floor((cell - height) / 2);
  for (let row = 0; row < height; row++) {
    const from = row * width * 3;
    canvas.data.set(data.subarray(from, from + width * 3), ((y + row) * canvas.width + x) * 3);
  }
}

/** What could not be read. */
function strikeOut(canvas: Canvas, left: number, top: number, cell: number): void {
  for (let at = 0; at < cell; at++) {
    fill(canvas, left + at, top + at, 1, 1, LINE);
    fill(canvas, left + cell - 1 - at, top + at, 1, 1, LINE);
  }
}

/** Writes what fits of a text; two dots stand for the rest. */
function line(
  canvas: Canvas,
  text: string,
  x: number,
  y: number,
  room: number,
  { unit }: Type,
  colour: Colour,
): void {
  const most = Math.max(1, Math.floor((room + unit) / ((LETTER_WIDTH + 1) * unit)));
  // An accent of its own would take the room of a letter.
  const letters = [...text.normalize('NFC')];
  const shown =
    letters.length > most ? `${letters.slice(0, Math.max(0, most - 2)).join('')}..` : letters.join('');
  write(canvas, shown, x, y, unit, colour);
}
