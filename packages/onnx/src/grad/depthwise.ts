/** The weight gradient of depthwise convolutions as matrix products, which take a third of a convolution's time there. */
import type { GraphBuilder } from '../builder.ts';
import type { Tensor, ValueInfo } from '../model.ts';
import { concat, pad, reshape, transpose } from '../operators/arrangement.ts';
import { add, mul } from '../operators/elementwise.ts';
import { matMul } from '../operators/linear.ts';
import { reduceSum } from '../operators/reduction.ts';
import { slice } from '../operators/selection.ts';
import { floats } from '../tensors.ts';
import { turned } from './linear.ts';
import type { Sliding } from './sliding.ts';
import type { RankedValue } from './vjp.ts';

/** Narrower tiles leave a matrix product too little to do at a time. */
const NARROW = 14;
/** Wider tiles make too many products that nobody asks for. */
const WIDE = 128;

/** With fewer rows of tiles than this, the pictures of the batch are laid one after another for larger products. */
const FEW = 64;

/** How rows are cut into tiles: so many columns of dy over so many of x. */
interface Tiling {
  readonly count: number;
  readonly columns: number;
  readonly width: number;
}

/** The rows of dy that see the picture through one row of the kernel, and the rows of x that they see. */
interface Rows {
  /** How far below a row of dy with stride 1 lies the row of x that it sees. */
  readonly down: number;
  readonly dy: { readonly start: number; readonly end: number };
  readonly x: { readonly start: number; readonly end: number; readonly step: number };
}

/** A column of dy that meets one of another tile through a tap, and that. */
interface Crossing {
  readonly tap: number;
  readonly dy: number;
  readonly x: number;
}

/** Which column of x a column of dy meets through a tap, counted from the tile's first; it may lie in another tile. */
type Meeting = (column: number, tap: number) => number;

/**
 * dW of a depthwise convolution of pictures of known size, `[channels, taps]`; `null` where it is something else or too wide.
 *
 * A row of dy goes with a row of x through the taps of one row of the kernel. Both rows are cut into tiles, and all
 * columns of dy's are multiplied with all columns of x's in one matrix product over the tiles of a picture. What belongs to
 * a tap are then its diagonals, which a matrix of ones and zeros sums, and the few columns that meet those of another tile.
 */
export function depthwiseWeightGradient(
  builder: GraphBuilder,
  dy: ValueInfo,
  x: RankedValue,
  weight: RankedValue,
  { kernel, strides, dilations, pads, group }: Sliding,
): ValueInfo | null {
  const isDepthwise = weight.shape[1] === 1 && weight.shape[0] === group && group > 1;
  if (!isDepthwise || kernel.length !== 2) return null;
  if ([...x.shape, ...dy.shape!].some((dim) => typeof dim !== 'number')) return null;
  const [, , height, width] = x.shape as readonly number[];
  const [, , count, columns] = dy.shape as readonly number[];
  const tiling = tilingOf(columns!, width!, strides[1]!);
  const rows = Array.from({ length: kernel[0]! }, (_, row) =>
    rowsSeen(height!, count!, strides[0]!, row * dilations[0]! - pads[0]![0]),
  );
  if (!tiling || rows.includes(null)) return null;
  const meets: Meeting = (column, tap) => column * strides[1]! + tap * dilations[1]! - pads[1]![0];
  const taps = kernel[1]!;
  const inside = withinTiles(builder, dy, x, tiling, taps, meets, rows as Rows[]);
  const crossings = crossingsOf(tiling, taps, meets);
  return crossings.length === 0
    ? inside
    : add(builder, inside, acrossTiles(builder, dy, x, crossings, taps, rows as Rows[]));
}

/** The narrowest tiles that are worth it; `null` if they are too wide. Only where strides add up do they lie under each other. */
function tilingOf(columns: number, width: number, stride: number): Tiling | null {
  const counts = Array.from({ length: Math.max(1, Math.floor(columns / NARROW)) }, (_, index) => index + 1);
  const count = counts.findLast(
    (parts) => parts === 1 || (columns % parts === 0 && width === columns * stride),
  )!;
  return columns / count > WIDE ? null : { count, columns: columns / count, width: width / count };
}

/** `null` if a row of the kernel sees nothing but padding. */
function rowsSeen(height: number, count: number, stride: number, down: number): Rows | null {
  const start = Math.max(0, Math.ceil(-down / stride));
  const end = Math.min(count, Math.floor((height - 1 - down) / stride) + 1);
  if (end <= start) return null;
  const last = (end - 1) * stride + down;
  return { down, dy: { start, end }, x: { start: start * stride + down, end: last + 1, step: stride } };
}

