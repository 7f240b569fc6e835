/** The crash region as text: what lies where, and what stays free. */
import { byPlace, letter, type MapSegment, mapRows } from '../page/map-rows.ts';
import { hex, showSize } from '../units/units.ts';
import { textTable } from './text-table.ts';

const barWidth = 64n;

/** The region in 64 cells, a letter for each segment; a small one still shows where there is room. */
function bar(segments: readonly MapSegment[], start: bigint, size: bigint): string {
  const cells = Array.from({ length: Number(barWidth) }, () => '.');
  for (const [index, segment] of segments.entries()) {
    const first = ((segment.place - start) * barWidth) / size;
    const end = ((segment.place + segment.memsz - start) * barWidth + size - 1n) / size;
    for (let cell = first; cell < end && cell < barWidth; cell++)
      if (cells[Number(cell)] === '.') cells[Number(cell)] = letter(index);
  }
  return `[${cells.join('')}]`;
}

/** The same as text, after a bar to scale. */
export function memoryMap(
  segments: readonly MapSegment[],
  start: bigint,
  size: bigint,
  needed = size,
): readonly string[] {
  if (size <= 0n) return [];
  const rows = mapRows(segments, start, size, needed).map(
    ({ start: from, end, segment, name, letter: mark }) => [
      mark,
      hex(from),
      hex(end),
      showSize(end - from),
      segment === undefined ? '' : showSize(segment.bufsz),
      name,
    ],
  );
  return [
    bar(segments.toSorted(byPlace), start, size),
    ...textTable(
      [['', 'start', 'end', 'occupies', 'loaded', 'segment'], ...rows],
      ['left', 'right', 'right', 'right', 'right', 'left'],
    ),
  ];
}
