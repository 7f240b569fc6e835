/** Plain text in columns, for terminals and golden files. */

export type Column = 'left' | 'right';

/** Rows with columns as wide as their widest cell, two blanks between them. */
export function textTable(
  rows: readonly (readonly string[])[],
  columns: readonly Column[] = [],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) =>
        columns[index] === 'right'
          ? cell.padStart(widths[index] ?? 0)
          : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** A heading and its lines, set off by two blanks. */
export const section = (heading: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`.trimEnd())];
