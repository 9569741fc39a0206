/** Tables of text. */

/**
 * Rows under one another, a line each: the first columns to the left, the others to the right.
 *
 * @param left How many are to the left. Default 1.
 */
export function columns(rows: readonly (readonly string[])[], left = 1): string[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
