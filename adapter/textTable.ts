/** Rows of cells as text in columns. */

export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      // The last cell of a row needs no room.
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
