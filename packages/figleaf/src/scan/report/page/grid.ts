/** Where cards lie: a grid of equal cells, of which only those in sight are drawn. */

/** The grid as it lies in a given width. All lengths are in CSS pixels. */
export interface Grid {
  readonly columns: number;
  /** Width of a card. */
  readonly width: number;
  /** From the top of one row to the top of the next. */
  readonly rowHeight: number;
  /** Height of a card. */
  readonly height: number;
}

/** Cards by their index: from the first to before the last. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const GAP = 16;
const NARROW_GAP = 10;
/** Below this width, such as on a phone, cards are smaller. */
const NARROW = 560;
/** Height of the lines below the preview, which is 4:3. */
const CAPTION = 114;
/** Rows that are drawn beyond those in sight, so that scrolling does not outrun drawing. */
const SPARE_ROWS = 2;

/** Lays cards out in as many columns as a width holds. */
export function layOut(available: number): Grid {
  const narrow = available < NARROW;
  const gap = narrow ? NARROW_GAP : GAP;
  const least = narrow ? 148 : 212;
  const columns = Math.max(1, Math.floor((available + gap) / (least + gap)));
  const width = (available - (columns - 1) * gap) / columns;
  const height = Math.round(width * 0.75) + CAPTION;
  return { columns, width, height, rowHeight: height + gap };
}

/** The left upper corner of a card. */
export function cornerOf(
  { columns, width, height, rowHeight }: Grid,
  index: number,
): { x: number; y: number } {
  const gap = rowHeight - height;
  return { x: (index % columns) * (width + gap), y: Math.floor(index / columns) * rowHeight };
}

/** Height of the whole grid. */
export function heightOf({ columns, height, rowHeight }: Grid, cards: number): number {
  const rows = Math.ceil(cards / columns);
  return rows === 0 ? 0 : (rows - 1) * rowHeight + height;
}

/** The cards to draw where the grid is seen from `top` to `bottom`. */
export function inSight({ columns, rowHeight }: Grid, top: number, bottom: number, cards: number): Range {
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const last = Math.max(0, Math.ceil(bottom / rowHeight) + SPARE_ROWS);
  return { from: Math.min(cards, first * columns), to: Math.min(cards, last * columns) };
}