/** `[channels, taps]`: what columns of dy and of x in the same tile give. */
function withinTiles(
  builder: GraphBuilder,
  dy: ValueInfo,
  x: RankedValue,
  tiling: Tiling,
  taps: number,
  meets: Meeting,
  rows: readonly Rows[],
): ValueInfo {
  const [batch, channels] = x.shape as readonly number[];
  const [, , count] = dy.shape as readonly number[];
  const isFew = tiling.count * count! < FEW;
  const diagonals = builder.constant(diagonalsOf(tiling, taps, meets), 'diagonals');
  const [left, right] = [dy, x].map((value) => (isFew ? transpose(builder, value, [1, 0, 2, 3]) : value));
  const tiles = (value: ValueInfo, columns: number): ValueInfo =>
    reshape(builder, value, [isFew ? channels! : batch! * channels!, -1, columns]);
  const sums = rows.map((row) => {
    // Zeros for rows that are not there save a copy of dy, but a pad of small pictures is slow.
    const isPadded = !isFew && row.x.step === 1;
    const above = isPadded ? dy : rowsOf(builder, left!, row.dy);
    const below = isPadded ? movedUp(builder, x, row.down, count!) : rowsOf(builder, right!, row.x);
    const products = matMul(
      builder,
      turned(builder, tiles(above, tiling.columns)),
      tiles(below, tiling.width),
    );
    const places = reshape(builder, products, [-1, channels!, tiling.columns * tiling.width]);
    return matMul(builder, reduceSum(builder, places, { axes: [0] }), diagonals);
  });
  return concat(builder, sums, 1);
}

/** So many rows of x from the one at `start` on, zeros where there are none. */
function movedUp(builder: GraphBuilder, x: RankedValue, start: number, count: number): ValueInfo {
  const after = start + count - (x.shape[2] as number);
  return start === 0 && after === 0 ? x : pad(builder, x, [0, 0, -start, 0, 0, 0, after, 0]);
}

function rowsOf(builder: GraphBuilder, x: ValueInfo, range: Rows['dy'] | Rows['x']): ValueInfo {
  const isWhole = range.start === 0 && range.end === x.shape![2] && !('step' in range && range.step !== 1);
  return isWhole ? x : slice(builder, x, [{ axis: 2, ...range }]);
}

/** Ones where a column of dy meets the column of x that lies under a tap: `[columns * width, taps]`. */
function diagonalsOf({ columns, width }: Tiling, taps: number, meets: Meeting): Tensor<'float32'> {
  const ones = new Float32Array(columns * width * taps);
  for (let column = 0; column < columns; column++) {
    for (let tap = 0; tap < taps; tap++) {
      const under = meets(column, tap);
      if (under >= 0 && under < width) ones[(column * width + under) * taps + tap] = 1;
    }
  }
  return floats(ones, [columns * width, taps]);
}

function crossingsOf({ count, columns, width }: Tiling, taps: number, meets: Meeting): Crossing[] {
  const crossings: Crossing[] = [];
  for (let tap = 0; tap < taps; tap++) {
    for (let column = 0; column < columns; column++) {
      const under = meets(column, tap);
      if (under >= 0 && under < width) continue;
      for (let tile = 0; tile < count; tile++) {
        const x = tile * width + under;
        if (x >= 0 && x < count * width) crossings.push({ tap, dy: tile * columns + column, x });
      }
    }
  }
  return crossings;
}

/** `[channels, taps]`: what columns of dy give with those of other tiles. */
function acrossTiles(
  builder: GraphBuilder,
  dy: ValueInfo,
  x: RankedValue,
  crossings: readonly Crossing[],
  taps: number,
  rows: readonly Rows[],
): ValueInfo {
  const all = (key: keyof Crossing): number[] => crossings.map((crossing) => crossing[key]);
  const [left, right] = [columnsOf(builder, dy, all('dy')), columnsOf(builder, x, all('x'))];
  const tapOf = builder.constant(oneHot(all('tap'), taps), 'tap_of');
  const sums = rows.map((row) => {
    const products = mul(builder, rowsOf(builder, left, row.dy), rowsOf(builder, right, row.x));
    return matMul(builder, reduceSum(builder, products, { axes: [0, 2] }), tapOf);
  });
  return concat(builder, sums, 1);
}

/** Some columns of a picture, by a product with ones and zeros: slices that jump are copied number by number. */
function columnsOf(builder: GraphBuilder, x: ValueInfo, columns: readonly number[]): ValueInfo {
  const chosen = builder.constant(oneHot(columns, x.shape![3] as number), 'chosen');
  return matMul(builder, x, turned(builder, chosen));
}

/** For each place a row with a one there. */
function oneHot(places: readonly number[], length: number): Tensor<'float32'> {
  const ones = new Float32Array(places.length * length);
  places.forEach((place, row) => {
    ones[row * length + place] = 1;
  });
  return floats(ones, [places.length, length]);
}
