/** One thing measured, beside the peer's. Less is better, unless `more` says otherwise. */
export type Figure = {
  readonly group: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  /** What we want to reach, in words. */
  readonly aim?: string;
};

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);

/** Ratio ours : peer, so that a small one is good news where less is better. */
export const ratioOf = ({ ours, peer }: Figure): string =>
  peer === undefined ? '' : (ours / peer).toFixed(2);

export function renderTable(figures: readonly Figure[]): string {
  const head = ['', 'ours', 'peer', 'ratio', 'unit', 'aim'];
  const rows = figures.map((figure) => [
    `${figure.group}: ${figure.what}`,
    shown(figure.ours),
    figure.peer === undefined ? '' : shown(figure.peer),
    ratioOf(figure),
    figure.unit,
    figure.aim ?? '',
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => {
          const numeric = column >= 1 && column <= 3;
          return numeric ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
