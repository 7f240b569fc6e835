/** One thing measured, beside the peer's. Less is better. */

/** Numbers of several runs, one of which only the best is kept, or a finding in words. */
export type Measured = readonly number[] | number | string;

export type Figure = {
  readonly group: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: Measured;
  readonly peer?: Measured;
  /** More is better. */
  readonly more?: true;
  /** What we want to reach, in words. */
  readonly aim?: string;
};

const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);

function medianOf(measured: Measured | undefined): number | undefined {
  if (measured === undefined || typeof measured === 'string') return undefined;
  if (typeof measured === 'number') return measured;
  return [...measured].sort((a, b) => a - b)[measured.length >> 1];
}

/** The median, and from where to where the others go. */
function shown(measured: Measured | undefined): string {
  if (typeof measured === 'string') return measured;
  const median = medianOf(measured);
  if (median === undefined) return '';
  if (typeof measured === 'number' || measured === undefined) return rounded(median);
  const [least, most] = [Math.min(...measured), Math.max(...measured)].map(rounded);
  return least === most ? rounded(median) : `${rounded(median)} (${least}–${most})`;
}

/** Ratio ours : peer, and said aloud where the peer is better. */
function ratioOf({ ours, peer, more }: Figure): string {
  const [mine, other] = [medianOf(ours), medianOf(peer)];
  if (mine === undefined || other === undefined) return '';
  const ratio = mine / other;
  const worse = more === true ? ratio < 1 : ratio > 1;
  return `${ratio.toFixed(2)}${worse ? ' worse' : ''}`;
}

const cellsOf = (figure: Figure): readonly string[] => [
  shown(figure.ours),
  shown(figure.peer),
  ratioOf(figure),
  figure.unit,
  figure.aim ?? '',
];
const heads = ['ours', 'peer', 'ratio', 'unit', 'aim'];

/** For a terminal. */
export function renderTable(figures: readonly Figure[]): string {
  const head = ['', ...heads];
  const rows = figures.map((figure) => [`${figure.group}: ${figure.what}`, ...cellsOf(figure)]);
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

/** For a document: a table for each group. */
export function renderMarkdown(figures: readonly Figure[]): string {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures)
    groups.set(figure.group, [...(groups.get(figure.group) ?? []), figure]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [...groups]
    .map(([group, members]) =>
      [
        line([group, ...heads]),
        line(['---', '---:', '---:', '---:', '---', '---']),
        ...members.map((figure) =>
          line(
            [figure.what, ...cellsOf(figure)].map((cell) =>
              cell.endsWith(' worse') ? `**${cell}**` : cell.replaceAll('|', '\\|'),
            ),
          ),
        ),
      ].join('\n'),
    )
    .join('\n\n');
}
